import { leavesOf, resolve, type Struct, type Type } from "@rbgen/btf";
import type { SampleSize } from "../module.ts";
import { shapeOf } from "./candidates.ts";
import type { Places } from "./places.ts";
import { type Atom, numberOf, type Term, type Value } from "./value.ts";

/** Bits of a length that are enough: no sample is longer. */
const enough = 31;

/**
 * How long samples of `type` are: one size for each of several constants that a call may have.
 * @param appended bytes that may stand behind them, undefined for some that only a run knows
 */
export function sampleSizes(
  size: Value,
  type: Type,
  stored: Places,
  appended: readonly (bigint | undefined)[] = [0n],
): readonly SampleSize[] {
  return sizesOf(size, type, stored).flatMap((own) =>
    appended.map((more): SampleSize => {
      if (more === 0n) return own;
      // Where the record ends is not told from what is behind it.
      if (own.open) return { bytes: 0n, open: true };
      return more === undefined ? { ...own, open: true } : { ...own, bytes: own.bytes + more };
    }),
  );
}

function sizesOf(size: Value, type: Type, stored: Places): readonly SampleSize[] {
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
  if (atom?.kind !== "sum" || others.length > 0)
    return { bytes: [...size.values()].map(leastOf).reduce(lesser), open: true };
  const { term } = atom;
  const least = leastOf(atom);
  if (least === 0n && atom.least !== 0n) return { bytes: 0n, open: true };
  const length = term === undefined ? undefined : lengthOf(least, term, type, stored);
  return length ?? { bytes: least, open: true };
}

/** Bytes that are sent at least. */
function leastOf(atom: Atom): bigint {
  if (atom.kind === "constant") return atom.value;
  // Less than a number that only a run knows is any number.
  return atom.kind === "sum" && atom.least < 1n << 63n ? atom.least : 0n;
}

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Bytes that the array which ends a struct has at most: no sample has more of it. */
function roomOf(struct: Struct): number {
  const { size, tail, open } = shapeOf(struct);
  return tail === undefined || open ? Number.POSITIVE_INFINITY : size - tail;
}

/** The first member that holds the number of `term`, or one that is as much more or less. */
function lengthOf(least: bigint, term: Term, type: Type, stored: Places): SampleSize | undefined {
  const struct = resolve(type);
  if (struct.kind !== "struct") return undefined;
  const room = roomOf(struct);
  for (const { path, type: own, bitOffset, bitSize, bitfield, dimensions } of leavesOf(struct)) {
    if (bitfield || dimensions.length > 0 || path.includes("[") || resolve(own).kind !== "int") continue;
    const place = stored.get(bitOffset / 8);
    const [held, ...others] = place?.value.values() ?? [];
    if (place?.width !== bitSize / 8 || others.length > 0 || held?.kind !== "sum" || held.term === undefined) continue;
    const { origin, bits, times } = held.term;
    const kept = Math.min(bits, term.bits);
    const same = origin === term.origin && (bits === term.bits || kept >= enough || 2 ** kept > room);
    if (!same || times === 0n || term.times % times !== 0n) continue;
    const each = term.times / times;
    const bytes = BigInt.asIntN(64, least - each * held.least);
    if (bytes >= 0n) return { bytes, open: true, length: { path, each } };
  }
  return undefined;
}
