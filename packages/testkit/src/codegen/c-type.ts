/**
 * C types as data, for random records: what a test writes as C text, fills through a C compiler and expects back.
 * Nothing here is shared with the generator that is under test.
 */

/** An integer; `text` is how the C source spells it, `order` the byte order that its name promises. */
export interface CInt {
  readonly kind: "int";
  readonly text: string;
  readonly size: 1 | 2 | 4 | 8 | 16;
  readonly signed: boolean;
  /** Plain `char`: an array of it is text. */
  readonly char?: boolean;
  readonly order?: "little" | "big";
}

export interface CBool {
  readonly kind: "bool";
}

export interface CFloat {
  readonly kind: "float";
  readonly size: 4 | 8;
}

export interface CEnum {
  readonly kind: "enum";
  readonly tag: string;
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly values: readonly bigint[];
}

export interface CPointer {
  readonly kind: "pointer";
  readonly to: "void" | "const char" | "struct" | "function";
}

export interface CArray {
  readonly kind: "array";
  readonly element: CType;
  readonly count: number;
  /** The last member of a record, as long as the sample; written `[]`, or `[0]` as old C does. */
  readonly flexible?: "[]" | "[0]";
}

export interface CMember {
  /** Empty for an anonymous struct or union, and for an unnamed bit-field. */
  readonly name: string;
  readonly type: CType;
  /** Width of a bit-field. */
  readonly width?: number;
  readonly align?: number;
  readonly packed?: boolean;
  /** Text of a `btf_decl_tag`, which compilers keep in BTF. */
  readonly declTag?: string;
}

/** What holds the length of a record's flexible array, and what it counts. */
export interface CLength {
  /** An integer member of the record. */
  readonly member: string;
  readonly unit: "elements" | "bytes" | "total";
}

export interface CComposite {
  readonly kind: "struct" | "union";
  /** Empty for one that is defined where it is used. */
  readonly tag: string;
  /** The tag is a typedef's name, the struct behind it has none. */
  readonly typedef?: boolean;
  readonly members: readonly CMember[];
  readonly packed?: boolean;
  readonly align?: number;
  readonly length?: CLength;
}

export type CType = CInt | CBool | CFloat | CEnum | CPointer | CArray | CComposite;

/** The innermost element of an array of any dimensions, and its dimensions, outermost first. */
export function flatten(type: CType): { readonly element: CType; readonly dimensions: readonly CArray[] } {
  const dimensions: CArray[] = [];
  let element = type;
  while (element.kind === "array") {
    dimensions.push(element);
    element = element.element;
  }
  return { element, dimensions };
}

/** The last member of `type` if the record is as long as its sample: a flexible array, or a struct that ends in one. */
export function tailOf(type: CComposite): CArray | undefined {
  if (type.kind === "union") return undefined;
  const last = type.members.at(-1);
  if (last === undefined) return undefined;
  if (last.type.kind === "array") return last.type.flexible === undefined ? undefined : last.type;
  return last.type.kind === "struct" ? tailOf(last.type) : undefined;
}

/** Every struct, union and enum that `type` is made of, contained ones first, each tag once. */
export function definitionsOf(type: CType, found: Map<string, CType> = new Map()): Iterable<CType> {
  const { element } = flatten(type);
  if (element.kind === "struct" || element.kind === "union") {
    for (const member of element.members) definitionsOf(member.type, found);
    if (element.tag !== "" && !found.has(element.tag)) found.set(element.tag, element);
  } else if (element.kind === "enum" && !found.has(element.tag)) {
    found.set(element.tag, element);
  }
  return found.values();
}
