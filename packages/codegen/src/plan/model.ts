import type { Endian, Enum, Enum64, LayoutDescriptor, Location, Struct, Union } from "@rbgen/btf";
import type { Name, TypeNames } from "./names.ts";

/** How a 64-bit integer member is given: exact `bigint`, `number` that throws past 2^53, or nanoseconds since boot. */
export type Int64Policy = "bigint" | "number" | "ktime";

/** How one value at a fixed place is represented in TypeScript; sizes in bytes. */
export type Shape =
  | {
      readonly kind: "int";
      readonly size: 1 | 2 | 4 | 8 | 16;
      readonly signed: boolean;
      readonly endian: Endian;
      readonly policy: Int64Policy;
      readonly char: boolean;
    }
  | { readonly kind: "bool"; readonly size: 1 | 2 | 4 | 8; readonly endian: Endian }
  | {
      readonly kind: "enum";
      readonly size: 1 | 2 | 4 | 8;
      readonly signed: boolean;
      readonly endian: Endian;
      readonly enum: EnumPlan | undefined;
    }
  | { readonly kind: "float"; readonly size: 4 | 8; readonly endian: Endian }
  | { readonly kind: "pointer"; readonly size: 4 | 8; readonly endian: Endian }
  /** An array of one-byte elements; `of` is what C has there, which drift compares. */
  | { readonly kind: "string" | "bytes"; readonly size: number; readonly of: "char" | "bytes" }
  /** Texts behind each other in an array of one-byte elements, each with a NUL behind it. */
  | { readonly kind: "strings"; readonly size: number; readonly of: "char" | "bytes" }
  /** A floating-point number that JavaScript or its DataView has none for, as its bytes. */
  | { readonly kind: "bytes"; readonly size: number; readonly of: "float" }
  | {
      readonly kind: "array";
      readonly size: number;
      readonly element: Shape;
      readonly count: number;
      readonly stride: number;
    }
  | { readonly kind: "composite"; readonly size: number; readonly composite: CompositePlan };

/** An enum that the file declares. */
export interface EnumPlan {
  readonly type: Enum | Enum64;
  /** C name: the tag, or the typedef's name for an anonymous enum. */
  readonly cName: string;
  readonly name: Name;
}

/** Where an integer stands that decode reads by itself: a length, or the tag that tells variants apart. */
export interface PlacePlan {
  /** Path of C names, for messages: `hdr.len`. */
  readonly path: string;
  /** Path of property names. */
  readonly names: readonly Name[];
  /** Bytes from the start of the composite. */
  readonly offset: number;
  readonly shape: Extract<Shape, { kind: "int" | "enum" | "bool" }>;
  /** Of a bit-field: bits from the start of the composite, and its width. */
  readonly bits?: { readonly offset: number; readonly size: number };
}

/** The member that holds an array's length. */
export interface LengthPlan {
  readonly place: PlacePlan;
  readonly unit: "elements" | "bytes" | "total";
}

/** An array whose elements vary in number from record to record. */
export interface VariablePlan {
  /**
   * `flexible`: `T data[]` at the end; `truncated`: a trailing `T data[N]` that may be sent shorter; `bounded`: a
   * `T data[N]` of which only the first elements count; `blob`: trailing bytes that data-loc members point into.
   */
  readonly kind: "flexible" | "truncated" | "bounded" | "blob";
  /** Bytes from one element to the next. */
  readonly stride: number;
  /** Elements at most; absent for a flexible array. */
  readonly max?: number;
  readonly length?: LengthPlan;
  /** The bytes are items of this struct, one after another, each aligned to `align` bytes. */
  readonly list?: { readonly item: CompositePlan; readonly align: number };
}

/** An offset and a length that point to bytes of the same record. */
export interface DatalocPlan {
  /** Absent where one `u32` holds both: offset in its lower half, length in its upper one. */
  readonly length?: PlacePlan;
  /** What the offset counts from, bytes from the start of the composite. */
  readonly base: number;
  readonly text: boolean;
}

/** One arm of a tagged union, or one struct of a tagged stream. */
export interface VariantPlan<Body> {
  /** Value of the discriminator property. */
  readonly kind: string;
  /** Tags that say so; the first is written. */
  readonly values: readonly bigint[];
  readonly body: Body;
}

