import type { StreamType, StructType } from "./column-type.ts";

/** A column of numbers, one per row. */
export type NumberColumn =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** As many elements in each row: those of row `i` are `values` from `i * stride` to `(i + 1) * stride`. */
export interface FixedListColumn<Values = unknown> {
  /** Elements of each row. */
  readonly stride: number;
  /** The elements of all rows, behind each other. */
  readonly values: Values;
}

/** Elements of row `i` are `values` from `offsets[i]` to `offsets[i + 1]`; there is one offset more than rows. */
export interface ListColumn<Values = unknown> {
  /** Where each row's elements begin, and behind the last one where they end. */
  readonly offsets: Int32Array;
  /** The elements of all rows, behind each other. */
  readonly values: Values;
}

/** Bytes of row `i` are `bytes` from `offsets[i]` to `offsets[i + 1]`; there is one offset more than rows. */
export interface BytesColumn {
  /** Where each row's bytes begin, and behind the last one where they end. */
  readonly offsets: Int32Array;
  /** The bytes of all rows, behind each other. */
  readonly bytes: Uint8Array;
}

/** The same, of well-formed UTF-8: what a decoder makes U+FFFD of is U+FFFD here, too. */
export interface TextColumn extends BytesColumn {}

/** Row `i` is `values[codes[i]]`. */
export interface DictionaryColumn<Value extends string = string> {
  /** For each row the index of its value. */
  readonly codes: Int32Array;
  /** The values that there are. */
  readonly values: readonly Value[];
}

/**
 * A column that is of one arm of a tagged union: where the tag says another one, its bit is 0 and its value means nothing.
 * Row `i` is bit `i % 8` of byte `i >> 3`, counted from the lowest, as in Arrow.
 */
export interface ArmColumn<Values = unknown> {
  /** A bit for each row, lowest first: whether the row is of this arm. */
  readonly validity: Uint8Array;
  /** The arm's values, one for each row; those of rows of other arms mean nothing. */
  readonly values: Values;
}

/** Columns by path, each with `length` rows. */
export interface StructColumns<Columns = Readonly<Record<string, unknown>>> {
  /** Rows in it. */
  readonly length: number;
  /** A column for each member, by its name. */
  readonly columns: Columns;
}

/** A run of records of one type, one column per member, in their order. */
export interface ColumnBatch<Columns = Readonly<Record<string, unknown>>> extends StructColumns<Columns> {
  /** Names and types of the columns. */
  readonly schema: StructType;
}

/**
 * A run of records of several types, one batch for each type: record `i` is row `rows[i]` of the columns of
 * `kinds.values[kinds.codes[i]]`.
 */
export interface StreamBatch<Kind extends string = string, Variants = Readonly<Record<string, StructColumns>>> {
  /** Records in it. */
  readonly length: number;
  /** For each record which variant it is. */
  readonly kinds: DictionaryColumn<Kind>;
  /** For each record its row in the columns of its variant. */
  readonly rows: Int32Array;
  /** The columns of each variant, by its name. */
  readonly variants: Variants;
  /** Names and types of all of these. */
  readonly schema: StreamType;
}
