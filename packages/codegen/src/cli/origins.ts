import type { NamedType, Type } from "@rbgen/btf";
import type { Origin, TypeModule } from "../module.ts";

/** An origin in words. */
function originText(origin: Origin): string {
  switch (origin.kind) {
    case "input":
      return "input";
    case "include":
      return origin.file;
    case "prelude":
      return "built in";
    case "kernel":
      return `kernel BTF ${origin.file}`;
  }
}

/** A named type as C says it: `struct flow_key`, `typedef u64`. */
export function namedText(type: NamedType): string {
  switch (type.kind) {
    case "enum64":
      return `enum ${type.name}`;
    case "fwd":
      return `${type.of} ${type.name}`;
    case "int":
    case "float":
      return type.name;
    default:
      return `${type.kind} ${type.name}`;
  }
}

/** The named types that `roots` hold by value or through typedefs, roots included, each once, in order of first use. */
function usedTypes(roots: Iterable<NamedType>): readonly NamedType[] {
  const used: NamedType[] = [];
  const seen = new Set<Type>();
  const queue: Type[] = [...roots];
  for (let index = 0; index < queue.length; index += 1) {
    const type = queue[index]!;
    if (seen.has(type)) continue;
    seen.add(type);
    switch (type.kind) {
      case "struct":
      case "union":
        if (type.name !== "") used.push(type);
        for (const member of type.members) queue.push(member.type);
        break;
      case "enum":
      case "enum64":
        if (type.name !== "") used.push(type);
        break;
      case "typedef":
        used.push(type);
        queue.push(type.target);
        break;
      case "array":
        queue.push(type.element);
        break;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        queue.push(type.target);
        break;
    }
  }
  return used;
}

/** The used types that the input does not define itself, by where they came from. */
export function foreignTypes(
  module: TypeModule,
  roots: Iterable<NamedType>,
): ReadonlyMap<string, readonly NamedType[]> {
  const groups = new Map<string, NamedType[]>();
  for (const type of usedTypes(roots)) {
    const origin = module.origin(type);
    if (origin.kind === "input") continue;
    const key = originText(origin);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [type]);
    else group.push(type);
  }
  return groups;
}
