/** Element type of a typed array, as it is in the array's name: `Uint32` of `Uint32Array`. */
export type ElementName =
  | "Int8"
  | "Uint8"
  | "Int16"
  | "Uint16"
  | "Int32"
  | "Uint32"
  | "Float32"
  | "Float64"
  | "BigInt64"
  | "BigUint64";

/** What a column holds. Plain data: it can be posted to a worker with its batch. */
export type ColumnType =
  /** Integers, enumerators, pointers and floating-point numbers: a typed array. */
  | { readonly kind: "number"; readonly of: ElementName }
  /** A `Uint8Array` of 0 and 1. */
  | { readonly kind: "bool" }
  /** 128-bit integers: {@link FixedListColumn} of two words each, the lower one first. */
  | { readonly kind: "int128"; readonly signed: boolean }
  /** `size` bytes in each row: {@link FixedListColumn} of a `Uint8Array`. */
  | { readonly kind: "bytes"; readonly size: number }
  /** Bytes of any number: {@link BytesColumn}. */
  | { readonly kind: "binary" }
  /** Text: {@link TextColumn}. */
  | { readonly kind: "text" }
  /** Text of an array of `size` bytes, which repeats: {@link DictionaryColumn}. */
  | { readonly kind: "dictionary"; readonly size: number }
  /** Which of several a row is: {@link DictionaryColumn} of these values. */
  | { readonly kind: "kind"; readonly values: readonly string[] }
  /** Elements in each row: {@link FixedListColumn} with `count` of them, {@link ListColumn} where their number varies. */
  | { readonly kind: "list"; readonly of: ColumnType; readonly count?: number }
  | StructType;

/** Members of a record, or of the structs that a list holds: {@link StructColumns}. */
export interface StructType {
  /** Tells it from the other types. */
  readonly kind: "struct";
  /** The members, in the order of the columns. */
  readonly members: readonly MemberType[];
}

/** One column of a {@link StructType}. */
export interface MemberType {
  /** Names of members joined by dots; structs within structs are paths, not columns. */
  readonly path: string;
  /** What the member's column holds. */
  readonly type: ColumnType;
  /** The column is an {@link ArmColumn}: it counts where the column `kind` has this code. */
  readonly arm?: { readonly kind: string; readonly code: number };
}

/** A ring of several types of record: {@link StreamBatch}. */
export interface StreamType {
  /** Tells it from the other types. */
  readonly kind: "stream";
  /** The variants with their columns, in the order of their codes. */
  readonly variants: readonly { readonly name: string; readonly type: StructType }[];
}
