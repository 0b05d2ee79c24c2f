import type { Endian, Enum, Enum64, LayoutDescriptor, Location, Struct, Union } from "@rbgen/btf";
import type { Name, TypeNames } from "./names.ts";

/** How a 64-bit integer member is given: exact `bigint`, `number` that throws past 2^53, or nanoseconds since boot. */
export type Int64Policy = "bigint" | "number" | "ktime";

/** What a number or bytes are written as by people, or by the names of an enum; `encode` takes it in their place. */
export type Form =
  | { readonly kind: "ipv4" | "ipv6" | "mac" | "uuid" | "dev" | "errno" }
  | { readonly kind: "flags"; readonly enum: EnumPlan }
  /** A value of an enum in an integer that is wider than it, and a number all the same. */
  | { readonly kind: "enum"; readonly enum: EnumPlan };

/** Typed arrays that hold numbers of records. */
export type TypedArrayName =
  | `${"Int" | "Uint"}${16 | 32}Array`
  | "Int8Array"
  | `Big${"Int" | "Uint"}64Array`
  | `Float${32 | 64}Array`;

/** How one value at a fixed place is represented in TypeScript; sizes in bytes. */
export type Shape =
  | {
      readonly kind: "int";
      readonly size: 1 | 2 | 4 | 8 | 16;
      readonly signed: boolean;
      readonly endian: Endian;
      readonly policy: Int64Policy;
      readonly char: boolean;
      readonly form?: Form;
    }
  /** `told`: an annotation says so of an integer, in which any number but 0 is true. */
  | { readonly kind: "bool"; readonly size: 1 | 2 | 4 | 8; readonly endian: Endian; readonly told?: true }
  | {
      readonly kind: "enum";
      readonly size: 1 | 2 | 4 | 8;
      /** Its values are bigint, as those of an enum of 64 bits are, in a narrower member. */
      readonly wide?: true;
      readonly signed: boolean;
      readonly endian: Endian;
      readonly enum: EnumPlan | undefined;
    }
  | { readonly kind: "float"; readonly size: 4 | 8; readonly endian: Endian }
  | { readonly kind: "pointer"; readonly size: 4 | 8; readonly endian: Endian }
  /** An array of one-byte elements; `of` is what C has there, which drift compares. */
  | { readonly kind: "string"; readonly size: number; readonly of: "char" | "bytes" }
  | { readonly kind: "bytes"; readonly size: number; readonly of: "char" | "bytes"; readonly form?: Form }
  /** Texts behind each other in an array of one-byte elements, each with a NUL behind it. */
  | { readonly kind: "strings"; readonly size: number; readonly of: "char" | "bytes" }
  /** A floating-point number that JavaScript or its DataView has none for, as its bytes. */
  | { readonly kind: "bytes"; readonly size: number; readonly of: "float"; readonly form?: undefined }
  | {
      readonly kind: "array";
      readonly size: number;
      readonly element: Shape;
      readonly count: number;
      readonly stride: number;
      /** It becomes this typed array. */
      readonly typed?: TypedArrayName;
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
  /** Of an element of an array, `lens[1]`: which one, of an array of arrays by several. */
  readonly index?: readonly number[];
  /** Bytes from the start of the composite. */
  readonly offset: number;
  readonly shape: Extract<Shape, { kind: "int" | "enum" | "bool" }>;
  /** Of a bit-field: bits from the start of the composite, and its width. */
  readonly bits?: { readonly offset: number; readonly size: number };
  /** The member is text, of which these are all bytes, the first one the highest. */
  readonly text?: true;
  /** It is a member of the struct around the composite, so that bytes from the start may be negative. */
  readonly outer?: true;
}

/** A member that a length is computed of, and how often it counts. */
export interface LengthTerm {
  readonly place: PlacePlan;
  readonly factor: number;
}

/** What says an array's length: the sum of members, each with its factor, and of a constant. */
export interface LengthPlan {
  /** One, with the factor 1 and no constant, of a member that says the length by itself. */
  readonly terms: readonly [LengthTerm, ...LengthTerm[]];
  readonly constant: number;
  /** As the annotation has it. */
  readonly text: string;
  readonly unit: "elements" | "bytes" | "total" | "items";
  /** A length that is negative or too long does not lie: it is 0, or what there is, and this property tells the latter. */
  readonly clamp?: Name;
}

