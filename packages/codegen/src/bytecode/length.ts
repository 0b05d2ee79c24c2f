import { leavesOf, resolve, type Type } from "@rbgen/btf";
import type { SampleSize } from "../module.ts";
import type { Places } from "./places.ts";
import { numberOf, type Value } from "./value.ts";

/** Bits of a length that are enough: no sample is longer. */
const enough = 32;

/** How long samples of `type` are: one size for each of several constants that a call may have. */
export function sampleSizes(size: Value, type: Type, stored: Places): readonly SampleSize[] {
  const constants = [...size.values()].flatMap((atom) => (atom.kind === "constant" ? [atom.value] : []));
  if (constants.length === size.size) return constants.map((bytes) => ({ bytes, open: false }));
  return [sampleSize(size, type, stored)];
}

/**
 * How long a sample of `type` is: of several sizes it may have, what is not the same for all is open. The member that holds
 * the number which is added is its length.
 */
export function sampleSize(size: Value, type: Type, stored: Places): SampleSize {
  const exact = numberOf(size);
  if (exact !== undefined) return { bytes: exact, open: false };
  const [atom, ...others] = size.values();
  // Less than a number that only a run knows is any number.
  if (atom?.kind !== "sum" || others.length > 0 || atom.least >= 1n << 63n) return { bytes: 0n, open: true };
  const { least, term } = atom;
  const length = term === undefined ? undefined : lengthOf(least, term, type, stored);
  return length ?? { bytes: least, open: true };
}

type Sum = Extract<Value extends ReadonlyMap<string, infer Atom> ? Atom : never, { kind: "sum" }>;

/** The first member that holds the number of `term`, or one that is as much more or less. */
function lengthOf(least: bigint, term: NonNullable<Sum["term"]>, type: Type, stored: Places): SampleSize | undefined {
  const struct = resolve(type);
  if (struct.kind !== "struct") return undefined;
  for (const { path, type: own, bitOffset, bitSize, bitfield, dimensions } of leavesOf(struct)) {
    if (bitfield || dimensions.length > 0 || path.includes("[") || resolve(own).kind !== "int") continue;
    const place = stored.get(bitOffset / 8);
    const [held, ...others] = place?.value.values() ?? [];
    if (place?.width !== bitSize / 8 || others.length > 0 || held?.kind !== "sum" || held.term === undefined) continue;
    const { origin, bits, times } = held.term;
    const same = origin === term.origin && (bits === term.bits || Math.min(bits, term.bits) >= enough);
    if (!same || times === 0n || term.times % times !== 0n) continue;
    const each = term.times / times;
    const bytes = least - each * held.least;
    if (bytes >= 0n) return { bytes, open: true, length: { path, each } };
  }
  return undefined;
}
