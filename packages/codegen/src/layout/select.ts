import type { NamedType, Type } from "@rbgen/btf";
import { resolve } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";

/** A type that has a layout of its own. */
export type Laid = Extract<Type, { kind: "struct" | "union" | "enum" | "enum64" }>;

/** A type to show, and the name that it goes by: its own, or that of the typedef in front of it. */
export interface Chosen {
  readonly name: string;
  readonly type: NamedType;
}

/** The struct, union or enum that a typedef gives a name to: `typedef struct { … } name`. */
function namedByTypedef(type: NamedType): Laid | undefined {
  if (type.kind !== "typedef") return undefined;
  const target = type.target;
  return isLaid(target) && target.name === "" ? target : undefined;
}

/** Whether `type` is a struct, union or enum. */
export function isLaid(type: Type): type is Laid {
  return type.kind === "struct" || type.kind === "union" || type.kind === "enum" || type.kind === "enum64";
}

/** What stands for `type` in a layout; undefined for what has none (plain typedefs, integers, forward declarations). */
export function chosenFrom(type: NamedType): Chosen | undefined {
  const hidden = namedByTypedef(type);
  if (hidden !== undefined) return { name: type.name, type: hidden };
  return isLaid(type) && type.name !== "" ? { name: type.name, type } : undefined;
}

/** Every named struct, union and enum that the input itself defines, in its order. */
export function ownTypes(module: TypeModule): Chosen[] {
  const result: Chosen[] = [];
  const seen = new Set<Type>();
  for (const type of module.types()) {
    const chosen = chosenFrom(type);
    if (chosen === undefined || seen.has(chosen.type)) continue;
    seen.add(chosen.type);
    result.push(chosen);
  }
  return result;
}

/** The element of an array of any dimensions, or the type itself; typedefs and qualifiers resolved on the way, their names told. */
function elementOf(type: Type, typedef: (name: NamedType) => void): Type {
  let at = resolve(type, typedef);
  for (let depth = 0; at.kind === "array" && depth < 256; depth += 1) at = resolve(at.element, typedef);
  return at;
}

/** `wanted` and the named types that they hold by value, contained ones first. */
export function withNeeded(wanted: readonly Chosen[]): Chosen[] {
  return collected((visit) => wanted.forEach(visit));
}

/** The named types that values of `types` hold. */
export function heldBy(types: readonly Type[]): Chosen[] {
  return collected((_, follow) => types.forEach(follow));
}

function collected(start: (visit: (chosen: Chosen) => void, follow: (type: Type) => void) => void): Chosen[] {
  const result: Chosen[] = [];
  const seen = new Set<Type>();
  const visit = (chosen: Chosen, depth: number): void => {
    if (seen.has(chosen.type) || depth > 256) return;
    seen.add(chosen.type);
    needs(chosen.type, depth);
    result.push(chosen);
  };
  const needs = (type: Type, depth: number): void => {
    if (type.kind === "typedef") follow(type, depth);
    else if (type.kind === "struct" || type.kind === "union") {
      for (const member of type.members) follow(member.type, depth);
    }
  };
  const follow = (type: Type, depth: number): void => {
    let name: Chosen | undefined;
    const element = elementOf(type, (typedef) => {
      name = chosenFrom(typedef) ?? name;
    });
    if (!isLaid(element)) return;
    if (element.name !== "") visit({ name: element.name, type: element }, depth + 1);
    else if (name !== undefined && name.type === element) visit(name, depth + 1);
    else if (!seen.has(element) && depth < 256) {
      seen.add(element);
      needs(element, depth + 1);
    }
  };
  start(
    (chosen) => visit(chosen, 0),
    (type) => follow(type, 0),
  );
  return result;
}

/** `chosen` in the order of the input: by type id (BTF), or as the module lists them, what it includes before. */
export function inInputOrder(module: TypeModule, chosen: readonly Chosen[]): Chosen[] {
  if (module.kind === "btf") return [...chosen].sort((a, b) => (a.type.id ?? 0) - (b.type.id ?? 0));
  const rank = new Map(ownTypes(module).map((own, index) => [own.type, index] as const));
  return chosen
    .map((entry, index) => ({ entry, index, rank: rank.get(entry.type) ?? -1 }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ entry }) => entry);
}
