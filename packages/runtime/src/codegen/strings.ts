import { atMost, isCount, outOfRange } from "./bounds.ts";
import { copyBytes, writeBytes, zero } from "./bytes.ts";
import { countBytes } from "./given.ts";
import { cachedString, cachedString16, longestCached, writeCached16, writeNew16 } from "./string-cache.ts";
import { valueText } from "./value-text.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

// Kernel strings are mostly short ASCII: building those of a few bytes at a time beats a TextDecoder call.
const short = 32;

/** Text of at most `length` bytes up to the first NUL; invalid UTF-8 becomes U+FFFD. */
export function readString(view: DataView, offset: number, length: number): string {
  return length <= longestCached && (length & 3) === 0
    ? cachedString(view, offset, length, makeString)
    : makeString(view, offset, length);
}

/** The same of an array of 16 bytes. */
export function readString16(view: DataView, offset: number): string {
  return cachedString16(view, offset, makeString);
}

function makeString(view: DataView, offset: number, length: number): string {
  let end = offset;
  let bits = 0;
  for (; end < offset + length; end++) {
    const byte = view.getUint8(end);
    if (byte === 0) break;
    bits |= byte;
  }
  // A TextDecoder refuses shared memory, so it gets a copy.
  if (bits > 127 || end - offset > short) return decoder.decode(copyBytes(view, offset, end - offset));
  let text = "";
  let at = offset;
  for (; end - at > 3; at += 4) {
    text += String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
  }
  for (; at < end; at++) text += String.fromCharCode(view.getUint8(at));
  return text;
}

/** Writes UTF-8 into an array of `length` bytes, filled up with zeros; a string that needs more is refused, as is NUL. */
export function writeString(
  text: string | undefined,
  view: DataView,
  offset: number,
  length: number,
  path: string,
): void {
  if (length === 16 && writeCached16(text, view, offset)) return;
  if (length === 16 && typeof text === "string") writeOther16(text, view, offset, path);
  else writeText(text, view, offset, length, path);
}

function writeOther16(text: string, view: DataView, offset: number, path: string): void {
  writeNew16(text, view, offset, (target, at) => writeText(text, target, at, 16, path), makeString);
}

function writeText(text: string | undefined, view: DataView, offset: number, length: number, path: string): void {
  if (text !== undefined && typeof text !== "string") outOfRange(path, text, "is no string");
  const count = atMost(text === undefined ? 0 : text.length, length, text, path);
  let i = 0;
  // ASCII by words: a store for each character would take longer than all the rest of a record
  for (; count - i > 3; i += 4) {
    const [one, two] = [text!.charCodeAt(i), text!.charCodeAt(i + 1)];
    const [three, four] = [text!.charCodeAt(i + 2), text!.charCodeAt(i + 3)];
    if ((one | two | three | four) > 127 || one === 0 || two === 0 || three === 0 || four === 0) break;
    view.setUint32(offset + i, one | (two << 8) | (three << 16) | (four << 24), true);
  }
  for (; i < count; i++) {
    const code = text!.charCodeAt(i);
    if (code > 127 || code === 0) {
      writeUnusual(text!, view, offset, length, path);
      return;
    }
    view.setUint8(offset + i, code);
  }
  zero(view, offset + count, length - count);
}

/** Text that is not all ASCII, or no text of C's. */
function writeUnusual(text: string, view: DataView, offset: number, length: number, path: string): void {
  const bytes = encoder.encode(text);
  // Told of the text that was given, not of bytes that the caller never saw.
  atMost(bytes.length, length, text, path);
  if (bytes.includes(0)) outOfRange(path, text, "has a NUL");
  if (/[\ud800-\udfff]/u.test(text)) outOfRange(path, text, "has half of a surrogate pair, which is no text");
  writeBytes(bytes, view, offset, length, path);
}

/** Bytes that `text` takes as UTF-8; none where it was left out. */
export function utf8Length(text: string | undefined, path = ""): number {
  if (text === undefined) return 0;
  if (typeof text !== "string") outOfRange(path, text, "is no string");
  if (text.length > short) return encoder.encode(text).length;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return encoder.encode(text).length;
  return text.length;
}

/** Bytes that data-loc data takes: bytes as they are, text with the NUL that ends it. */
export function blobLength(value: string | Uint8Array | undefined, path = ""): number {
  return typeof value === "string" ? utf8Length(value, path) + 1 : countBytes(value, path);
}

/** Zeros that a given length may add at most to what it is the length of: one that says more is told before they are made. */
export const longestFill: number = 2 ** 24;

/** `length` bytes of a text, if a record has room for what they are more than its own. */
export function filled(length: number, text: string | undefined, told: unknown, path: string): number {
  if (length <= longestFill) return length;
  const own = utf8Length(text, path);
  if (length - own <= longestFill) return length;
  return outOfRange(path, told, `has ${own} bytes, and is told to have ${length}`);
}

/**
 * Bytes of a text: as many as the member says that holds its length, which `before` bytes count in, too, and its own where
 * that was left out.
 */
export function countText(text: string | undefined, told: unknown, before: number, path: string): number {
  if (told === undefined) return utf8Length(text, path);
  const length = typeof told === "number" || typeof told === "bigint" ? Number(told) - before : -1;
  return isCount(length)
    ? filled(length, text, told, path)
    : outOfRange(path, told, `is told to have ${valueText(told)} bytes`);
}
