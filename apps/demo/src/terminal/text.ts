/** Columns of `text`: what this dashboard shows is one column per character, colours none. */
export function width(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of colours are what this leaves out
  return [...text.replace(/\u001b\[[0-9;]*m/g, "")].length;
}

/** `text` cut to `columns`, colours kept, or filled up to them. */
export function fitTo(text: string, columns: number): string {
  const have = width(text);
  if (have <= columns) return text + " ".repeat(columns - have);
  let left = columns - 1;
  let result = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of colours are kept whole
  for (const part of text.match(/\u001b\[[0-9;]*m|./gsu) ?? []) {
    if (part.length > 1 && part.startsWith("\u001b")) result += part;
    else if (left > 0) {
      result += part;
      left -= 1;
    }
  }
  return `${result}…`;
}

/** A bar of `columns` cells, filled by `share` (0 to 1), to an eighth of a cell. */
export function bar(share: number, columns: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * columns * 8);
  const full = Math.floor(eighths / 8);
  const rest = eighths % 8;
  const tip = rest === 0 ? "" : "▏▎▍▌▋▊▉"[rest - 1]!;
  return `${"█".repeat(full)}${tip}`.padEnd(columns, "·");
}
