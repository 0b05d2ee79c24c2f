/** One segment of a source map: a place of generated text, and what it was made of. Lines and columns from 0. */
export interface Segment {
  readonly line: number;
  readonly column: number;
  /** Absent where the text was made of nothing. */
  readonly from?: { readonly source: number; readonly line: number; readonly column: number };
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function encoded(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += digits[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}

/** Segments in the order of their places as the `mappings` of a source map, version 3. */
export function mappingsOf(segments: readonly Segment[]): string {
  let text = "";
  let line = 0;
  let column = 0;
  let first = true;
  const last = { source: 0, line: 0, column: 0 };
  for (const { line: own, column: at, from } of segments) {
    while (line < own) {
      text += ";";
      line += 1;
      column = 0;
      first = true;
    }
    text += `${first ? "" : ","}${encoded(at - column)}`;
    column = at;
    first = false;
    if (from === undefined) continue;
    text += encoded(from.source - last.source) + encoded(from.line - last.line) + encoded(from.column - last.column);
    Object.assign(last, from);
  }
  return text;
}

/** The segments of `mappings`, names left out. */
export function segmentsOf(mappings: string): readonly Segment[] {
  const segments: Segment[] = [];
  const last = { source: 0, line: 0, column: 0 };
  mappings.split(";").forEach((text, line) => {
    let column = 0;
    for (const part of text.split(",")) {
      if (part === "") continue;
      const [moved = 0, source, lines = 0, columns = 0] = numbersOf(part);
      column += moved;
      if (source === undefined) {
        segments.push({ line, column });
        continue;
      }
      last.source += source;
      last.line += lines;
      last.column += columns;
      segments.push({ line, column, from: { ...last } });
    }
  });
  return segments;
}

function numbersOf(text: string): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of text) {
    const digit = digits.indexOf(character);
    value |= (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    numbers.push((value & 1) === 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}
