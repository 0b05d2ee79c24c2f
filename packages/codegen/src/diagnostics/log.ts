import type { Diagnostic, Report } from "./diagnostic.ts";
import { type RenderOptions, renderDiagnostic } from "./render.ts";

/** Errors, and warnings, that are kept: more than a person reads. The rest is counted. */
const kept = 1000;

/** Diagnostics in the order of {@link DiagnosticLog.sorted}, and how many more there were. */
export interface Told {
  readonly diagnostics: readonly Diagnostic[];
  readonly dropped: number;
}

/** The text of at most `limit` of them (errors first to be kept, in their order) and how many more there are. */
export function renderTold({ diagnostics, dropped }: Told, options: RenderOptions, limit = 50): string {
  let shown = diagnostics;
  if (diagnostics.length > limit) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").slice(0, limit);
    const warnings = diagnostics
      .filter((diagnostic) => diagnostic.severity === "warning")
      .slice(0, limit - errors.length);
    const chosen = new Set([...errors, ...warnings]);
    shown = diagnostics.filter((diagnostic) => chosen.has(diagnostic));
  }
  const text = shown.map((diagnostic) => renderDiagnostic(diagnostic, options)).join("");
  const more = diagnostics.length - shown.length + dropped;
  return more > 0 ? `${text}${options.paint.faint(`… and ${more} more`)}\n` : text;
}

/** Collects diagnostics: each once, in the order of the sources, errors counted even where they are not kept. */
export class DiagnosticLog {
  readonly #seen = new Set<string>();
  readonly #list: Diagnostic[] = [];
  readonly #sources = new Map<string, number>();
  #dropped = 0;
  #errors = 0;
  #warnings = 0;
  readonly #taken = new Set<Diagnostic>();
  #droppedTaken = 0;

  /** Takes one diagnostic; bound, so that it can be handed on as a {@link Report}. */
  readonly report: Report = (diagnostic) => {
    const { code, severity, message, span, at } = diagnostic;
    const key = [code, severity, message, span?.source.name, span?.start, span?.end, at].join("\0");
    // What was dropped is not remembered either, so its count may hold repetitions.
    if (this.#seen.has(key)) return;
    const sameBefore = severity === "error" ? this.#errors++ : this.#warnings++;
    if (sameBefore >= kept) {
      this.#dropped += 1;
      return;
    }
    this.#seen.add(key);
    const place = span?.source.name ?? at ?? "";
    if (!this.#sources.has(place)) this.#sources.set(place, this.#sources.size);
    this.#list.push(diagnostic);
  };

  get errors(): number {
    return this.#errors;
  }

  get warnings(): number {
    return this.#warnings;
  }

  /** Diagnostics beyond those kept. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Sources in the order of their first diagnostic, and within one by position; what has no position keeps its order. */
  sorted(): readonly Diagnostic[] {
    const rank = (diagnostic: Diagnostic) =>
      this.#sources.get(diagnostic.span?.source.name ?? diagnostic.at ?? "") ?? 0;
    return this.#list
      .map((diagnostic, index) => ({ diagnostic, index }))
      .sort(
        (a, b) =>
          rank(a.diagnostic) - rank(b.diagnostic) ||
          (a.diagnostic.span?.start ?? -1) - (b.diagnostic.span?.start ?? -1) ||
          a.index - b.index,
      )
      .map((entry) => entry.diagnostic);
  }

  /** What came since this was asked before, for who tells of it as a run goes on. */
  take(): Told {
    const diagnostics = this.sorted().filter((diagnostic) => !this.#taken.has(diagnostic));
    for (const diagnostic of diagnostics) this.#taken.add(diagnostic);
    const dropped = this.#dropped - this.#droppedTaken;
    this.#droppedTaken = this.#dropped;
    return { diagnostics, dropped };
  }

  /** The text of all of them. */
  render(options: RenderOptions, limit?: number): string {
    return renderTold({ diagnostics: this.sorted(), dropped: this.#dropped }, options, limit);
  }
}
