import { joined, numberOf, type Value } from "./value.ts";

/** What was stored at a place of a region. */
export interface Stored {
  /** Bytes. */
  readonly width: number;
  readonly value: Value;
  /** It is a number that the code computed: compilers store just one member so, while constants and copies may cover several. */
  readonly alone?: true;
}

/** Places of a region, by byte. */
export type Places = ReadonlyMap<number, Stored>;

/** Whether two ranges of bytes have one in common. */
export function areOverlapping(a: number, aWidth: number, b: number, bWidth: number): boolean {
  return a < b + bWidth && b < a + aWidth;
}

/** What is stored from `start` on, as the sample's own bytes. */
export function cutOut(places: Places, start: number, size: Value): Places {
  const bytes = Number(numberOf(size) ?? 0x7fff_ffffn);
  const inside = [...places].filter(([offset, { width }]) => offset >= start && offset + width <= start + bytes);
  return new Map(inside.map(([offset, stored]) => [offset - start, stored]));
}

/** What stands in both of two samples, with all of its values. */
export function onBoth(a: Places, b: Places): Places {
  const both = new Map<number, Stored>();
  for (const [offset, stored] of a) {
    const other = b.get(offset);
    if (other?.width === stored.width) both.set(offset, either(stored, other));
  }
  return both;
}

/** The same as `places` where `others` takes nothing away. */
export function onBothPaths(places: Places, others: Places | undefined): Places {
  const both = new Map<number, Stored>();
  let same = true;
  for (const [offset, stored] of places) {
    const its = others?.get(offset);
    if (its?.width !== stored.width) {
      same = false;
      continue;
    }
    const next = either(stored, its);
    if (next !== stored) same = false;
    both.set(offset, next);
  }
  return same ? places : both;
}

/** What one of two paths stored at a place. One that stores a single member there tells it of both. */
function either(one: Stored, other: Stored): Stored {
  const value = joined(one.value, other.value);
  const alone = one.alone ?? other.alone;
  if (value === one.value && alone === one.alone) return one;
  return { width: one.width, value, ...(alone === true && { alone }) };
}
