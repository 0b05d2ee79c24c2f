import type { Report } from "../diagnostics/diagnostic.ts";
import { suggest } from "../diagnostics/suggest.ts";
import type { TypeModule } from "../module.ts";

/** Annotations that a configuration gives to all of its inputs: each one is of those inputs only that have its type. */
export class SharedAnnotations {
  readonly #all: Readonly<Record<string, readonly string[]>>;
  readonly #unknown: Set<string>;
  readonly #several: boolean;
  readonly #modules: TypeModule[] = [];

  constructor(all: Readonly<Record<string, readonly string[]>>, inputs: number) {
    this.#all = all;
    this.#several = inputs > 1;
    this.#unknown = new Set(this.#several ? Object.keys(all) : []);
  }

  /** Those for `module`; of a single input all, so that a misspelt one is told with what it has. */
  of(module: TypeModule): Readonly<Record<string, readonly string[]>> {
    if (!this.#several) return this.#all;
    this.#modules.push(module);
    const own = Object.entries(this.#all).filter(([key]) => module.find(key.split(".")[0]!).length > 0);
    for (const [key] of own) this.#unknown.delete(key);
    return Object.fromEntries(own);
  }

  /** Warns of annotations of types that no input has. */
  reportUnknown(report: Report): void {
    for (const key of this.#unknown) {
      const [type = "", ...member] = key.split(".");
      const [meant] = suggest(
        type,
        this.#modules.flatMap((module) => [...module.names()]),
        1,
      );
      report({
        code: "RB4006",
        severity: "warning",
        message: `the configuration annotates ${key}, which no input defines`,
        hint:
          meant === undefined
            ? 'keys are "struct" or "struct.member", by C name'
            : `did you mean "${[meant, ...member].join(".")}"?`,
      });
    }
  }
}
