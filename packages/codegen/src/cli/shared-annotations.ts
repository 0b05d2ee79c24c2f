import { suggest } from "@rbgen/btf";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { TypeModule } from "../module.ts";

/** Annotations that a configuration gives to all of its inputs: each one is of those inputs only that have its type. */
export class SharedAnnotations {
  readonly #all: Readonly<Record<string, readonly string[]>>;
  /** Of how many inputs that have its type each one is, without those that it meant nothing in. */
  readonly #met = new Map<string, number>();
  readonly #found = new Set<string>();
  readonly #several: boolean;
  readonly #isWhole: boolean;
  readonly #modules: TypeModule[] = [];

  /**
   * @param inputs how many are read
   * @param isWhole these are all that the configuration is for: of a part of them, an annotation may be for the rest
   */
  constructor(
    all: Readonly<Record<string, readonly string[]>>,
    { inputs, isWhole }: { readonly inputs: number; readonly isWhole: boolean },
  ) {
    this.#all = all;
    this.#several = inputs > 1 || !isWhole;
    this.#isWhole = isWhole;
  }

  /** Those for `module`; of a single input all, so that a misspelt one is told with what it has. */
  of(module: TypeModule): Readonly<Record<string, readonly string[]>> {
    if (!this.#several) return this.#all;
    this.#modules.push(module);
    const own = Object.entries(this.#all).filter(([key]) => typesOf(key, module).length > 0);
    for (const [key] of own) {
      this.#found.add(key);
      this.#met.set(key, (this.#met.get(key) ?? 0) + 1);
    }
    return Object.fromEntries(own);
  }

  /** Whether an annotation that met nothing in `module` may be meant for another input: its type is one that this input includes. */
  isForAnother(key: string, module: TypeModule): boolean {
    if (!this.#several || !this.#found.has(key)) return false;
    if (typesOf(key, module).some((type) => module.origin(type).kind === "input")) return false;
    this.#met.set(key, (this.#met.get(key) ?? 0) - 1);
    return true;
  }

  /** Warns of annotations that meant nothing in any input. */
  reportUnknown(report: Report): void {
    if (!this.#several || !this.#isWhole) return;
    for (const key of Object.keys(this.#all)) {
      if ((this.#met.get(key) ?? 0) > 0) continue;
      const [type = "", ...member] = key.split(".");
      const [meant] = suggest(
        type,
        this.#modules.flatMap((module) => [...module.names()]),
        1,
      );
      const isFound = this.#found.has(key);
      report({
        code: "RB4006",
        severity: "warning",
        message: `the configuration annotates ${key}, which ${isFound ? "is no type or member that is generated" : "no input defines"}`,
        hint:
          isFound || meant === undefined
            ? 'keys are "struct" or "struct.member", by C name'
            : `did you mean "${[meant, ...member].join(".")}"?`,
      });
    }
  }
}

function typesOf(key: string, module: TypeModule): ReturnType<TypeModule["find"]> {
  return module.find(key.split(".")[0]!);
}
