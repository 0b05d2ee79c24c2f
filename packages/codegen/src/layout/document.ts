import type { JsonDiagnostic } from "../diagnostics/json.ts";

/** `rbgen layout --json`. Bits and bytes as numbers; integers that may pass 2^53 as strings. */
export interface LayoutDocument {
  readonly schema: 1;
  readonly target: LayoutTarget | null;
  readonly types: readonly TypeLayout[];
  readonly maps: readonly MapLayout[];
  readonly diagnostics: readonly JsonDiagnostic[];
}

export interface LayoutTarget {
  readonly endian: "little" | "big";
  readonly pointerSize: 4 | 8;
}

export type TypeLayout = CompositeLayout | EnumLayout | TypedefLayout;

interface NamedLayout {
  readonly name: string;
  /** Type id, where types of the input share the name. */
  readonly id?: number;
  /** Input, where there are several. */
  readonly input?: string;
  /** Bytes. */
  readonly size: number;
  readonly align: number;
}

export interface CompositeLayout extends NamedLayout {
  readonly kind: "struct" | "union";
  readonly packed: boolean;
  readonly members: readonly MemberLayout[];
  readonly leaves?: readonly LeafLayout[];
}

export interface MemberLayout {
  /** Null for an anonymous struct or union and for an unnamed bit-field. */
  readonly name: string | null;
  /** C text without the member's name. */
  readonly type: string;
  /** The same with typedefs and qualifiers resolved; absent where the type has no name. */
  readonly underlying?: string;
  /** From the start of the type that holds the member. */
  readonly bitOffset: number;
  readonly bitSize: number;
  readonly bitfield: boolean;
  readonly flexible?: true;
  /** Of a struct or union without a name; offsets from its own start. */
  readonly members?: readonly MemberLayout[];
}

/** A scalar, enum, pointer or array of such. */
export interface LeafLayout {
  readonly path: string;
  /** From the start of the outermost type. */
  readonly bitOffset: number;
  /** Of an array: of all its elements. */
  readonly bitSize: number;
  /** C text; of an array: its elements', the dimensions being in the path. */
  readonly type: string;
}

export interface EnumLayout extends NamedLayout {
  readonly kind: "enum";
  readonly signed: boolean;
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

/** A typedef of something that is not an anonymous struct, union or enum; only where it was asked for. */
export interface TypedefLayout extends NamedLayout {
  readonly kind: "typedef";
  readonly type: string;
  readonly underlying: string;
}

export interface MapLayout {
  readonly name: string;
  readonly type: string;
  readonly maxEntries: number;
  /** Name of the record type that the ring carries, null where it is not known. */
  readonly record: string | null;
}
