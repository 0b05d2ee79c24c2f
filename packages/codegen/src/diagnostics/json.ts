import type { Diagnostic, Span } from "./diagnostic.ts";
import { positionOf } from "./position.ts";

/** A place in JSON: 1-based, columns in UTF-16 code units, the end exclusive. */
export interface JsonPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A diagnostic in `--json` output; what is absent is left out. */
export interface JsonDiagnostic {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly place?: JsonPlace;
  readonly at?: string;
  readonly trace?: readonly { readonly message: string; readonly place: JsonPlace }[];
  readonly notes?: readonly string[];
  readonly hint?: string;
}

function placeToJson(span: Span): JsonPlace {
  const start = positionOf(span);
  const end = positionOf({ source: span.source, start: span.end, end: span.end });
  return { ...start, endLine: end.line, endColumn: end.column };
}

/** `diagnostic` with positions in place of spans. */
export function diagnosticToJson(diagnostic: Diagnostic): JsonDiagnostic {
  const { code, severity, message, span, at, trace, notes, hint } = diagnostic;
  return {
    code,
    severity,
    message,
    ...(span === undefined ? {} : { place: placeToJson(span) }),
    ...(at === undefined ? {} : { at }),
    ...(trace === undefined || trace.length === 0
      ? {}
      : { trace: trace.map((step) => ({ message: step.message, place: placeToJson(step.span) })) }),
    ...(notes === undefined || notes.length === 0 ? {} : { notes }),
    ...(hint === undefined ? {} : { hint }),
  };
}
