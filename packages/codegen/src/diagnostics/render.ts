import type { Diagnostic, Span } from "./diagnostic.ts";
import { displayLine, printable } from "./display-text.ts";
import { lineOf, positionOf } from "./position.ts";

/** Colours of a terminal; each is the identity where there are none. */
export interface Paint {
  error(text: string): string;
  warning(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
  hint(text: string): string;
  added(text: string): string;
  removed(text: string): string;
}

/** No colours. */
export const plain: Paint = {
  error: (text) => text,
  warning: (text) => text,
  strong: (text) => text,
  faint: (text) => text,
  hint: (text) => text,
  added: (text) => text,
  removed: (text) => text,
};

export interface RenderOptions {
  readonly paint: Paint;
  /** Columns of the terminal; source lines are clipped to them. */
  readonly columns: number;
}

/** `file:line:col` of a span. */
function placeOf(span: Span): string {
  const { file, line, column } = positionOf(span);
  return `${printable(file)}:${line}:${column}`;
}

/** Several lines of text, each printable, the later ones indented under the first. */
function block(text: string, indent: string): string {
  return text.split("\n").map(printable).join(`\n${indent}`);
}

function frame(span: Span, gutter: number, colour: (text: string) => string, options: RenderOptions): string {
  const { line } = positionOf(span);
  const { text, start, end } = lineOf(span);
  const shown = displayLine(text, start, end, Math.max(40, options.columns - gutter - 4));
  const mark = " ".repeat(shown.from) + colour(`^${"~".repeat(shown.to - shown.from - 1)}`);
  const number = options.paint.faint(`${String(line).padStart(gutter)} | `);
  return `${number}${shown.text}\n${options.paint.faint(`${" ".repeat(gutter)} | `)}${mark}\n`;
}

/**
 * A diagnostic as text: `file:line:col: error RBnnnn: message`, the source line with a caret under the range, the
 * steps that led there (macros, includes), notes and a hint. Ends with a line end.
 */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions): string {
  const { paint } = options;
  const colour = diagnostic.severity === "error" ? paint.error : paint.warning;
  const place = diagnostic.span === undefined ? diagnostic.at : placeOf(diagnostic.span);
  const head = `${colour(diagnostic.severity)} ${colour(diagnostic.code)}: `;
  let text = "";
  if (place !== undefined && place !== "") {
    text += `${paint.strong(diagnostic.span === undefined ? printable(place) : place)}: `;
  }
  text += `${head}${paint.strong(block(diagnostic.message, "  "))}\n`;
  const spans = [diagnostic.span, ...(diagnostic.trace ?? []).map((step) => step.span)];
  const lines = spans.map((span) => (span === undefined ? 0 : positionOf(span).line));
  const gutter = Math.max(5, String(Math.max(...lines)).length + 1);
  if (diagnostic.span !== undefined) text += frame(diagnostic.span, gutter, colour, options);
  for (const step of diagnostic.trace ?? []) {
    const at = placeOf(step.span);
    // An include's message is its place.
    const told = step.message.endsWith(at) ? "" : ` (${at})`;
    text += `  ${block(step.message, "  ")}${told}\n${frame(step.span, gutter, paint.faint, options)}`;
  }
  for (const note of diagnostic.notes ?? []) text += `  ${paint.strong("note")}: ${block(note, "    ")}\n`;
  if (diagnostic.hint !== undefined) text += `  ${paint.hint("hint")}: ${block(diagnostic.hint, "    ")}\n`;
  return text;
}
