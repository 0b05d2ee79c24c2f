import { BytesBuffer } from "./bytes-buffer.ts";
import type { StreamBatch, StructColumns } from "./column-batch.ts";
import type { ColumnBuffer } from "./column-buffer.ts";
import { ColumnFiller } from "./column-filler.ts";
import type { ColumnType, StreamType, StructType } from "./column-type.ts";
import { DictionaryBuffer, KindBuffer } from "./dictionary-buffer.ts";
import { Gatherer } from "./gather.ts";
import { FixedListBuffer, ListBuffer } from "./list-buffer.ts";
import { enlarged, grown, NumberBuffer } from "./number-buffer.ts";
import type { RecordBuffer, RowFiller } from "./record-buffer.ts";

/** Rows of a variant that room is made for at first. */
const fewest = 64;

/** Memory of a column of `type`. */
function bufferOf(type: ColumnType): ColumnBuffer {
  switch (type.kind) {
    case "number":
      return new NumberBuffer(type.of);
    case "bool":
      return new NumberBuffer("Uint8");
    case "int128":
      return new NumberBuffer("BigUint64", 2);
    case "bytes":
      return new NumberBuffer("Uint8", type.size);
    case "binary":
    case "text":
      return new BytesBuffer();
    case "dictionary":
      return new DictionaryBuffer(type.size);
    case "kind":
      return new KindBuffer(type.values);
    case "list": {
      const of = bufferOf(type.of);
      return type.count === undefined ? new ListBuffer(of) : new FixedListBuffer(of, type.count);
    }
    case "struct":
      return new StructBuffer(type);
  }
}

/** The bits of the rows that have `code`. */
function validityOf(codes: Int32Array, rows: number, code: number): Uint8Array {
  const validity = new Uint8Array((rows + 7) >> 3);
  for (let row = 0; row < rows; row++) {
    if (codes[row] === code) validity[row >> 3]! |= 1 << (row & 7);
  }
  return validity;
}

/** Memory of the columns of a struct. */
export class StructBuffer implements RecordBuffer {
  /** Names and types of its columns. */
  readonly type: StructType;
  /** In the order of the type's members. */
  readonly columns: readonly ColumnBuffer[];

  constructor(type: StructType) {
    this.type = type;
    this.columns = type.members.map((member) => bufferOf(member.type));
  }

  filler<Columns>(columns: RowFiller, reuse: boolean): ColumnFiller<Columns> {
    return new ColumnFiller(columns, this, reuse, Gatherer.of(columns.places, this.type, this.columns));
  }

  reserve(rows: number): void {
    for (const column of this.columns) column.reserve(rows);
  }

  take(rows: number): StructColumns {
    const { members } = this.type;
    const bits = new Map<string, Uint8Array>();
    const entries = members.map(({ path, arm }, index): [string, unknown] => {
      const values = (this.columns[index] as ColumnBuffer).take(rows);
      if (arm === undefined) return [path, values];
      const key = `${arm.kind} ${arm.code}`;
      const kinds = this.columns[members.findIndex((member) => member.path === arm.kind)] as KindBuffer;
      const validity = bits.get(key) ?? validityOf(kinds.array, rows, arm.code);
      bits.set(key, validity);
      return [path, { validity, values }];
    });
    // made of entries, since an assignment to a member called `__proto__` would be none
    return { length: rows, columns: Object.fromEntries(entries) };
  }

  blank(row: number): void {
    for (const column of this.columns) column.blank(row);
  }

  bytes(rows: number): number {
    return this.columns.reduce((sum, column) => sum + column.bytes(rows), 0);
  }

  reset(owned: boolean): void {
    for (const column of this.columns) column.reset(owned);
  }
}

/** Memory of the records of several types: the columns of each, and which row of which each record is. */
export class StreamBuffer implements RecordBuffer {
  /** Names and types of its columns. */
  readonly type: StreamType;
  readonly #variants: readonly StructBuffer[];
  readonly #names: readonly string[];
  #kinds: Int32Array = new Int32Array(0);
  #rows: Int32Array = new Int32Array(0);
  /** Rows of each variant so far. */
  readonly #counts: Int32Array;
  /** Rows of each variant that there is room for. */
  readonly #room: Int32Array;

  constructor(type: StreamType) {
    this.type = type;
    this.#variants = type.variants.map((variant) => new StructBuffer(variant.type));
    this.#names = type.variants.map(({ name }) => name);
    this.#counts = new Int32Array(type.variants.length);
    this.#room = new Int32Array(type.variants.length);
  }

  filler<Columns>(columns: RowFiller, reuse: boolean): ColumnFiller<Columns> {
    return new ColumnFiller(columns, this, reuse);
  }

  reserve(rows: number): void {
    this.#kinds = enlarged(this.#kinds, rows);
    this.#rows = enlarged(this.#rows, rows);
  }

  take(rows: number): Omit<StreamBatch, "schema"> {
    const variants = this.#variants.map((variant, index): [string, StructColumns] => [
      this.#names[index] as string,
      variant.take(this.#counts[index] as number),
    ]);
    return {
      length: rows,
      kinds: { codes: this.#kinds.subarray(0, rows), values: this.#names },
      rows: this.#rows.subarray(0, rows),
      variants: Object.fromEntries(variants),
    };
  }

  blank(): void {
    // a record is of one of the variants
  }

  bytes(rows: number): number {
    return this.#variants.reduce((sum, variant, kind) => sum + variant.bytes(this.#counts[kind] as number), 8 * rows);
  }

  reset(owned: boolean): void {
    if (owned) {
      this.#kinds = new Int32Array(0);
      this.#rows = new Int32Array(0);
      this.#room.fill(0);
    }
    this.#counts.fill(0);
    for (const variant of this.#variants) variant.reset(owned);
  }

  /** The columns of variant `kind`. */
  columns(kind: number): readonly ColumnBuffer[] {
    return (this.#variants[kind] as StructBuffer).columns;
  }

  /** Makes room for a record of variant `kind`: its row there. */
  begin(kind: number): number {
    const row = this.#counts[kind] as number;
    if (row >= (this.#room[kind] as number)) {
      const room = grown(row, row + fewest);
      this.#variants[kind]?.reserve(room);
      this.#room[kind] = room;
    }
    return row;
  }

  /** Record `row` is what {@link begin} made room for. */
  end(row: number, kind: number): void {
    this.#kinds[row] = kind;
    this.#rows[row] = this.#counts[kind] as number;
    this.#counts[kind]! += 1;
  }
}
