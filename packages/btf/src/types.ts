/**
 * The type graph: BTF's kinds as TypeScript types (kernel `include/uapi/linux/btf.h`).
 *
 * Both front-ends (BTF and C) make it, and every emitter reads it. Nodes may be cyclic, and a reader may make
 * them lazily: a reference such as {@link Ptr.target} may be a getter, so follow only what is needed.
 * What BTF cannot hold (alignment, comments, positions in a source) is optional and filled in by the C front-end.
 */

import type { Bits, Bytes } from "./units.ts";

/** A place in a C source: 1-based line and column, `file` as the user named it. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Base<Kind extends string> {
  readonly kind: Kind;
  /** BTF type id, where the node was read from BTF. */
  readonly id?: number;
}

/** What a C declaration may carry beside its type. */
export interface Documented {
  /** `btf_decl_tag` strings, in order. */
  readonly tags?: readonly string[];
  /** Text of the comment that documents the declaration, without comment signs. */
  readonly doc?: string;
  readonly location?: Location;
}

/** `void`: BTF's type id 0. */
export interface Void extends Base<"void"> {}

export interface Int extends Base<"int"> {
  readonly name: string;
  /** 1, 2, 4, 8 or 16. */
  readonly size: Bytes;
  readonly signed: boolean;
  /** Holds text: `char`, and nothing else that has the size of one. */
  readonly char: boolean;
  readonly bool: boolean;
  /** Bits of value and their offset in the storage unit, where they are not the whole of it (old compilers' bit-fields). */
  readonly bits?: { readonly offset: Bits; readonly size: Bits };
  /** `BTF_INT_*` flags as BTF had them, where they are not what `signed` and `bool` say: some compilers flag characters. */
  readonly encoding?: number;
}

export interface Float extends Base<"float"> {
  readonly name: string;
  /** 2, 4, 8, 12 or 16. */
  readonly size: Bytes;
}

export interface Ptr extends Base<"ptr"> {
  readonly target: Type;
  /** 4 on a 32-bit target; 8 where it is absent. */
  readonly size?: Bytes;
}

export interface ArrayType extends Base<"array"> {
  readonly element: Type;
  /** Type of the index, which BTF keeps: what it is makes no difference to a layout. */
  readonly index?: Type;
  /** 0 for `[]` and `[0]`, which BTF does not tell apart. */
  readonly count: number;
}

export interface Member extends Documented {
  /** Empty for an anonymous struct or union, and for an unnamed bit-field. */
  readonly name: string;
  readonly type: Type;
  /** From the start of the struct or union that holds the member. */
  readonly bitOffset: Bits;
  /** Width of a bit-field; absent for any other member. */
  readonly bitSize?: Bits;
  /** Alignment asked for by an attribute on the member. */
  readonly align?: Bytes;
}

interface Composite<Kind extends string> extends Base<Kind>, Documented {
  /** Empty for an anonymous one. */
  readonly name: string;
  readonly size: Bytes;
  readonly members: readonly Member[];
  /** Alignment, where the source told it (BTF does not: see `alignOf`). */
  readonly align?: Bytes;
  /** Declared packed, where the source told it (BTF does not: see `isPacked`). */
  readonly packed?: boolean;
}

export interface Struct extends Composite<"struct"> {}
export interface Union extends Composite<"union"> {}

export interface Enumerator extends Documented {
  readonly name: string;
  readonly value: bigint;
}

interface EnumLike<Kind extends string> extends Base<Kind>, Documented {
  readonly name: string;
  /** 1, 2, 4 or 8. */
  readonly size: Bytes;
  /**
   * As BTF flags it, or as a value proves that fits the type only as a negative number. Compilers of old (clang before 16)
   * flag none: what is -1 in the source is 4294967295 in their BTF where the enum has 4 bytes.
   */
  readonly signed: boolean;
  readonly values: readonly Enumerator[];
}

export interface Enum extends EnumLike<"enum"> {}
export interface Enum64 extends EnumLike<"enum64"> {}

/** A struct, union or enum that is declared and not defined. */
export interface Fwd extends Base<"fwd"> {
  readonly name: string;
  readonly of: "struct" | "union" | "enum";
}

export interface Typedef extends Base<"typedef">, Documented {
  readonly name: string;
  readonly target: Type;
  /** Alignment that an attribute gives the name: `typedef int v __attribute__((aligned(16)))`. */
  readonly align?: Bytes;
}

export interface Volatile extends Base<"volatile"> {
  readonly target: Type;
}
export interface Const extends Base<"const"> {
  readonly target: Type;
}
export interface Restrict extends Base<"restrict"> {
  readonly target: Type;
}
export interface TypeTag extends Base<"type_tag"> {
  readonly value: string;
  /** The value is a whole attribute, not the text of a `btf_type_tag`. */
  readonly attribute?: boolean;
  readonly target: Type;
}

export interface Param extends Documented {
  readonly name: string;
  /** Void for the `...` at the end. */
  readonly type: Type;
}

export interface FuncProto extends Base<"func_proto"> {
  readonly result: Type;
  readonly params: readonly Param[];
}

export interface Func extends Base<"func">, Documented {
  readonly name: string;
  readonly proto: FuncProto;
  readonly linkage: "static" | "global" | "extern";
}

export interface Var extends Base<"var">, Documented {
  readonly name: string;
  readonly type: Type;
  readonly linkage: "static" | "global" | "extern";
}

export interface SectionVariable {
  readonly variable: Var | Func;
  /** From the start of the section; 0 in an object that was never linked. */
  readonly offset: Bytes;
  readonly size: Bytes;
}

export interface Datasec extends Base<"datasec"> {
  /** The section's name: `.maps`, `.rodata`. */
  readonly name: string;
  readonly size: Bytes;
  readonly variables: readonly SectionVariable[];
}

/** A tag on a declaration. The same text is in {@link Documented.tags} of what it tags. */
export interface DeclTag extends Base<"decl_tag"> {
  readonly value: string;
  readonly target: Struct | Union | Typedef | Func | Var;
  /** Index of the member or parameter; −1 for the declaration itself. */
  readonly component: number;
  /** The value is a whole attribute, not the text of a `btf_decl_tag`. */
  readonly attribute?: boolean;
}

export type Type =
  | Void
  | Int
  | Ptr
  | ArrayType
  | Struct
  | Union
  | Enum
  | Enum64
  | Fwd
  | Typedef
  | Volatile
  | Const
  | Restrict
  | Func
  | FuncProto
  | Var
  | Datasec
  | Float
  | DeclTag
  | TypeTag;

export type Kind = Type["kind"];

/** A type that a user can ask for by name. */
export type NamedType = Struct | Union | Enum | Enum64 | Typedef | Int | Float | Fwd;

/** Byte order of a target: that of its integers, and of its bit-fields (which big-endian targets number from the top bit). */
export type Endian = "little" | "big";