/** A struct in which a tag says which arm of its union counts. */
export interface TaggedUnionPlan {
  readonly tag: PlacePlan;
  readonly kindName: Name;
  readonly union: UnionPlan;
  readonly variants: readonly (VariantPlan<readonly NodePlan[]> & { readonly type: Name; readonly size: number })[];
  readonly unknownType: Name;
  /** The kind of any other tag. */
  readonly unknownKind: string;
  /** Of a struct with several: the function that reads what this one holds. */
  readonly readName: Name;
  /** The union ends the record, so a sample may be as short as its arm. */
  readonly trailing: boolean;
}

/** One ring that holds several types of record. */
export interface StreamPlan {
  readonly cName: string;
  readonly names: TypeNames;
  readonly tag: PlacePlan;
  readonly kindName: Name;
  readonly variants: readonly VariantPlan<CompositePlan>[];
  readonly unknownType: Name;
  /** The kind of any other tag. */
  readonly unknownKind: string;
}

/** A member with a name, at its place in the composite that holds it (anonymous ones opened). */
export interface FieldPlan {
  readonly kind: "field";
  readonly cName: string;
  /** Property name. */
  readonly name: Name;
  readonly bitOffset: number;
  readonly shape: Shape;
  /** Width, for a bit-field. */
  readonly bitSize?: number;
  /** C declaration, for the documentation. */
  readonly declaration: string;
  readonly doc?: string;
  variable?: VariablePlan;
  dataloc?: DatalocPlan;
  /** Bytes up to the end of the union around it, for a struct in it that ends in a flexible array. */
  room?: number;
  /** Elements that a length member counts may lie over the members that follow: an array, or structs that end in one. */
  overlies?: boolean;
  /** Told by another property, so that it has none of its own: a blob, the length of a data-loc pair. */
  hidden?: boolean;
}

/** An anonymous union, or the whole of a named one: arms that share their bytes. */
export interface UnionPlan {
  readonly kind: "union";
  readonly offset: number;
  readonly size: number;
  readonly arms: readonly (readonly NodePlan[])[];
  /** Property of the decoded object that keeps the union's bytes. */
  readonly bytesName: Name;
  /** Of one that ends the record: the fields at the ends of arms that are as long as the sample. */
  tails: readonly FieldPlan[];
}

export type NodePlan = FieldPlan | UnionPlan;

/** A struct or union that the file declares. */
export interface CompositePlan {
  readonly type: Struct | Union;
  /** C name: the tag, or the typedef's name. */
  readonly cName: string;
  /** The same with its keyword: `struct flow_key`. */
  readonly cText: string;
  readonly names: TypeNames;
  readonly size: number;
  nodes: readonly NodePlan[];
  /** The field at the end that varies in length, or holds one that does. */
  tail?: FieldPlan;
  /** Where it ends no record, elements that a length counts may lie over what follows it. */
  overlies?: boolean;
  /** Unions with a tag, in order. */
  tagged: readonly TaggedUnionPlan[];
  /** Of a struct with such unions: the type of what it has beside them. */
  commonType?: Name;
  /** Discriminator property of a struct that is a variant of a stream, and the tags that its encoder accepts. */
  variant?: {
    readonly kindName: Name;
    readonly kind: string;
    readonly tag: PlacePlan;
    readonly values: readonly bigint[];
  };
  /** Path of the member that a `tag` annotation marks. */
  tagMember?: string;
  minByteLength: number;
  /** A codec of its own. */
  record: boolean;
  /** Of a record: where its bytes are, annotations or not. */
  layout?: LayoutDescriptor;
  /** Held by another composite. */
  nested: boolean;
  readonly location?: Location;
  readonly doc?: string;
}

/** A record that is not a struct: `int`, `__u64[4]`. */
export interface ScalarRecordPlan {
  readonly cName: string;
  readonly names: TypeNames;
  readonly shape: Shape;
  readonly layout: LayoutDescriptor;
  /** C declaration, for the documentation. */
  readonly declaration: string;
}

/** Another name of a record or an enum. */
export interface AliasPlan {
  readonly cName: string;
  /** What the file exports by each name. */
  readonly values: readonly AliasedName[];
  readonly types: readonly AliasedName[];
}

export interface AliasedName {
  readonly alias: Name;
  readonly of: Name;
}

/** Everything that one generated file declares, names settled. */
export interface FilePlan {
  readonly endian: Endian;
  readonly pointerSize: 4 | 8;
  readonly enums: readonly EnumPlan[];
  /** Contained composites before their containers. */
  readonly composites: readonly CompositePlan[];
  readonly scalars: readonly ScalarRecordPlan[];
  readonly streams: readonly StreamPlan[];
  readonly aliases: readonly AliasPlan[];
}