/** What says how long each of several pieces is that stand behind each other. */
export interface PiecesPlan<Member> {
  /** The array whose elements say it, in bytes: there are as many pieces as it has of them. */
  readonly lengths: Member;
  /** A negative length is 0, the pieces end where the bytes do, and this property tells that they end too early. */
  readonly clamp?: Name;
}

/** What says whether a part is there: any of these bits of a member, or the member where it has no mask. */
export interface PresentPlan {
  readonly place: PlacePlan;
  readonly mask?: bigint;
  /** As the annotation has it. */
  readonly text: string;
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
  /** It is no array but a value that is there or not; the shape is that of the value. */
  readonly present?: PresentPlan;
  /** The bytes are items of this struct, one after another, each aligned to `align` bytes. */
  readonly list?: { readonly item: CompositePlan; readonly align: number };
  /** The bytes are pieces of bytes or text, as their shape says. */
  readonly pieces?: PiecesPlan<MemberPlan>;
}

/** An offset and a length that point to bytes of the same record. */
export interface DatalocPlan {
  /** Absent where one `u32` holds both: offset in its lower half, length in its upper one. */
  readonly length?: PlacePlan;
  /** What the offset counts from, bytes from the start of the composite. */
  readonly base: number;
  readonly text: boolean;
}

/** How long a member is, and what tells it: settled once by `extentOf`, when all members of its struct are known. */
export interface FieldExtent {
  readonly variable?: VariablePlan;
  readonly dataloc?: DatalocPlan;
  /** Bytes that it takes in the fixed part of its composite. */
  readonly fixed: number;
  /** Bytes up to the end of the union around it, for a struct in it that ends in a flexible array. */
  readonly room?: number;
  /** Of an array behind another one: it begins where that ends, aligned to so many bytes from the composite's start. */
  readonly after?: { readonly field: FieldPlan; readonly align: number };
  /** Of pieces: what says how long each is. */
  readonly pieces?: PiecesPlan<FieldPlan>;
  /** It ends the record, so that it has all of the sample from its start on. */
  readonly reachesEnd: boolean;
  /** Elements that a length member counts may lie over the members that follow: an array, or structs that end in one. */
  readonly overlies: boolean;
  /** It has no property of its own: told by another one, as a blob or the length of a data-loc pair is, or skipped. */
  readonly hidden: boolean;
}

/** What a record ends in. */
export type Ending =
  | { readonly kind: "fixed"; readonly tail?: undefined; readonly chain?: undefined; readonly open?: undefined }
  /** A field that varies in length, or holds one that does; of several behind each other the last one, and `chain` has all of them. */
  | {
      readonly kind: "tail";
      readonly tail: FieldPlan;
      readonly chain?: readonly FieldPlan[];
      readonly open?: undefined;
    }
  /** A union; `tails` are the fields at the ends of its arms that are as long as the sample. */
  | {
      readonly kind: "arms";
      readonly tail?: undefined;
      readonly chain?: undefined;
      readonly open: UnionPlan;
      readonly tails: readonly FieldPlan[];
    };

/** How long a composite is: settled once by `extentOf`. */
export interface Extent {
  readonly ending: Ending;
  /** Bytes that a sample has at least. */
  readonly minByteLength: number;
  /** Bytes from its start up to what varies at its end, if anything does. */
  readonly fixedEnd: number;
  /** Where it ends a record, it is as long as the sample. */
  readonly endsOpen: boolean;
  /** Its length is asked of each value that is encoded. */
  readonly hasLength: boolean;
  /** What reads it is told where the sample ends. */
  readonly readsToEnd: boolean;
  /** It may be sent without all of its last array, so that no padding follows it. */
  readonly endsTruncated: boolean;
  /** A length at its end may say more than there is: where it ends is where what holds it does. */
  readonly endsClamped: boolean;
  /** It ends in arrays behind each other, so that nothing has a place behind it. */
  readonly chained: boolean;
  /** The fields whose elements may lie over the members that follow. */
  readonly overlying: readonly FieldPlan[];
  /** Where it ends no record, elements that a length counts may lie over what follows it. */
  readonly overlies: boolean;
}

/** One arm of a tagged union, or one struct of a tagged stream. */
export interface VariantPlan<Body> {
  /** Value of the discriminator property. */
  readonly kind: string;
  /** Tags that say so; the first is written. */
  readonly values: readonly bigint[];
  /** All tags that mean no other one say so, too. */
  readonly isDefault?: true;
  readonly body: Body;
}

