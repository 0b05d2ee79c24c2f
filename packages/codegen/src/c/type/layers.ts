import type { Type } from "@rbgen/btf";

/** What a typedef, a qualifier or an array stands on; undefined for every other type. */
export function innerOf(type: Type): Type | undefined {
  switch (type.kind) {
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type_tag":
      return type.target;
    case "array":
      return type.element;
    default:
      return undefined;
  }
}
