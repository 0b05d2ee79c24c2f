import { outOfRange } from "./bounds.ts";
import { writeBytes, zero } from "./bytes.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

// Kernel strings are mostly short ASCII: building those byte by byte beats a TextDecoder call.
const short = 32;

/** Text of at most `length` bytes up to the first NUL; invalid UTF-8 becomes U+FFFD. */
export function readString(view: DataView, offset: number, length: number): string {
  let text = "";
  let end = 0;
  const quick = Math.min(length, short);
  for (; end < quick; end++) {
    const byte = view.getUint8(offset + end);
    if (byte === 0) return text;
    if (byte > 127) break;
    text += String.fromCharCode(byte);
  }
  while (end < length && view.getUint8(offset + end) !== 0) end++;
  if (end === text.length) return text;
  // A TextDecoder refuses shared memory, so it gets a copy.
  return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + offset, end).slice());
}

/** Writes UTF-8 into an array of `length` bytes, filled up with zeros; a string that needs more is refused, as is NUL. */
export function writeString(
  text: string | undefined,
  view: DataView,
  offset: number,
  length: number,
  path: string,
): void {
  const count = text === undefined ? 0 : text.length;
  if (!(count <= length)) outOfRange(path, text, `has more than ${length} bytes`);
  for (let i = 0; i < count; i++) {
    const code = text!.charCodeAt(i);
    if (code > 127 || code === 0) {
      const bytes = encoder.encode(text);
      // Told of the text that was given, not of bytes that the caller never saw.
      if (bytes.length > length) outOfRange(path, text, `has more than ${length} bytes`);
      if (bytes.includes(0)) outOfRange(path, text, "holds a NUL, which would end it");
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
