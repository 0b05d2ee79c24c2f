import type { Type } from "../types.ts";

/** What nodes read their parts from: one BTF file with its base. */
export interface NodeSource {
  /** The type section, in the machine's byte order. */
  readonly words: Uint32Array;
  /** Some integer has fewer bits than its bytes. */
  readonly partialInts: boolean;
  readonly pointerSize: 4 | 8;
  typeById(id: number): Type;
  string(offset: number): string;
  /** Texts of the decl tags on a type (component −1), or on one of its members. */
  tagTexts(id: number, component: number): readonly string[];
  /** Texts of the decl tags on a parameter of the one function that has the prototype. */
  paramTagTexts(proto: number, index: number): readonly string[];
}
