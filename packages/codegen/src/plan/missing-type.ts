import { didYouMean, type Type } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";
import { isEnum, resolve } from "./resolve.ts";
import { writtenTypes } from "./written-types.ts";

const instead = {
  header: "declare it there, or include the header that does",
  btf: "objects hold the types that their code refers to: declare a variable of it, or give the header",
};

/** What to do about an enum or a struct that an annotation names, and an input does not have. */
export function missingType(module: TypeModule, what: "enum" | "struct", name: string): string {
  const fits = (type: Type): boolean => (what === "enum" ? isEnum(type) : resolve(type).type.kind === "struct");
  const names = [...writtenTypes(module)].filter(fits).map((type) => type.name);
  const meant = didYouMean(name, names);
  return meant === undefined ? instead[module.kind] : `${meant}\n${instead[module.kind]}`;
}
