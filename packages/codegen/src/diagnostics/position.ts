import type { Location } from "@rbgen/btf";
import type { SourceText, Span } from "./diagnostic.ts";

const lineStarts = new WeakMap<SourceText, readonly number[]>();

/** Offsets at which the lines of `source` begin; found once per source. */
function linesOf(source: SourceText): readonly number[] {
  let starts = lineStarts.get(source);
  if (starts === undefined) {
    const found = [0];
    for (let at = source.text.indexOf("\n"); at >= 0; at = source.text.indexOf("\n", at + 1)) found.push(at + 1);
    starts = found;
    lineStarts.set(source, starts);
  }
  return starts;
}

/** The 0-based line that holds `offset`; an offset past the end is on the last one. */
function lineIndex(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where `span` begins: 1-based line, and column in UTF-16 code units, as editors count. */
export function positionOf(span: Span): Location {
  const starts = linesOf(span.source);
  const line = lineIndex(starts, span.start);
  return { file: span.source.name, line: line + 1, column: Math.max(0, span.start - starts[line]!) + 1 };
}

/** The line on which `span` begins, without its line end, and the part of it that the span covers. */
export function lineOf(span: Span): { readonly text: string; readonly start: number; readonly end: number } {
  const starts = linesOf(span.source);
  const line = lineIndex(starts, span.start);
  const from = starts[line]!;
  const text = span.source.text.slice(from, starts[line + 1] ?? span.source.text.length).replace(/\r?\n$/, "");
  const start = Math.min(Math.max(0, span.start - from), text.length);
  return { text, start, end: Math.min(Math.max(start, span.end - from), text.length) };
}
