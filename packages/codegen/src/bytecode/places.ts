import type { Endian } from "@rbgen/btf";
import { type Atom, constantAtom, each, joined, numberOf, type Value } from "./value.ts";

/** What was stored at a place of a region. */
export interface Stored {
  /** Bytes. */
  readonly width: number;
  readonly value: Value;
  /** It is a number that the code computed: compilers store just one member so, while constants and copies may cover several. */
  readonly alone?: true;
  /** A helper wrote text: no number stands there. */
  readonly text?: true;
  /** What later stores left of constants. */
  readonly rest?: true;
}

/** Places of a region, by byte; none has a byte of another. */
export type Places = ReadonlyMap<number, Stored>;

/** Whether two ranges of bytes have one in common. */
export function areOverlapping(a: number, aWidth: number, b: number, bWidth: number): boolean {
  return a < b + bWidth && b < a + aWidth;
}

/** What is stored from `start` on, as the sample's own bytes. */
export function cutOut(places: Places, start: number, size: Value, endian: Endian): Places {
  const bytes = Number(numberOf(size) ?? 0x7fff_ffffn);
  const inside = [...splitAt(places, [start, start + bytes], endian)].filter(
    ([offset, { width }]) => offset >= start && offset + width <= start + bytes,
  );
  return new Map(inside.map(([offset, stored]) => [offset - start, stored]));
}

/** The places without `width` bytes, of which something else becomes known. */
export function withoutBytes(places: Places, offset: number, width: number, endian: Endian): Map<number, Stored> {
  const left = new Map(splitAt(places, [offset, offset + width], endian));
  for (const [at, stored] of left) if (areOverlapping(at, stored.width, offset, width)) left.delete(at);
  return left;
}

/** The constants that `size` bytes hold, whatever stored them; undefined where one of them is none. */
export function constantsIn(places: Places, offset: number, size: number, endian: Endian): Value | undefined {
  const around = [...places].find(([at, { width }]) => at <= offset && offset + size <= at + width);
  if (around !== undefined) {
    const [at, stored] = around;
    return areConstants(stored.value) ? partOf(stored, offset - at, size, endian).value : undefined;
  }
  // Several stores make one number where each has just one.
  let whole = 0n;
  let count = 0;
  for (const [at, { width, value }] of splitAt(places, [offset, offset + size], endian)) {
    if (at < offset || at + width > offset + size) continue;
    const own = numberOf(value);
    if (own === undefined) return undefined;
    const low = endian === "little" ? at - offset : offset + size - at - width;
    whole |= BigInt.asUintN(width * 8, own) << BigInt(low * 8);
    count += width;
  }
  return count === size ? new Map([constantAtom(whole)].map((atom) => [atom.key, atom])) : undefined;
}

/** What stands in both of two samples, or on both of two paths, with all of its values. The same as `a` where that loses nothing. */
export function onBoth(a: Places, b: Places, endian: Endian): Places {
  if (a === b) return a;
  let [left, right] = [a, b];
  if ([...a].some(([offset, { width }]) => b.get(offset)?.width !== width)) {
    left = splitAt(a, boundariesOf(b), endian);
    right = splitAt(b, boundariesOf(a), endian);
  }
  const both = new Map<number, Stored>();
  let same = left === a;
  for (const [offset, stored] of left) {
    const other = right.get(offset);
    if (other?.width !== stored.width) {
      same = false;
      continue;
    }
    const next = either(stored, other);
    if (next !== stored) same = false;
    both.set(offset, next);
  }
  return same ? a : both;
}

const boundariesOf = (places: Places): readonly number[] => [...places].flatMap(([at, { width }]) => [at, at + width]);

/** Whether a value is a constant, whichever. */
export const areConstants = (value: Value): boolean => [...value.values()].every(({ kind }) => kind === "constant");

/** The same with constants that have one of `bytes` inside of them as several. */
function splitAt(places: Places, bytes: readonly number[], endian: Endian): Places {
  let split: Map<number, Stored> | undefined;
  for (const [at, stored] of places) {
    if (!areConstants(stored.value)) continue;
    const inside = [...new Set(bytes)].filter((byte) => byte > at && byte < at + stored.width).sort((a, b) => a - b);
    if (inside.length === 0) continue;
    split ??= new Map(places);
    let from = at;
    for (const to of [...inside, at + stored.width]) {
      split.set(from, { ...partOf(stored, from - at, to - from, endian), rest: true });
      from = to;
    }
  }
  return split ?? places;
}

/** `size` bytes of constants, from byte `offset` of them on. */
function partOf({ width, value }: Stored, offset: number, size: number, endian: Endian): Stored {
  const low = endian === "little" ? offset : width - offset - size;
  const part = (atom: Atom): Atom =>
    atom.kind === "constant" ? constantAtom(BigInt.asUintN(size * 8, atom.value >> BigInt(low * 8))) : atom;
  return { width: size, value: each(value, part) };
}

/** What one of two paths stored at a place. One that stores a single member there tells it of both. */
function either(one: Stored, other: Stored): Stored {
  const value = joined(one.value, other.value);
  const alone = one.alone ?? other.alone;
  const rest = one.rest ?? other.rest;
  const text = one.text ?? other.text;
  if (value === one.value && alone === one.alone && rest === one.rest && text === one.text) return one;
  return {
    width: one.width,
    value,
    ...(alone === true && { alone }),
    ...(rest === true && { rest }),
    ...(text === true && { text }),
  };
}
