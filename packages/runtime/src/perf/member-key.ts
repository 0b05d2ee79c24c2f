import type { LayoutDescriptor, LayoutLeaf } from "../codec.ts";
import { invalid } from "../errors.ts";

/** Reads an integer member of a sample that starts at `offset` of `view`; undefined where the sample ends before it. */
export type MemberKey = (view: DataView, offset: number, byteLength: number) => number | bigint | undefined;

/** Names as C and as generated code write them are one: `ts_ns`, `tsNs`. */
function plain(path: string): string {
  return path.replaceAll("_", "").toLowerCase();
}

/**
 * How the integer member `name` of a record is read; of a tagged stream, a member that all of its records have at the same place.
 * @throws RingBufError EINVAL where there is none
 */
export function memberKey(layout: LayoutDescriptor, name: string): MemberKey {
  const leaf = leafOf(layout, name);
  const bytes = leaf.bitSize / 8;
  const integer = leaf.class === "unsigned" || leaf.class === "signed";
  if (!integer || leaf.count !== undefined || leaf.bitOffset % 8 !== 0 || ![1, 2, 4, 8].includes(bytes)) {
    throw invalid(`${layout.name}.${name} is no integer of 1, 2, 4 or 8 bytes, by which records could be put in order`);
  }
  const at = leaf.bitOffset / 8;
  const little = (leaf.endian ?? layout.endian) === "little";
  const read = reader(bytes, leaf.class === "signed", little);
  return (view, offset, byteLength) => (at + bytes <= byteLength ? read(view, offset + at) : undefined);
}

function leafOf({ name: record, leaves }: LayoutDescriptor, name: string): LayoutLeaf {
  const wanted = plain(name);
  const own = leaves.filter(({ path }) => plain(path) === wanted);
  const inner = own.length > 0 ? own : ofEachVariant(leaves, wanted);
  const [first] = inner;
  if (first === undefined) throw invalid(`${record} has no member ${name}, by which records could be put in order`);
  const same = (leaf: LayoutLeaf): boolean =>
    leaf.bitOffset === first.bitOffset &&
    leaf.bitSize === first.bitSize &&
    leaf.class === first.class &&
    leaf.endian === first.endian;
  if (inner.every(same)) return first;
  throw invalid(`records of ${record} have ${name} at different places: they cannot be put in order by it`);
}

/** The leaf `wanted` of every variant of a stream, whose leaves stand behind the variant's name; none if one lacks it. */
function ofEachVariant(leaves: readonly LayoutLeaf[], wanted: string): readonly LayoutLeaf[] {
  const variants = new Set(leaves.map(({ path }) => path.split(".", 1)[0]));
  const found = leaves.filter(({ path }) => plain(path.slice(path.indexOf(".") + 1)) === wanted && path.includes("."));
  return found.length === variants.size ? found : [];
}

function reader(bytes: number, signed: boolean, little: boolean): (view: DataView, at: number) => number | bigint {
  switch (bytes) {
    case 1:
      return signed ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at);
    case 2:
      return signed ? (view, at) => view.getInt16(at, little) : (view, at) => view.getUint16(at, little);
    case 4:
      return signed ? (view, at) => view.getInt32(at, little) : (view, at) => view.getUint32(at, little);
    default:
      return signed ? (view, at) => view.getBigInt64(at, little) : (view, at) => view.getBigUint64(at, little);
  }
}
