import type { DiagnosticCode } from "./codes.ts";

/** A text that diagnostics point into; `name` as the user gave it. */
export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/** A range of a source, in UTF-16 code units; `end` is exclusive. */
export interface Span {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

/** One step of how a place was reached: "in expansion of macro X", "included from". */
export interface TraceStep {
  readonly message: string;
  readonly span: Span;
}

/**
 * What the user is told of an input. Nothing that cannot be handled is dropped without one.
 * `message` says what and why, `hint` what to do about it.
 */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly span?: Span;
  /** Where there is no source text to point into (BTF): the path of names that leads to the fault, or the input's name. */
  readonly at?: string;
  readonly trace?: readonly TraceStep[];
  readonly notes?: readonly string[];
  readonly hint?: string;
}

/** Takes diagnostics as they arise. */
export type Report = (diagnostic: Diagnostic) => void;
