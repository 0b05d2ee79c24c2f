import { shown } from "./checked-number.ts";
import { members, object, optionalMembers } from "./checked-object.ts";
import { invalid } from "./errors.ts";
import type { RingMemory, RingPart } from "./ring/memory.ts";
import type { RingClaim } from "./ring-claim.ts";
import { largestRing } from "./ring-size.ts";

/** What tells of a map, whatever its kind. */
interface Described {
  readonly type: string;
  readonly name: string;
  readonly endian: string;
}

/**
 * `map`, if it is one of type `type`, of byte order `codec.endian`, that a backend lends by its method `lend`.
 * @throws RingBufError EINVAL
 */
export function checkMap(
  map: Described,
  type: string,
  codec: { readonly name: string; readonly endian: string },
  lend: symbol,
): void {
  const strings = { type: "string", name: "string", endian: "string" } as const;
  const { name } = members(map, "the map", { ...strings, maxEntries: "number" });
  if (map.type !== type) throw invalid(`${name} is a ${map.type}, no ${type}`);
  if (codec.endian !== map.endian) throw invalid(`${codec.name} is ${codec.endian} endian, ${name} is ${map.endian}`);
  members(map, `the map ${name}, which is no backend's,`, { [lend]: "function" });
}

/**
 * `claim`, if it is all that the seam asks for; else what there is of it is released.
 * @throws RingBufError EINVAL
 */
export function checkedClaim(claim: RingClaim, name: string): RingClaim {
  try {
    checkWaits(claim, name);
    checkMemory(members(claim, `the claim of ${name}`, { memory: "object" }).memory, name);
    return claim;
  } catch (error) {
    if (typeof claim?.release === "function") claim.release();
    throw error;
  }
}

/**
 * What claims of all kinds have.
 * @throws RingBufError EINVAL
 */
export function checkWaits<Claim>(claim: Claim, name: string): Claim {
  const what = `the claim of ${name}`;
  members(claim, what, { open: "boolean", wait: "function", ref: "function", unref: "function", release: "function" });
  return optionalMembers(claim, what, { waitSync: "function", now: "function", counters: "function" });
}

function checkMemory(
  { size, consumer, producer, data, acquire, alike, gather, release }: RingMemory,
  name: string,
): void {
  if (!(Number.isInteger(size) && Number.isInteger(Math.log2(size)) && size >= 8 && size <= largestRing)) {
    throw invalid(`the memory of ${name} has size ${shown(size)}, which no ring has`);
  }
  checkPart(consumer, 8, `the consumer page of ${name}`);
  checkPart(producer, 8, `the producer page of ${name}`);
  checkPart(data, 2 * size, `the data of ${name}`);
  const parts = { acquire: "function", alike: "function", gather: "function", release: "function" } as const;
  optionalMembers({ acquire, alike, gather, release }, `the memory of ${name}`, parts);
}

function checkPart(part: RingPart, byteLength: number, what: string): void {
  const { buffer, byteOffset } = object(part, what);
  const end =
    Number.isInteger(byteOffset) && byteOffset >= 0 && byteOffset % 8 === 0 ? byteOffset + byteLength : Number.NaN;
  if (typeof buffer === "object" && buffer !== null && end <= buffer.byteLength) return;
  throw invalid(`${what}: ${byteLength} bytes are taken, at an offset that is a multiple of 8`);
}
