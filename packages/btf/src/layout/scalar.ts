import type { Type } from "../types.ts";
import { resolve } from "./strip.ts";

/** What a type says of a number, whatever its size is. */
export type ScalarType =
  | { readonly kind: "float" }
  | { readonly kind: "int"; readonly signed: boolean; readonly bool: boolean };

/** The number that a type is behind its typedefs and qualifiers, an enum included; undefined for one that is none. */
export function scalarTypeOf(declared: Type): ScalarType | undefined {
  const type = resolve(declared);
  if (type.kind === "float") return { kind: "float" };
  if (type.kind === "int") return { kind: "int", signed: type.signed, bool: type.bool };
  if (type.kind === "enum" || type.kind === "enum64") return { kind: "int", signed: type.signed, bool: false };
  return undefined;
}
