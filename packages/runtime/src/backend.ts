/**
 * The seam between the ring protocol and what holds the rings. A backend lends mapped memory and a way to sleep;
 * no record ever passes through it.
 */
import { checkedClaim, checkMap } from "./checked-map.ts";
import type { RecordCodec } from "./codec.ts";
import type { RingClaim } from "./ring-claim.ts";

export { memoryOf } from "./checked-bytes.ts";
export { integer, real, shown } from "./checked-number.ts";
export { Claim, type ClaimSource } from "./claim.ts";
export { keyBytes, valueBytes } from "./element-bytes.ts";
export type { PerfClaim, PerfEventArrayMap, PerfRing, PerfRingOptions } from "./perf-backend.ts";
export { claimPerfRings } from "./perf-backend.ts";
export { RingConsumer, type RingRun } from "./ring/consumer.ts";
export type { Lease } from "./ring/lease.ts";
export type { RingMemory, RingPart } from "./ring/memory.ts";
export type { KernelCounters, RingClaim, WaitOptions, Wake } from "./ring-claim.ts";
export { explainRingSize, isRingSize } from "./ring-size.ts";
export {
  type CodedPlace,
  codecFormat,
  type GlobalValue,
  type Scalar,
  scalarFormat,
  type ValueFormat,
} from "./value-format.ts";

interface MapBase {
  readonly name: string;
  /** `max_entries`, bytes. */
  readonly maxEntries: number;
  /** `map_flags` as given at creation. */
  readonly flags: number;
  /** Byte order of the records: the machine's (native), or as created (emulated). Headers and positions are always in the machine's. */
  readonly endian: "little" | "big";
  /** What can be posted to another thread, to attach there. */
  handle(): unknown;
  close(): void;
  [Symbol.dispose](): void;
}

/** Lends the memory: known to this runtime and its backends only. */
export const claimMap: unique symbol = Symbol.for("rbgen.v1.claim") as never;

/** `BPF_MAP_TYPE_RINGBUF`: the kernel side produces, a `RingBufReader` consumes. */
export interface RingBufMap extends MapBase {
  /** What kind of map it is. */
  readonly type: "ringbuf";
  /** @throws RingBufError EBUSY if it is claimed already, ERR_RINGBUF_CLOSED if it is closed. */
  [claimMap](): RingClaim;
}

/** `BPF_MAP_TYPE_USER_RINGBUF`: a `UserRingBufWriter` produces, the kernel side drains. */
export interface UserRingBufMap extends MapBase {
  /** What kind of map it is. */
  readonly type: "user_ringbuf";
  /** @throws RingBufError EBUSY if it is claimed already, ERR_RINGBUF_CLOSED if it is closed. */
  [claimMap](): RingClaim;
}

/**
 * Claims a map for records of `codec`.
 * @throws RingBufError EINVAL for a map of another kind or byte order, or what is no map, EBUSY, ERR_RINGBUF_CLOSED.
 */
export function claimFor(
  map: RingBufMap | UserRingBufMap,
  type: "ringbuf" | "user_ringbuf",
  codec: Pick<RecordCodec<unknown>, "name" | "endian">,
): RingClaim {
  checkMap(map, type, codec, claimMap);
  return checkedClaim(map[claimMap](), map.name);
}
