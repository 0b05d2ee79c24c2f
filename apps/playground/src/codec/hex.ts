/** The bytes of text in hex, with whatever people put between: spaces, commas, `0x`, `\\x`. An error says what is none. */
export function bytesOfHex(text: string): Uint8Array | string {
  const digits = text.replace(/\\x|0x/gi, "").replace(/[\s,:;]/g, "");
  const wrong = /[^0-9a-f]/i.exec(digits)?.[0];
  if (wrong !== undefined) return `“${wrong}” is no hex digit`;
  if (digits.length % 2 !== 0) return "the last byte has one digit: a byte takes two";
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Bytes as hex. */
export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
