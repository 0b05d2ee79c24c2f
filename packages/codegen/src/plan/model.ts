import type { ArrayType, Endian, Enum, Enum64, Location, Struct, Type, Union } from "@rbgen/btf";
import type { TypeNames } from "./names.ts";

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
  | { readonly kind: "float"; readonly size: 2 | 4 | 8; readonly endian: Endian }
  | { readonly kind: "pointer"; readonly size: 4 | 8; readonly endian: Endian }
  | { readonly kind: "string"; readonly size: number }
  | { readonly kind: "bytes"; readonly size: number; readonly signed?: boolean }
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
  readonly name: string;
}

/** How long the variable part at the end of a record is, and what bounds it. */
export interface TailPlan {
  /** `flexible`: `T data[]`; `truncated`: a trailing `T data[N]` that may be sent shorter. */
  readonly kind: "flexible" | "truncated";
  /** The member that holds the length, as an access path from the composite that holds the tail. */
  readonly length?: LengthPlan;
  readonly stride: number;
  /** Elements at most; absent for a flexible array. */
  readonly max?: number;
}

export interface LengthPlan {
  /** The field that holds the length. */
  readonly field: FieldPlan;
  readonly unit: "elements" | "bytes";
}

/** A member with a name, at its place in the composite that holds it (anonymous ones opened). */
export interface FieldPlan {
  readonly kind: "field";
  readonly cName: string;
  /** Property name. */
  readonly name: string;
  readonly bitOffset: number;
  readonly shape: Shape;
  /** Width, for a bit-field. */
  readonly bitSize?: number;
  /** C declaration, for the documentation. */
  readonly declaration: string;
  readonly doc?: string;
  readonly tail?: TailPlan;
}

/** An anonymous union, or the whole of a named one: arms that share their bytes. */
export interface UnionPlan {
  readonly kind: "union";
  readonly offset: number;
  readonly size: number;
  readonly arms: readonly (readonly NodePlan[])[];
  /** Property of the decoded object that keeps the union's bytes. */
  readonly bytesName: string;
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
  /** The field that ends in a variable part. */
  tail?: FieldPlan;
  minByteLength: number;
  /** A codec of its own. */
  record: boolean;
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
  readonly type: Type | ArrayType;
}

/** Everything that one generated file declares, names settled. */
export interface FilePlan {
  readonly endian: Endian;
  readonly pointerSize: 4 | 8;
  readonly enums: readonly EnumPlan[];
  /** Contained composites before their containers. */
  readonly composites: readonly CompositePlan[];
}
