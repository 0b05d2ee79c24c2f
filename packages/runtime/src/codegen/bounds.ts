import { plainBytes } from "../checked-bytes.ts";
import { integer } from "../checked-number.ts";
import { DecodeError, EncodeError } from "../errors.ts";
import { valueText } from "./value-text.ts";

// Both are in every generated function, and small enough for engines to inline: a shift tells most of what is no offset, and
// what it does not take is looked at apart. The last byte is loaded, since engines do that themselves, where some ask for the
// length of a view by a call.

/**
 * The one check of a decode: `needed` bytes of the record are in the sample, and the sample is in `bytes`. Gives a view of
 * these, which they mostly are. `short` is where the array begins that ends the record, if one does.
 */
export function checkBounds(
  record: string,
  bytes: DataView | Uint8Array,
  offset: number,
  byteLength: number,
  needed: number,
  short?: number,
): DataView {
  try {
    if (offset >>> 0 === offset && byteLength >>> 0 === byteLength && byteLength >= needed) {
      const view = "getUint8" in bytes ? bytes : viewOver(bytes);
      view.getUint8(offset + byteLength - 1);
      return view;
    }
  } catch {
    // what it was is told by the look that follows
  }
  checkAnyBounds(record, bytes, offset, byteLength, needed, short);
  return "getUint8" in bytes ? bytes : viewOver(bytes);
}

function checkAnyBounds(
  record: string,
  bytes: DataView | Uint8Array,
  offset: number,
  byteLength: number,
  needed: number,
  short: number | undefined,
): void {
  if (!ArrayBuffer.isView(bytes)) viewOver(bytes);
  integer(offset, "offset", Number.MIN_SAFE_INTEGER);
  integer(byteLength, "byteLength", Number.MIN_SAFE_INTEGER);
  if (offset >= 0 && byteLength >= needed && offset + byteLength <= bytes.byteLength) return;
  const available = Math.min(byteLength, bytes.byteLength - offset);
  const told = `needs ${needed} bytes, the sample has ${available}`;
  // The usual cause of one that ends in its last array, which nothing else would lead to.
  const cause = short !== undefined && available >= short;
  const reason = cause ? `${told}; if the program sends its last array short, annotate that: truncated` : told;
  throw new DecodeError(record, needed, available, "", reason);
}

/** The check of what a record holds: `needed` bytes are among those that are left for it. */
export function checkLeft(record: string, left: number, needed: number): void {
  if (left < needed) throw new DecodeError(record, needed, left);
}

function viewOver(bytes: Uint8Array): DataView {
  const { buffer, byteOffset, byteLength } = plainBytes(bytes, "bytes");
  return new DataView(buffer, byteOffset, byteLength);
}

/** The same before an encode: nothing is written where the record does not fit. */
export function checkRoom(record: string, view: DataView, offset: number, needed: number): void {
  try {
    if (offset >>> 0 === offset) {
      view.getUint8(offset + needed - 1);
      return;
    }
  } catch {
    // what it was is told by the look that follows
  }
  checkAnyRoom(record, view, offset, needed);
}

function checkAnyRoom(record: string, view: DataView, offset: number, needed: number): void {
  const left = view.byteLength - integer(offset, "offset", Number.MIN_SAFE_INTEGER);
  if (offset >= 0 && needed <= left) return;
  outOfRange("", left, `${record} needs ${needed} bytes, the target has ${left}`);
}

/** A value that does not fit where it goes. */
export function outOfRange(path: string, value: unknown, why: string): never {
  throw new EncodeError(path, value, why);
}

/** The refusal of a value that a writer sets whose place follows from lengths of the sample, where they lie. */
export function noPlace(error: unknown, path: string, value: unknown): unknown {
  if (!(error instanceof DecodeError)) return error;
  const why = error.message.slice(error.code.length + 2);
  return new EncodeError(path, value, `has no place: ${why}`, { cause: error });
}

/** What else is to say of a text that does not fit: it may be longer than the bytes that it was decoded from. */
export function lostBytes(value: unknown): string {
  const lost = typeof value === "string" && value.includes("\ufffd");
  return lost ? "; it has U+FFFD, which stands for bytes that are no UTF-8: the annotation bytes keeps these" : "";
}

/** `error` with the member that holds its place put before its path. */
export function within(error: unknown, member: string, index?: number): unknown {
  if (!(error instanceof EncodeError)) return error;
  const head = index === undefined ? member : `${member}[${index}]`;
  return new EncodeError(head + error.path.replace(/^[^[]/, ".$&"), error.value, error.reason);
}

/**
 * Elements of an array that takes `bytes`, as a length member says, out of `available`.
 * @throws DecodeError with both lengths if it lies.
 */
export function checkCount(bytes: number, available: number, stride: number, record: string, path: string): number {
  const even = bytes % stride === 0;
  if (bytes >= 0 && bytes <= available && even) return bytes / stride;
  const uneven = bytes >= 0 && !even ? `has ${bytes} bytes, no multiple of ${stride}` : undefined;
  throw new DecodeError(record, bytes, available, path, uneven);
}

/**
 * Items of a list as a member says, each of which has at least one byte out of `available`.
 * @throws DecodeError if it lies.
 */
export function checkItems(items: number, available: number, record: string, path: string): number {
  if (items >= 0 && items <= available) return items;
  const told = items < 0 ? `is told to have ${items} items` : `has ${items} items, and there are ${available} bytes`;
  throw new DecodeError(record, items, available, path, told);
}

/** The offset of `length` bytes that must lie between a record's start and its end. */
export function checkSlice(
  at: number,
  length: number,
  start: number,
  end: number,
  record: string,
  path: string,
): number {
  if (at >= start && length >= 0 && at + length <= end) return at;
  throw new DecodeError(record, at - start + length, end - start, path);
}

/**
 * An item of a list whose tag is not known, so that nothing says where it ends.
 * @throws DecodeError
 */
export function unknownItem(record: string, path: string, tag: number | bigint): never {
  throw new DecodeError(record, 0, 0, path, `is ${tag}, which no item has, so that nothing says how long it is`);
}

/** Whether `count` is one: a proxy, or a program without types, may tell anything as its length. */
export function isCount(count: unknown): count is number {
  return typeof count === "number" && count >>> 0 === count;
}

/** `count` bytes if they are as many as are `needed`. */
export function atLeast(count: number, needed: number, value: unknown, path: string): number {
  return count >= needed ? count : outOfRange(path, value, `has ${count} bytes, of at least ${needed}`);
}

/** `count` if an array of at most `limit` elements, or bytes, holds it. */
export function atMost(count: number, limit: number, value: unknown, path: string): number {
  return isCount(count) && count <= limit ? count : tooMany(count, limit, value, path);
}

function tooMany(count: unknown, limit: number, value: unknown, path: string): never {
  return outOfRange(path, value, `has length ${valueText(count)}, more than ${limit}${lostBytes(value)}`);
}
