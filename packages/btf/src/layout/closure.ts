import type { Type } from "../types.ts";

/** How far {@link closureOf} follows. */
export interface ClosureOptions {
  /** Through pointers and prototypes too; else only what a layout needs: members, elements, what typedefs name. */
  readonly pointers: boolean;
}

/** These types and what they refer to, each once, in the order in which they are met. */
export function closureOf(types: Iterable<Type>, options: ClosureOptions): readonly Type[] {
  const found = new Set<Type>(types);
  // A set visits what is added to it while it is walked.
  for (const type of found) for (const next of references(type, options.pointers)) found.add(next);
  return [...found];
}

/** The types that `type` refers to, in order: by value, and with `pointers` by pointer and prototype. */
export function* references(type: Type, pointers: boolean): Iterable<Type> {
  switch (type.kind) {
    case "ptr":
      if (pointers) yield type.target;
      break;
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type_tag":
    case "decl_tag":
      yield type.target;
      break;
    case "array":
      yield type.element;
      if (pointers && type.index !== undefined) yield type.index;
      break;
    case "struct":
    case "union":
      for (const member of type.members) yield member.type;
      break;
    case "func_proto":
      if (!pointers) break;
      yield type.result;
      for (const param of type.params) yield param.type;
      break;
    case "func":
      yield type.proto;
      break;
    case "var":
      yield type.type;
      break;
    case "datasec":
      for (const entry of type.variables) yield entry.variable;
      break;
    case "void":
    case "int":
    case "float":
    case "enum":
    case "enum64":
    case "fwd":
      break;
  }
}
