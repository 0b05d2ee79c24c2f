import type { DiagnosticCode } from "../../diagnostics/codes.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { raising } from "./limits.ts";
import type { SourceMap } from "./source-map.ts";

/** What a complaint may carry beside its place and message. */
export interface ComplaintDetails {
  readonly severity?: "error" | "warning";
  /** Last token of the range, where it is more than one. */
  readonly to?: number;
  readonly notes?: readonly string[];
  readonly hint?: string;
}

/** Ends the reading of an input that has run into a limit. The diagnostic has been reported. */
export class Abandoned extends Error {}

/** Ends one declaration. The diagnostic has been reported; the parser goes on after the declaration. */
export class Poisoned extends Error {}

/** The position of what a caller asks for once the text was read: no text is its place, and no limit ends it. */
export const asked = 0;

/** Turns positions into spans and traces, and counts. */
export class Complaints {
  readonly map: SourceMap;
  readonly #report: Report;
  readonly #limit: number;
  readonly #seen = new Set<string>();
  readonly #faulty = new Set<number>();
  count = 0;
  errors = 0;
  /** While text is preprocessed: the tokens made so far. */
  tokens: { readonly length: number } | undefined;
  /** How many tokens there were at each error of the preprocessor, rising. */
  readonly #faults: number[] = [];

  constructor(map: SourceMap, report: Report, limit: number) {
    this.map = map;
    this.#report = report;
    this.#limit = limit;
  }

  /** Reports once per code, place and message. */
  add(code: DiagnosticCode, pos: number, message: string, details: ComplaintDetails = {}): void {
    const key = `${code} ${this.map.outermost(pos)} ${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const severity = details.severity ?? "error";
    // A token that is wrong already is not wrong once more: what follows from a fault is no news.
    if (severity === "error" && pos !== asked && this.#faulty.has(pos)) return;
    if (severity === "error") this.#faulty.add(pos);
    if (severity === "error") this.errors++;
    if (severity === "error" && this.tokens !== undefined) this.#faults.push(this.tokens.length);
    const trace = this.map.trace(pos);
    this.#report({
      code,
      severity,
      message,
      ...(pos === asked ? { at: this.map.inputName } : { span: this.map.span(pos, details.to ?? pos) }),
      ...(trace.length > 0 && { trace }),
      ...(details.notes !== undefined && { notes: details.notes }),
      ...(details.hint !== undefined && { hint: details.hint }),
    });
    if (pos === asked) return;
    if (++this.count >= this.#limit) {
      this.#report({
        code: "RB1014",
        severity: "error",
        message: `more than ${this.#limit} diagnostics: the rest of the input is not read`,
        span: this.map.span(pos),
        hint: `fix the first ones; ${raising("diagnostics")}`,
      });
      throw new Abandoned();
    }
  }

  /** Whether the preprocessor met an error between two tokens: what they enclose may lack something, or have too much. */
  faultWithin(first: number, behind: number): boolean {
    let low = 0;
    let high = this.#faults.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#faults[middle]! <= first) low = middle + 1;
      else high = middle;
    }
    return low < this.#faults.length && this.#faults[low]! < behind;
  }

  /** Reports, and gives the input up. */
  abandon(code: DiagnosticCode, pos: number, message: string, details: ComplaintDetails = {}): never {
    this.add(code, pos, message, details);
    throw new Abandoned();
  }

  /** Reports, and gives the declaration up. */
  poison(code: DiagnosticCode, pos: number, message: string, details: ComplaintDetails = {}): never {
    this.add(code, pos, message, details);
    throw new Poisoned();
  }
}
