import { bits, type Leaf, leavesOf, resolve, type Struct, sizeOf, type Union } from "@rbgen/btf";
import type { Places, Stored } from "./places.ts";

/**
 * Whether the code touches a struct as one of its kind: a number that it computed is a member or an element of that width; constants,
 * copies and loads are in one member, or begin where a member or an element does and end where one does, or in padding.
 * @param said that the program says it to be this struct: then a number may cover several members, too, since compilers make one
 * store of those that stand beside each other
 */
export function fits(type: Struct | Union, touched: Places, said = false): boolean {
  const tail = flexibleTail(type);
  const leaves = leavesOf(type).map(
    (leaf): Leaf => (leaf.bitOffset / 8 === tail?.start ? { ...leaf, ...tail.bits } : leaf),
  );
  const packed = isPacked(type, leaves);
  const arrays = structArraysOf(type, 0, 0);
  return [...touched].every(([at, whole]) => {
    const [offset, stored] = inFirstElements(arrays, at, whole);
    if (tail?.struct !== undefined && offset >= tail.start)
      return fitsElement(tail.struct, offset - tail.start, stored, said);
    if (offset < 0 || (tail === undefined && offset + stored.width > type.size)) return false;
    if (stored.text === true && !said) return holdsText(leaves, offset, stored);
    return stored.alone === true && !said
      ? holdsNumber(leaves, packed, offset, stored)
      : covers(leaves, packed, offset, stored);
  });
}

/** An array of structs in a struct, of which leaves are those of the first element. */
interface StructArray {
  /** Bytes. */
  readonly start: number;
  readonly each: number;
  readonly count: number;
}

/** Structs inside of each other that are looked at. */
const deepest = 64;

/** The arrays of structs in a struct, those that hold others before these. */
function structArraysOf({ members }: Struct | Union, from: number, depth: number): readonly StructArray[] {
  if (depth > deepest) return [];
  return members.flatMap(({ type, bitOffset }): readonly StructArray[] => {
    let [at, count] = [resolve(type), 1];
    while (at.kind === "array") [at, count] = [resolve(at.element), count * at.count];
    if ((at.kind !== "struct" && at.kind !== "union") || at.size === 0) return [];
    const start = from + bitOffset / 8;
    const own = count > 1 ? [{ start, each: at.size, count }] : [];
    return [...own, ...structArraysOf(at, start, depth + 1)];
  });
}

/** A store in an element of arrays as one in the first of them. */
function inFirstElements(arrays: readonly StructArray[], offset: number, stored: Stored): readonly [number, Stored] {
  let [at, { width }] = [offset, stored];
  for (const { start, each, count } of arrays) {
    if (at < start || at >= start + each * count) continue;
    at = start + ((at - start) % each);
    width = Math.min(width, start + each - at);
  }
  return [at, { ...stored, width }];
}

/** An array of as many elements as are sent, which ends a struct. */
interface FlexibleTail {
  /** Bytes. */
  readonly start: number;
  /** How long it may be. */
  readonly bits?: Pick<Leaf, "bitSize">;
  /** What its elements are, where they are structs. */
  readonly struct?: Struct | Union;
}

function flexibleTail({ kind, members }: Struct | Union): FlexibleTail | undefined {
  const last = members.at(-1);
  const array = last === undefined ? undefined : resolve(last.type);
  if (kind !== "struct" || last === undefined || array?.kind !== "array" || array.count !== 0) return undefined;
  const start = last.bitOffset / 8;
  const element = resolve(array.element);
  if (element.kind === "array") return undefined;
  return element.kind === "struct" || element.kind === "union"
    ? { start, struct: element }
    : { start, bits: { bitSize: bits(2 ** 40) } };
}

/** The same of an array of structs, of one of which a store from byte `offset` of the array on is. */
export function fitsElement(type: Struct | Union, offset: number, stored: Stored, said: boolean): boolean {
  if (type.size === 0) return false;
  const at = offset % type.size;
  return fits(type, new Map([[at, { ...stored, width: Math.min(stored.width, type.size - at) }]]), said);
}

function holdsNumber(leaves: readonly Leaf[], packed: boolean, offset: number, { width }: Stored): boolean {
  return leaves.some((leaf) => {
    if (offset < first(leaf) || offset + width > end(leaf)) {
      // A bit-field is written with the others of its unit.
      return leaf.bitfield && offset <= first(leaf) && end(leaf) <= offset + width;
    }
    const each = Math.min(step(leaf), word);
    return (width === each && (offset - first(leaf)) % each === 0) || inPieces(leaf, packed, width);
  });
}

/** Text is in an array of bytes, if in one of several that a union has there. */
function holdsText(leaves: readonly Leaf[], offset: number, { width }: Stored): boolean {
  return leaves.some(
    (leaf) => leaf.dimensions.length > 0 && step(leaf) === 1 && offset >= first(leaf) && offset + width <= end(leaf),
  );
}

function covers(leaves: readonly Leaf[], packed: boolean, offset: number, { width, value }: Stored): boolean {
  const behind = offset + width;
  const isCopy = [...value.values()].every(({ kind }) => kind !== "constant");
  if (isCopy && leaves.every((leaf) => behind <= first(leaf) || offset >= end(leaf))) return true;
  const isInside = leaves.some(
    (leaf) => behind > first(leaf) && behind < end(leaf) && (behind - first(leaf)) % step(leaf) !== 0,
  );
  return leaves.some((leaf) => {
    if (offset < first(leaf) || offset >= end(leaf)) return false;
    if (behind > end(leaf)) return (offset - first(leaf)) % step(leaf) === 0 && !isInside;
    const each = Math.min(step(leaf), word);
    return ((offset - first(leaf)) % each === 0 && width % each === 0) || inPieces(leaf, packed, width);
  });
}

/** Members that may lie anywhere are written in bytes. */
function inPieces(leaf: Leaf, packed: boolean, width: number): boolean {
  return packed && width < step(leaf);
}

/** Whether members lie where the ABI would have none: no compiler trusts in their alignment. */
function isPacked({ size }: Struct | Union, leaves: readonly Leaf[]): boolean {
  return leaves.some((leaf) => !leaf.bitfield && (first(leaf) % step(leaf) !== 0 || size % step(leaf) !== 0));
}

/** Bytes that an instruction moves at most: greater members are written in several. */
const word = 8;

const first = ({ bitOffset }: Leaf): number => Math.floor(bitOffset / 8);
const end = ({ bitOffset, bitSize }: Leaf): number => Math.ceil((bitOffset + bitSize) / 8);
/** Bytes of the number that a leaf is, or is an array of. */
const step = (leaf: Leaf): number => {
  if (leaf.dimensions.length > 0) return Math.max(1, sizeOf(leaf.type));
  return leaf.bitfield ? 1 : Math.max(1, end(leaf) - first(leaf));
};
