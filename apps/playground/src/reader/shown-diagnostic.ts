import type { Diagnostic, SourceText } from "rbgen";
import { printable, printableLines } from "../display-text.ts";

/** A diagnostic as the page shows it: characters that reorder text or have no shape are escapes, as the command prints them. */
export interface ShownDiagnostic {
  readonly code: string;
  readonly severity: "error" | "warning";
  /** "types.h:3:9", or the names that lead to it. */
  readonly place: string;
  readonly message: string;
  readonly notes: readonly string[];
  readonly hint?: string;
  /** Where it is in the text that is edited, in UTF-16 code units; absent where another file has it, or none. */
  readonly range?: { readonly from: number; readonly to: number };
}

/** What was found, and how many more there are than a page can show. */
export interface ShownDiagnostics {
  readonly first: readonly ShownDiagnostic[];
  readonly more: number;
  readonly errors: number;
}

/** Diagnostics that are shown. */
const most = 200;

export const noDiagnostics: ShownDiagnostics = { first: [], more: 0, errors: 0 };

const defineAbove =
  "this page reads one file: define the type above, or include <linux/types.h> for those of the kernel";

/** What to do here about what the command has options for. */
const advice: Readonly<Record<string, string>> = {
  RB1001: "this page reads one file, with the headers that rbgen brings: put what it needs of the other one into it",
  RB2002: defineAbove,
  RB2004: defineAbove,
};

/** The same for a compiled object. */
const adviceOnObjects: Readonly<Record<string, string>> = {
  RB4009: "open a header with the struct as C source, and press “Take types from the C source”",
};

/** An option of the command: "--map", "-I". */
const option = /(?:^|[\s(])--?[A-Za-z]/;

/** Diagnostics of a source, or of an object, by the name `own`. */
export function shownDiagnostics(
  diagnostics: readonly Diagnostic[],
  own: string,
  input: "source" | "object" = "source",
): ShownDiagnostics {
  const advised = input === "source" ? advice : adviceOnObjects;
  const lines = new Lines();
  return {
    first: diagnostics.slice(0, most).map((diagnostic) => shown(diagnostic, own, lines, advised)),
    more: Math.max(0, diagnostics.length - most),
    errors: diagnostics.filter(({ severity }) => severity === "error").length,
  };
}

function shown(diagnostic: Diagnostic, own: string, lines: Lines, advised: typeof advice): ShownDiagnostic {
  const { code, severity, span } = diagnostic;
  const { message, notes } = withoutFolders(diagnostic);
  const hint = hintOf(diagnostic, advised);
  return {
    code,
    severity,
    place: printable(placeOf(diagnostic, lines)),
    message: printableLines(message),
    notes: notes.map(printableLines),
    ...(hint !== undefined && { hint: printableLines(hint) }),
    ...(span?.source.name === own && { range: { from: span.start, to: span.end } }),
  };
}

/** A page has no folders: of an included file that is nowhere, it says where it looked for it. */
function withoutFolders({ code, message, notes = [] }: Diagnostic): Required<Pick<Diagnostic, "message" | "notes">> {
  if (code !== "RB1001") return { message, notes };
  return {
    message: message.replace(/is in none of the folders searched$/, "is none of the headers that rbgen brings"),
    notes: notes.filter((note) => !/^(searched: |no folder was searched$)/.test(note)),
  };
}

function hintOf({ code, hint }: Diagnostic, advised: typeof advice): string | undefined {
  if (hint === undefined || !option.test(hint)) return hint;
  const here = advised[code];
  const there = `with the command: ${hint}`;
  return here === undefined ? there : `${here}\n${there}`;
}

function placeOf({ span, at }: Diagnostic, lines: Lines): string {
  return span === undefined ? (at ?? "input") : `${span.source.name}:${lines.positionOf(span.source, span.start)}`;
}

/** Where the lines of texts begin, each looked for once. */
class Lines {
  readonly #starts = new Map<SourceText, readonly number[]>();

  /** Line and column, from 1. */
  positionOf(source: SourceText, at: number): string {
    const starts = this.#startsOf(source);
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return `${low + 1}:${at - (starts[low] ?? 0) + 1}`;
  }

  #startsOf(source: SourceText): readonly number[] {
    const known = this.#starts.get(source);
    if (known !== undefined) return known;
    const starts = [0];
    for (let at = source.text.indexOf("\n"); at >= 0; at = source.text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#starts.set(source, starts);
    return starts;
  }
}
