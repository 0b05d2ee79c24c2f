import { didYouMean, type NamedType } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";
import { isCut } from "./cut-enum.ts";
import { resolve } from "./resolve.ts";
import { writtenTypes } from "./written-types.ts";

/** Integers that annotations name: enumerators and `#define`s of an input. */
export interface Constants {
  value(name: string): bigint | undefined;
  /** What to do about one that there is not. */
  hint(name: string): string;
}

function valuesOf(module: TypeModule, types: Iterable<NamedType>): Map<string, bigint> {
  const values = new Map<string, bigint>();
  for (const type of types) {
    const core = type.kind === "typedef" ? resolve(type).type : type;
    if ((core.kind !== "enum" && core.kind !== "enum64") || isCut(module, core)) continue;
    for (const entry of core.values) values.set(entry.name, entry.value);
  }
  for (const { name, value } of module.constants) if (typeof value === "bigint") values.set(name, value);
  return values;
}

function* everyType(module: TypeModule): Generator<NamedType> {
  for (const name of module.names()) yield* module.find(name);
}

/** Those of an input, looked up when the first annotation needs one. */
export function constantsOf(module: TypeModule): Constants {
  let values: Map<string, bigint> | undefined;
  const all = (): Map<string, bigint> => {
    values ??= valuesOf(module, everyType(module));
    return values;
  };
  return {
    value: (name) => {
      const known = module.constant?.(name)?.value;
      if (typeof known === "bigint") return known;
      // The kernel's names are not walked through: each would be taken for one that is used.
      return module.constant === undefined ? all().get(name) : undefined;
    },
    hint: (name) => {
      const known = module.constant === undefined ? all() : valuesOf(module, writtenTypes(module));
      const meant = didYouMean(name, known.keys());
      const instead =
        module.kind === "btf"
          ? "BTF holds no macros: name an enumerator, or write the number"
          : "declare it by an enum or a #define, include the header that does, or write the number";
      return meant === undefined ? instead : `${meant}\n${instead}`;
    },
  };
}
