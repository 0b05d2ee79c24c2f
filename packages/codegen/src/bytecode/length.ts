import { leavesOf, resolve, type Type } from "@rbgen/btf";
import type { SampleSize } from "../module.ts";
import { mostOf } from "./arithmetic.ts";
import { shapeOf } from "./candidates.ts";
import type { Places } from "./places.ts";
import { type Atom, numberOf, type Term, type Value } from "./value.ts";

/** A record that is sent. */
export interface SizedRecord {
  readonly type: Type;
  /** What the code stored in it. */
  readonly stored: Places;
  /** Bytes that there are from its start on: no more can be sent. */
  readonly room: bigint;
}

/**
 * How long samples of a record are: one size for each of several constants that a call may have.
 * @param appended bytes that may stand behind them, undefined for some that only a run knows
 */
export function sampleSizes(
  size: Value,
  record: SizedRecord,
  appended: readonly (bigint | undefined)[] = [0n],
): readonly SampleSize[] {
  return sizesOf(size, record).flatMap((own) =>
    appended.map((more): SampleSize => {
      if (more === 0n) return own;
      // Where the record ends is not told from what is behind it.
      if (own.open) return { bytes: 0n, open: true };
      return more === undefined ? { ...own, open: true } : { ...own, bytes: own.bytes + more };
    }),
  );
}

function sizesOf(size: Value, record: SizedRecord): readonly SampleSize[] {
  const constants = [...size.values()].flatMap((atom) => (atom.kind === "constant" ? [atom.value] : []));
  if (constants.length === size.size) return constants.map((bytes) => ({ bytes, open: false }));
  return [sampleSize(size, record)];
}

/**
 * How long a sample of a record is: of several sizes it may have, what is not the same for all is open. The member that holds
 * the number which is added is its length.
 */
export function sampleSize(size: Value, record: SizedRecord): SampleSize {
  const exact = numberOf(size);
  if (exact !== undefined) return { bytes: exact, open: false };
  const [atom, ...others] = size.values();
  if (atom?.kind !== "sum" || others.length > 0)
    return { bytes: [...size.values()].map(leastOf).reduce(lesser), open: true };
  const { term } = atom;
  const least = leastOf(atom);
  if ((least === 0n && atom.least !== 0n) || (mayBeNegative(term) && isWhole(least, record.type)))
    return { bytes: 0n, open: true };
  const length = term === undefined ? undefined : lengthOf(least, term, record);
  return length ?? { bytes: least, open: true };
}

/** Code computes with numbers of 32 bits and more as if they had a sign. */
function mayBeNegative(term: Term | undefined): boolean {
  return term === undefined || term.bits >= 32;
}

/** Whether as many bytes are all of a record: nothing is added to them, but for elements of no number at its end. */
function isWhole(bytes: bigint, type: Type): boolean {
  const bare = resolve(type);
  if (bare.kind !== "struct" && bare.kind !== "union") return false;
  return bytes >= BigInt(bare.size) && !shapeOf(bare).open;
}

/** Bytes that are sent at least. */
function leastOf(atom: Atom): bigint {
  if (atom.kind === "constant") return atom.value;
  // Less than a number that only a run knows is any number.
  return atom.kind === "sum" && atom.least < 1n << 63n ? atom.least : 0n;
}

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/**
 * The first member that holds the number of `term`, or one that is as much more or less, in each sample that can be sent: none that is
 * too narrow for it.
 */
function lengthOf(least: bigint, term: Term, { type, stored, room }: SizedRecord): SampleSize | undefined {
  const struct = resolve(type);
  if (struct.kind !== "struct") return undefined;
  for (const { path, type: own, bitOffset, bitSize, bitfield, dimensions } of leavesOf(struct)) {
    const integer = resolve(own);
    if (bitfield || dimensions.length > 0 || path.includes("[") || integer.kind !== "int") continue;
    const place = stored.get(bitOffset / 8);
    const [held, ...others] = place?.value.values() ?? [];
    if (place?.width !== bitSize / 8 || others.length > 0 || held?.kind !== "sum" || held.term === undefined) continue;
    const { origin, bits, times } = held.term;
    if (origin !== term.origin || times === 0n || term.times % times !== 0n) continue;
    // Of a number with more bits than are stored, no sample is long enough to be as long as it says.
    const isSame = bits === term.bits || (bits < term.bits && least + (term.times << BigInt(bits)) > room);
    const each = term.times / times;
    const bytes = BigInt.asIntN(64, least - each * held.least);
    const most = lesser((room - bytes) / each, mostOf(held));
    if (!isSame || bytes < 0n || most >= 1n << BigInt(integer.signed ? bitSize - 1 : bitSize)) continue;
    return { bytes, open: true, length: { path, each } };
  }
  return undefined;
}
