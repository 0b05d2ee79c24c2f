import { atMost, outOfRange } from "./bounds.ts";
import { copyBytes, writeBytes, zero } from "./bytes.ts";
import { cachedString, longestCached } from "./string-cache.ts";

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
  if (text !== undefined && typeof text !== "string") outOfRange(path, text, "is no string");
  const count = atMost(text === undefined ? 0 : text.length, length, text, path);
  for (let i = 0; i < count; i++) {
    const code = text!.charCodeAt(i);
    if (code > 127 || code === 0) {
      const bytes = encoder.encode(text);
      // Told of the text that was given, not of bytes that the caller never saw.
      atMost(bytes.length, length, text, path);
      if (bytes.includes(0)) outOfRange(path, text, "has a NUL");
      if (/[\ud800-\udfff]/u.test(text!)) outOfRange(path, text, "has half of a surrogate pair, which is no text");
      writeBytes(bytes, view, offset, length, path);
      return;
    }
    view.setUint8(offset + i, code);
  }
  zero(view, offset + count, length - count);
}

/** Bytes that `text` takes as UTF-8. */
export function utf8Length(text: string | undefined): number {
  return encoder.encode(text).length;
}

/** Bytes that data-loc data takes: bytes as they are, text with the NUL that ends it. */
export function blobLength(value: string | Uint8Array | undefined): number {
  return typeof value === "string" ? utf8Length(value) + 1 : (value?.length ?? 0);
}
