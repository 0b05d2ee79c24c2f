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
  readonly stride: number;
  readonly values: Values;
}

/** Elements of row `i` are `values` from `offsets[i]` to `offsets[i + 1]`; there is one offset more than rows. */
export interface ListColumn<Values = unknown> {
  readonly offsets: Int32Array;
  readonly values: Values;
}

/** Bytes of row `i` are `bytes` from `offsets[i]` to `offsets[i + 1]`; there is one offset more than rows. */
export interface BytesColumn {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/** The same, of well-formed UTF-8: what a decoder makes U+FFFD of is U+FFFD here, too. */
export interface TextColumn extends BytesColumn {}

/** Row `i` is `values[codes[i]]`. */
export interface DictionaryColumn<Value extends string = string> {
  readonly codes: Int32Array;
  readonly values: readonly Value[];
}

/**
 * A column that is of one arm of a tagged union: where the tag says another one, its bit is 0 and its value means nothing.
 * Row `i` is bit `i % 8` of byte `i >> 3`, counted from the lowest, as in Arrow.
 */
export interface ArmColumn<Values = unknown> {
  readonly validity: Uint8Array;
  readonly values: Values;
}

/** Columns by path, each with `length` rows. */
export interface StructColumns<Columns = Readonly<Record<string, unknown>>> {
  readonly length: number;
  readonly columns: Columns;
}

/** A run of records of one type, one column per member, in their order. */
export interface ColumnBatch<Columns = Readonly<Record<string, unknown>>> extends StructColumns<Columns> {
  readonly schema: StructType;
}

/**
 * A run of records of several types, one batch for each type: record `i` is row `rows[i]` of the columns of
 * `kinds.values[kinds.codes[i]]`.
 */
export interface StreamBatch<Kind extends string = string, Variants = Readonly<Record<string, StructColumns>>> {
  readonly length: number;
  readonly kinds: DictionaryColumn<Kind>;
  readonly rows: Int32Array;
  readonly variants: Variants;
  readonly schema: StreamType;
}
