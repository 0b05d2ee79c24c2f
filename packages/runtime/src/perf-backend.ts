import type { RingClaim } from "./ring-claim.ts";

/** One CPU's ring of a perf event array, as perf_event_open(2) maps it: positions only grow, from 0 on. */
export interface PerfRing {
  /** The CPU that writes to it. */
  readonly cpu: number;
  /** Bytes of data, a power of two. */
  readonly size: number;
  /** The `size` bytes of data, the ring's own or a copy of them. */
  readonly data: DataView;
  /**
   * `data_head`, acquired: what lies before it is written. Where `data` is a copy, the bytes from `known` on are in it
   * afterwards. Of a ring that is overwritable, how far it went back: the newest record lies so many bytes before the ring's end.
   */
  head(known: number): number;
  /** Of a ring that is overwritable: nothing is written while it is paused, and what is sent is lost. */
  pause(paused: boolean): void;
  /** Stores `data_tail`, released: the kernel may write over what lies before it. */
  release(tail: number): void;
  /** Samples that the kernel dropped for want of room since the claim was made; undefined where it does not count (before Linux 6.0). */
  lost(): number | undefined;
}

/** How the rings of a claim are made. */
export interface PerfRingOptions {
  /** Pages of data per CPU, a power of two. */
  readonly pagesPerCpu: number;
  /** Wake the reader at every so many samples of a CPU; with `watermarkBytes`, not looked at. */
  readonly wakeupEvents: number;
  /** Wake the reader when so many bytes wait on a CPU. */
  readonly watermarkBytes: number | undefined;
  /** The kernel writes backwards, and over what was not read (`write_backward`, a mapping that is read-only). */
  readonly overwritable: boolean;
}

/** One claim on a perf event array: a ring for each CPU that is online. While it lasts, programs can send. */
export interface PerfClaim extends Omit<RingClaim, "memory" | "counters"> {
  /** One ring for each CPU that was online when the claim was made. */
  readonly rings: readonly PerfRing[];
  /**
   * Called with the ring of a CPU that came online since, never while samples are looked at. One that the CPU had before is
   * not written any more, and may have samples all the same.
   */
  onRing: ((ring: PerfRing) => void) | undefined;
  /** Gives back a ring that is not written any more. */
  retire(ring: PerfRing): void;
}

/** Lends the rings: known to this runtime and its backends only. */
export const claimPerfRings: unique symbol = Symbol.for("rbgen.v1.perf") as never;

/** `BPF_MAP_TYPE_PERF_EVENT_ARRAY`: programs send to the CPU they run on, a `PerfEventReader` consumes. */
export interface PerfEventArrayMap {
  /** What kind of map it is. */
  readonly type: "perf_event_array";
  /** The map's name. */
  readonly name: string;
  /** Slots: one per CPU. */
  readonly maxEntries: number;
  /** Byte order of the records and of their headers. */
  readonly endian: "little" | "big";
  /** Gives the map up; its readers end. */
  close(): void;
  [Symbol.dispose](): void;
  /** @throws RingBufError EBUSY if it is claimed already, ERR_RINGBUF_CLOSED if it is closed; what making a ring fails with. */
  [claimPerfRings](options: PerfRingOptions): PerfClaim;
}
