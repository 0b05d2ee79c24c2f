import { printable } from "../display-text.ts";

/** What a character is in hex: the value of a digit, `between` for what people put between digits, `none` else. */
const between = 16;
const none = 17;

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x66) return lower - 0x57;
  return code === 0x20 || /[\s,:;]/.test(String.fromCharCode(code)) ? between : none;
}

/** The bytes of text in hex, with whatever people put between: spaces, commas, `0x`, `\\x`. An error says what is none. */
export function bytesOfHex(text: string): Uint8Array | string {
  const bytes = new Uint8Array(text.length >> 1);
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // "0x", "\\x".
    if ((code === 0x30 || code === 0x5c) && (text.charCodeAt(at + 1) | 0x20) === 0x78) {
      at += 1;
      continue;
    }
    const value = digitOf(code);
    if (value === none) return `“${printable(String.fromCodePoint(text.codePointAt(at) ?? 0))}” is no hex digit`;
    if (value === between) continue;
    bytes[digits >> 1] = digits % 2 === 0 ? value << 4 : (bytes[digits >> 1] ?? 0) | value;
    digits += 1;
  }
  if (digits % 2 !== 0) return "the last byte has one digit: a byte takes two";
  return bytes.slice(0, digits >> 1);
}

const pairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as hex. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => pairs[byte]).join(" ");
}
