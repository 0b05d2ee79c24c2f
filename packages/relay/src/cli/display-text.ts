// Controls, line separators, lone surrogates, and what has no shape of its own: what a host of the network calls itself must
// not drive the terminal it is shown on, nor show other than it says.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `text` for one line of a terminal: control characters as escapes, so that they are seen and not obeyed. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0)!;
    const digits = code.toString(16);
    if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\u{${digits}}`;
  });
}

/** The same for text of several lines: what ends a line, and tabs, stay. */
export function printableLines(text: string): string {
  return text.replace(/[^\n\t]+/g, printable);
}

/** `value` as JSON of one line, or indented; what {@link printable} escapes is escaped as JSON does. Bigints are decimal strings. */
export function printableJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}` : part), indent);
  return text.replace(unsafe, (character) => (character === "\n" ? character : character.replace(/[\s\S]/g, codeUnit)));
}

function codeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
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