/** An arm that a tag tells. */
export interface ArmPlan extends VariantPlan<readonly NodePlan[]> {
  readonly type: Name;
  /** Bytes from the composite's start that a sample must have for it. */
  readonly least: number;
  /** The fields of it that are as long as the sample. */
  readonly tails: readonly FieldPlan[];
}

/** A struct in which a tag says which arm of its union counts. */
export interface TaggedUnionPlan {
  readonly tag: PlacePlan;
  readonly kindName: Name;
  readonly union: UnionPlan;
  readonly variants: readonly ArmPlan[];
  /** What any other tag means, where no arm is the default. */
  readonly unknown?: { readonly type: Name; readonly kind: string };
  /** Of a struct with several: the function that reads what this one holds. */
  readonly readName: Name;
  /** The union ends the record, so a sample may be as short as its arm. */
  readonly trailing: boolean;
}

/** A struct of a stream. */
export interface StreamVariantPlan extends VariantPlan<CompositePlan> {
  /** As its own members name it. */
  readonly tag: PlacePlan;
  /** The struct's own codec says no tag, since others tell it elsewhere. */
  readonly writesTag: boolean;
}

/** Structs of which a tag says which one an item of a list is. */
export interface ChoicePlan {
  readonly tag: PlacePlan;
  readonly kindName: Name;
  readonly variants: readonly StreamVariantPlan[];
}

/** One ring that holds several types of record. */
export interface StreamPlan extends ChoicePlan {
  readonly cName: string;
  readonly names: TypeNames;
  /** What any other tag means, where no struct is the default. */
  readonly unknown?: { readonly type: Name; readonly kind: string };
}

/** A member with a name, at its place in the composite that holds it (anonymous ones opened). */
export interface MemberPlan {
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
  /** Padding by another name: no property, and written as 0. */
  readonly skipped?: true;
}

/** A member of which it is known how long it is. */
export interface FieldPlan extends MemberPlan, FieldExtent {}

/** An anonymous union, or the whole of a named one: arms that share their bytes. */
export interface UnionOf<Member> {
  readonly kind: "union";
  readonly offset: number;
  readonly size: number;
  readonly arms: readonly (readonly NodeOf<Member>[])[];
  /** Property of the decoded object that keeps the union's bytes. */
  readonly bytesName: Name;
}

export type NodeOf<Member> = Member | UnionOf<Member>;

export type UnionPlan = UnionOf<FieldPlan>;
export type NodePlan = NodeOf<FieldPlan>;

/** The same while it is not known yet how long members are. */
export type OpenedUnion = UnionOf<MemberPlan>;
export type OpenedNode = NodeOf<MemberPlan>;

/** The names of a struct or union that the file declares, settled before its members are looked at. */
export interface Declared {
  readonly type: Struct | Union;
  /** C name: the tag, or the typedef's name. */
  readonly cName: string;
  /** The same with its keyword: `struct flow_key`. */
  readonly cText: string;
  readonly names: TypeNames;
  readonly size: number;
  readonly location?: Location;
  readonly doc?: string;
}

/** A struct or union that the file declares. */
export interface CompositePlan extends Declared {
  readonly nodes: readonly NodePlan[];
  readonly extent: Extent;
  /** Unions with a tag, in order. */
  readonly tagged: readonly TaggedUnionPlan[];
  /** Of a struct with such unions: the type of what it has beside them. */
  readonly commonType?: Name;
  /** Path of the member that a `tag` annotation marks. */
  readonly tagMember?: string;
}

/** What a composite is in its file. */
export interface Role {
  /** A codec of its own, with the layout that it carries: where its bytes are, annotations or not. */
  readonly layout?: LayoutDescriptor;
  /** Held by another composite. */
  readonly nested: boolean;
  /** What it is where it is no struct of its own, but one of several. */
  readonly choice?: ChoicePlan;
  /** Discriminator property of a struct that is a variant of a stream, or one of several items of a list, and the tags that its encoder accepts: any, where none is there. */
  readonly variant?: {
    readonly kindName: Name;
    readonly kind: string;
    readonly tag: PlacePlan;
    readonly values: readonly bigint[];
  };
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
  readonly roles: ReadonlyMap<CompositePlan, Role>;
  readonly scalars: readonly ScalarRecordPlan[];
  readonly streams: readonly StreamPlan[];
  readonly aliases: readonly AliasPlan[];
}
