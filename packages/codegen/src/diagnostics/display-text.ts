/** A character that moves no cursor by itself: combining marks, joiners, variation selectors. */
const zeroWidth = /^(?:\p{Mn}|\p{Me}|\p{Cf})$/u;

/** East Asian wide and full-width characters, and emoji: two columns on a terminal. */
const doubleWidth =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

/** Columns that one character takes on a terminal. */
function widthOf(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (zeroWidth.test(character)) return 0;
  return doubleWidth.test(character) ? 2 : 1;
}

/** Columns that `text` takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

// Controls, line separators, lone surrogates, and what has no shape of its own: marks that reorder text, zero-width
// spaces, tags. A hostile header must not drive the terminal it is shown on, nor show other than it says.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * `text` for one line of a terminal: control characters as escapes, so that they are seen and not obeyed. The escapes are
 * those of a JavaScript string, so that text of a program stays one.
 */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0)!;
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    const digits = code.toString(16);
    if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\u{${digits}}`;
  });
}

/** The same for text of several lines: what ends a line, and tabs, stay. */
export function printableLines(text: string): string {
  return text.replace(/[^\n\t]+/g, printable);
}

/** `value` as JSON of one line, or indented; what {@link printable} escapes is escaped as JSON does. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(unsafe, (character) =>
    character === "\n" ? character : character.replace(/[\s\S]/g, codeUnit),
  );
}

function codeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A source line with tabs opened, and the columns that a range of it takes. */
export interface DisplayLine {
  readonly text: string;
  /** 0-based columns; at least one wide. */
  readonly from: number;
  readonly to: number;
}

const tabStop = 8;

/**
 * `line` as a terminal shows it, clipped to `columns` around the range from `start` to `end` (UTF-16 code units of
 * `line`), with "…" where something was cut.
 */
export function displayLine(line: string, start: number, end: number, columns: number): DisplayLine {
  // A million-character line is cut before it is measured.
  const first = Math.max(0, start - 4 * columns);
  const last = Math.min(line.length, Math.max(end, start), start + 4 * columns) + 4 * columns;
  const cells: { readonly text: string; readonly width: number }[] = [];
  let column = 0;
  let from = -1;
  let to = -1;
  let offset = first;
  for (const character of line.slice(first, last)) {
    if (from < 0 && offset >= start) from = column;
    if (to < 0 && offset >= end) to = column;
    let text = character;
    if (character === "\t") text = " ".repeat(tabStop - (column % tabStop));
    else if (character < " " || character > "~") text = printable(character);
    const width = displayWidth(text);
    cells.push({ text, width });
    column += width;
    offset += character.length;
  }
  if (from < 0) from = column;
  if (to < 0) to = column;
  to = Math.max(to, from + 1);
  const cutBefore = first > 0;
  const cutAfter = last < line.length;
  if (column <= columns && !cutBefore && !cutAfter) {
    return { text: cells.map((cell) => cell.text).join(""), from, to };
  }
  // Keep a window that starts a third of it before the range, and no earlier than needed.
  const room = columns - 2;
  const left = Math.max(0, Math.min(from - Math.floor(room / 3), column - room));
  let text = "";
  let at = 0;
  let begin = -1;
  let width = 0;
  for (const cell of cells) {
    if (at >= left && width + cell.width <= room) {
      if (begin < 0) begin = at;
      text += cell.text;
      width += cell.width;
    } else if (begin >= 0) break;
    at += cell.width;
  }
  const head = begin > 0 || cutBefore ? "…" : "";
  const tail = begin + width < column || cutAfter ? "…" : "";
  const shift = head.length - Math.max(0, begin);
  const edge = head.length + width;
  const shownFrom = Math.min(from + shift, edge);
  return { text: head + text + tail, from: shownFrom, to: Math.max(shownFrom + 1, Math.min(to + shift, edge)) };
}
