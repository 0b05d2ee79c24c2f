import type { Enum, Enum64, Type } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";

/** Whether BTF may hold less than `type` has: clang before 15 writes enums of 8 bytes with 4 of each value, and nothing tells whether more was there. */
export function isCut(module: TypeModule, type: Type): boolean {
  return module.kind === "btf" && type.kind === "enum" && type.size > 4;
}

/** What is wrong with such an enum. */
export function cutText(type: Enum | Enum64): string {
  const name = type.name === "" ? "an enum without a name" : `enum ${type.name}`;
  return `${name} has 8 bytes, and BTF holds 4 of each of its values`;
}

/** How to get to its values; `verb` is what is done with the header. */
export function cutHint(verb: string): string {
  return `${verb} from the header that defines it, or compile with clang 15 or newer`;
}
