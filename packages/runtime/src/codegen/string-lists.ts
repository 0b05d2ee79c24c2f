import { isCount, lostBytes, outOfRange } from "./bounds.ts";
import { zero } from "./bytes.ts";
import { countElements } from "./given.ts";
import { readString, utf8Length, writeString } from "./strings.ts";
import { valueText } from "./value-text.ts";

/**
 * Where the texts end that stand behind each other in `length` bytes, each with a NUL behind it. Where the length is not `told` by a
 * member, NULs at the end are what the array has left.
 */
export function endOfStrings(view: DataView, offset: number, length: number, told: boolean): number {
  let end = offset + length;
  while (!told && end > offset && view.getUint8(end - 1) === 0) end--;
  return end;
}

/** Where the text at `at` ends: its NUL, or `end`. */
export function endOfString(view: DataView, at: number, end: number): number {
  let next = at;
  while (next < end && view.getUint8(next) !== 0) next++;
  return next;
}

/** The texts in `length` bytes, each up to its NUL, the last one up to the end where it has none. */
export function readStrings(view: DataView, offset: number, length: number, told: boolean): string[] {
  const end = endOfStrings(view, offset, length, told);
  const texts: string[] = [];
  for (let at = offset; at < end; ) {
    const next = endOfString(view, at, end);
    texts.push(readString(view, at, next - at));
    at = next + 1;
  }
  return texts;
}

/**
 * Bytes that texts take, each with a NUL behind it; none where they were left out. The last one goes without where `room` has all
 * bytes but that one, or a length was `told` that leaves it out.
 */
export function stringsLength(
  texts: readonly string[] | undefined,
  path = "",
  room: number = Number.POSITIVE_INFINITY,
  told: number = room,
): number {
  const count = countElements(texts, path);
  let length = 0;
  for (let i = 0; i < count; i++) length += utf8Length(texts![i], path) + 1;
  // Without its NUL the last text is told from the end only where it is not empty.
  const bare = count > 0 && texts![count - 1] !== "";
  return bare && (length === room + 1 || length === told + 1) ? length - 1 : length;
}

/**
 * Bytes of texts whose length a member holds: as many as it says, which `before` bytes count in, too, where these are all texts, with the
 * last NUL or without, and their own where it was left out.
 */
export function countStrings(
  texts: readonly string[] | undefined,
  told: unknown,
  before: number,
  path: string,
): number {
  const own = stringsLength(texts, path);
  if (told === undefined) return own;
  const length = typeof told === "number" || typeof told === "bigint" ? Number(told) - before : -1;
  // Without its NUL the last text is told from the end only where it is not empty.
  const last = own > 0 && texts![texts!.length - 1] !== "" ? own - 1 : own;
  if (isCount(length) && length <= own && length >= last) return length;
  return outOfRange(path, told, `is told to have ${valueText(told)} bytes${lostTexts(texts, own)}`);
}

/** The same as {@link lostBytes} of the first `count` of texts, one by one: what they give now may be no texts any more. */
function lostTexts(texts: readonly unknown[] | undefined, count: number): string {
  for (let i = 0; i < count; i++) {
    const why = lostBytes(texts?.[i]);
    if (why !== "") return why;
  }
  return "";
}

/**
 * Writes texts into `length` bytes, a NUL behind each but for a last one that fills them; the rest is zeros. Refused are texts that
 * need more, and an empty one at the end where the length is not `told`: it would be read as what is left.
 */
export function writeStrings(
  texts: readonly string[] | undefined,
  view: DataView,
  offset: number,
  length: number,
  path: string,
  told: boolean,
): void {
  const count = countElements(texts, path);
  let at = offset;
  const end = offset + length;
  for (let i = 0; i < count; i++) {
    const text = texts![i]!;
    const bytes = utf8Length(text, path);
    if (bytes > end - at)
      outOfRange(path, texts, `needs more than the ${length} bytes that are there${lostBytes(text)}`);
    writeString(text, view, at, bytes, path);
    at += bytes;
    const last = i === count - 1;
    if (last && bytes === 0 && !told) {
      outOfRange(path, texts, "ends with an empty text, which is not told from the bytes behind it");
    }
    if (at < end) view.setUint8(at++, 0);
    else if (!last || bytes === 0)
      outOfRange(path, texts, `needs more than the ${length} bytes that are there${lostBytes(text)}`);
  }
  zero(view, at, end - at);
}
