// C0 and C1 controls, DEL, line separators, U+FEFF and the marks that reorder text: what a host of the network calls
// itself must not drive the terminal it is shown on, nor show other than it says.
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]/gu;

/** `text` for one line of a terminal: control characters as escapes, so that they are seen and not obeyed. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}

/** The same for text of several lines: what ends a line, and tabs, stay. */
export function printableLines(text: string): string {
  return text.replace(/[^\n\t]+/g, printable);
}

/** `value` as JSON of one line, or indented; what {@link printable} escapes is escaped as JSON does. Bigints are decimal strings. */
export function printableJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}` : part), indent);
  return text.replace(unsafe, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Rows of cells under their heads, in columns; those of `right` have their text at the right. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number>,
): string {
  const cells = [heads, ...rows].map((row) => row.map(printable));
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (right.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

/** Nanoseconds since 1970 as ISO 8601, no digit lost. */
export function isoTime(time: bigint): string {
  const nanoseconds = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const date = new Date(Number((time - nanoseconds) / 1_000_000n));
  // chunks of a host whose clock is wrong by more than dates go
  if (Number.isNaN(date.getTime())) return `${time}`;
  return date.toISOString().replace(".000Z", `.${`${nanoseconds}`.padStart(9, "0")}Z`);
}
