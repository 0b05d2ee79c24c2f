import type { ColumnBuffer } from "./columns/column-buffer.ts";
import type { StreamType, StructType } from "./columns/column-type.ts";
import type { RecordBuffer } from "./columns/record-buffer.ts";
import { Lease, type TakenLease } from "./ring/lease.ts";
import type { RecordRun } from "./ring/record-run.ts";

export type { Lease } from "./ring/lease.ts";
export type { RecordRun } from "./ring/record-run.ts";

/** What a codec's values become in JSON: bigint as decimal string, bytes as hex. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

/** Bytes that belong to whoever holds them (the form compiles from TypeScript 5.4 on, before and after typed arrays became generic). */
export type OwnedBytes = ReturnType<Uint8Array["slice"]>;

/**
 * Integer class of a scalar, as drift sees it. The sign of `char` and the compiler's spelling of a type are left out:
 * compilers differ in both for one and the same type.
 */
export type ScalarClass =
  | "unsigned"
  | "signed"
  | "bool"
  | "char"
  | "float"
  | "pointer"
  | "enum"
  | "bytes"
  /** An array of structs as a whole; its first element's leaves follow it. */
  | "struct";

/** One scalar, or array of scalars, of a record: path of member names joined by dots, offsets from the record's start. */
export interface LayoutLeaf {
  /** Names of members joined by dots: "header.pid". */
  readonly path: string;
  /** Where it begins, bits from the record's start. */
  readonly bitOffset: number;
  /** Of one element. */
  readonly bitSize: number;
  /** What its bits are read as. */
  readonly class: ScalarClass;
  /** Elements over all dimensions; absent for a scalar, 0 for a flexible array. */
  readonly count?: number;
  /** Bits from one element to the next; absent for a scalar. */
  readonly stride?: number;
  /** Its byte order, where that is not the record's (`__be32`). */
  readonly endian?: "little" | "big";
  /** Enumerators by name, as decimal strings. */
  readonly values?: Readonly<Record<string, string>>;
}

/** The layout that a codec was generated for, to be compared with the one that a producer really has. */
export interface LayoutDescriptor {
  /** C name of the type. */
  readonly name: string;
  /** `sizeof`, bytes. */
  readonly size: number;
  /** Byte order of its scalars, but for those that tell their own. */
  readonly endian: "little" | "big";
  /** Its scalars, in the order in which C declares them. */
  readonly leaves: readonly LayoutLeaf[];
  /** Of a ring of several records: the layout of each. `leaves` has all of theirs, with the kind in front of each path. */
  readonly records?: readonly LayoutDescriptor[];
}

/**
 * Reads and writes one record type. Generated; offsets and lengths in bytes.
 *
 * `Out` is what `decode` gives, `In` what `encode` takes (a superset: numbers for bigints, members left out are 0),
 * `View` a read-only cursor over borrowed bytes, `Writer` setters over a reserved sample, `Columns` a batch of records in
 * columns, of codecs that were generated with them.
 */
export interface RecordCodec<Out, In = Out, View = unknown, Writer = unknown, Columns = unknown> {
  /** C name of the record. */
  readonly name: string;
  /** `sizeof`. */
  readonly size: number;
  /** Length of the shortest sample that decodes. */
  readonly minByteLength: number;
  /** The layout that it was generated for, which loading holds against the producer's. */
  readonly layout: LayoutDescriptor;
  /** Sixteen hexadecimal digits that are alike for like layouts. */
  readonly layoutHash: string;
  /** Byte order of the records. */
  readonly endian: "little" | "big";
  /**
   * Copies a record out of `view`, of a sample of `byteLength` bytes at `offset`; what the sample has behind it is not read.
   * @throws DecodeError if the sample is shorter than the record allows, or a length in it lies.
   */
  decode(view: DataView, offset?: number, byteLength?: number): Out;
  /**
   * Writes every byte of the record, padding as 0; returns the bytes written.
   * @throws EncodeError `ERANGE` for a value that does not fit its bits or its array.
   */
  encode(value: In, view: DataView, offset?: number): number;
  /** Bytes that `encode` will write for `value`. */
  byteLengthOf(value: In): number;
  /** A record as `JSON.stringify` takes it: bigint as decimal string, bytes as hex. */
  toJSON(value: Out): JsonValue;
  /** A cursor that can be led over samples; it is dead until it is. */
  createView(): View;
  /** Setters that can be put on a reserved sample; they are dead until they are. */
  createWriter(): Writer;
  /** Of generated codecs: its loops. Readers and writers go round in loops of their own where there are none. */
  readonly [recordLoops]?: RecordLoops<Out, In, View>;
  /** Of codecs that were generated with columns: how batches of them are filled. */
  readonly [recordColumns]?: RecordColumns<Columns>;
}

/** A codec as rbgen generates it: with all that a codec may have, and what is for those who call it themselves. */
export interface GeneratedCodec<Out, In = Out, View = unknown, Writer = unknown, Columns = unknown>
  extends RecordCodec<Out, In, View, Writer, Columns> {
  /**
   * As `RecordCodec.decode`; a Buffer is a `Uint8Array`, too.
   * @throws DecodeError if the sample is shorter than the record allows, or a length in it lies.
   */
  decode(bytes: DataView | Uint8Array, offset?: number, byteLength?: number): Out;
  /**
   * What `encode` writes for `value`, in memory of its own.
   * @throws EncodeError `ERANGE` for a value that does not fit its bits or its array.
   */
  toBytes(value: In): OwnedBytes;
}

/** A codec that reads what its `toJSON` gives, as those that rbgen generates do. */
export interface JsonCodec<Out> {
  /**
   * The record of which `toJSON` gave `json`, exactly: bigint from its decimal string, bytes from hex.
   * @throws EncodeError with the path of a member that is missing, too much, or not what `toJSON` gives
   */
  fromJSON(json: unknown): Out;
}

/** Where a codec has the loops that are for its record alone. */
export const recordLoops: unique symbol = Symbol.for("rbgen.v1.loops") as never;

/** Room for the samples of a loop that writes. */
export interface SampleSink {
  /** All of the data, which a sample's offset is into. */
  readonly view: DataView;
  /** Reserves a sample: its offset, or negative where the loop has to end. */
  reserve(byteLength: number): number;
  /**
   * The sample that was reserved last is written, with `byteLength` bytes.
   * @throws EncodeError if it has another length.
   */
  submit(byteLength: number): void;
}

/**
 * Loops over records of one type. An engine compiles a loop for all that ever ran through it: one that is shared by all
 * types of records calls each decoder and each view by a look-up, one that is generated for its type has them inlined.
 * They decide nothing: where a drain begins and ends, what is published and what is an error is the reader's.
 */
export interface RecordLoops<Out, In, View> {
  /** Hands decoded copies to `handler`; false if it gave `false`. Those that do not decode are told to `run`. */
  consume(lease: TakenLease, handler: (record: Out) => unknown, run: RecordRun): boolean;
  /** Hands `view`, which stands where the lease does, to `handler`; false if it gave `false`. */
  consumeViews(lease: TakenLease, view: View, handler: (view: View) => unknown): boolean;
  /** Encodes each of `values` into a sample of its own. */
  write(sink: SampleSink, values: Iterable<In>): void;
}

/** Where a codec has what fills columns. */
export const recordColumns: unique symbol = Symbol.for("rbgen.v1.columns") as never;

/** Columns of one type of record: their memory, and the loop that fills them from samples. */
export interface RecordColumns<Columns> {
  /** What the columns are; a batch carries it. */
  readonly schema: StructType | StreamType;
  /**
   * Where in a sample the bytes of each column are, in the order of the schema: where each is a copy of them in little-endian
   * order, so that a backend may fill several rows at once.
   */
  readonly places?: readonly number[];
  /** Memory for a batch. */
  createBuffer(): RecordBuffer;
  /**
   * Fills rows of `buffer`, which has room for `max`, from row `row` on, until there is no sample or they are full; the row
   * behind the last one. A sample that does not decode takes none.
   */
  fill(run: RecordRun, lease: Lease, buffer: ColumnBuffer, row: number, max: number): number;
  /** For the type alone: what a batch is. */
  readonly batch?: Columns;
}

/** The batches of a codec that was generated with columns. */
export type ColumnsOf<Codec> =
  Codec extends RecordCodec<infer _Out, infer _In, infer _View, infer _Writer, infer Columns> ? Columns : never;

/** The decoded type of a codec. */
export type RecordOf<Codec> = Codec extends RecordCodec<infer Out, infer _In, infer _View, infer _Writer> ? Out : never;

/** How a reader gives the view that a codec's `createView` makes its lease. */
export const takeLease: unique symbol = Symbol.for("rbgen.v1.lease") as never;

/** A view that the runtime can lease records to. Keyed by a symbol, so that no member can clash and no user code finds it. */
export interface Leased {
  /**
   * The view stands where the lease does from now on, which holds no less than the codec's `minByteLength`; when the lease
   * has ended, each of its members throws. True if a part of it stays with its record: then it is given again for each.
   */
  [takeLease](lease: Lease): boolean;
}

/** How a writer puts what a codec's `createWriter` makes on a sample. */
export const attachView: unique symbol = Symbol.for("rbgen.v1.attach") as never;

/** A writer that the runtime can put on a reserved sample; `attach(null)` leaves it dead: each of its members throws. */
export interface Attachable {
  /** What is `contained` in a sample leaves its bytes as they are; a sample becomes zeros. */
  [attachView](view: DataView | null, offset: number, byteLength: number, contained?: boolean): void;
}

/** The lease of a view that has none. */
export const noLease: Lease = new Lease(null);

/** A ring map of an object, as generated code describes it: what a backend needs to find or make it, and its codec. */
export interface RingBufDescriptor<Codec = unknown> {
  /** The map's name. */
  readonly name: string;
  /** What kind of map it is. */
  readonly type: "ringbuf" | "user_ringbuf";
  /** Size of the data area, bytes. */
  readonly maxEntries: number;
  /** `map_flags` of its definition: `BPF_F_*` in bits. */
  readonly mapFlags: number;
  /** `undefined` where the input does not tell what the ring holds. */
  readonly codec: Codec;
}

/** An array or hash of ring maps. */
export interface RingBufTableDescriptor<Codec = unknown> {
  /** The map's name. */
  readonly name: string;
  /** What kind of map it is. */
  readonly type: "array_of_maps" | "hash_of_maps";
  /** Slots. */
  readonly maxEntries: number;
  /** What each slot holds. */
  readonly inner: RingBufDescriptor<Codec>;
}

/** A perf event array of an object. */
export interface PerfEventArrayDescriptor<Codec = unknown> {
  /** The map's name. */
  readonly name: string;
  /** What kind of map it is. */
  readonly type: "perf_event_array";
  /** Slots; 0 for one per CPU. */
  readonly maxEntries: number;
  /** `undefined` where the input does not tell what is sent over it. */
  readonly codec: Codec;
}

/** An array or hash of perf event arrays. */
export interface PerfEventArrayTableDescriptor<Codec = unknown> {
  /** The map's name. */
  readonly name: string;
  /** What kind of map it is. */
  readonly type: "array_of_maps" | "hash_of_maps";
  /** Slots. */
  readonly maxEntries: number;
  /** What each slot holds. */
  readonly inner: PerfEventArrayDescriptor<Codec>;
}

/** An array or per-CPU array of an object. */
export interface ArrayMapDescriptor<Value = unknown> {
  /** The map's name. */
  readonly name: string;
  /** What kind of map it is. */
  readonly type: "array" | "percpu_array";
  /** Elements. */
  readonly maxEntries: number;
  /** `map_flags` of its definition: `BPF_F_*` in bits. */
  readonly mapFlags: number;
  /** Reads and writes a value, of one CPU where each has its own; `undefined` where the input does not tell its type: it is bytes. */
  readonly valueCodec: Value;
}

/** A hash of an object, of any kind, or an LPM trie. */
export interface HashMapDescriptor<Key = unknown, Value = unknown> {
  /** The map's name. */
  readonly name: string;
  /** What kind of map it is. */
  readonly type: "hash" | "percpu_hash" | "lru_hash" | "lru_percpu_hash" | "lpm_trie";
  /** Entries at most. */
  readonly maxEntries: number;
  /** `map_flags` of its definition: `BPF_F_*` in bits. */
  readonly mapFlags: number;
  /** Reads and writes a key; `undefined` where the input does not tell its type: it is bytes. */
  readonly keyCodec: Key;
  /** Reads and writes a value, of one CPU where each has its own; `undefined` where the input does not tell its type: it is bytes. */
  readonly valueCodec: Value;
}

/** What a descriptor of an array or hash has for keys or values: their codec, or nothing. */
export type ElementCodec = RecordCodec<unknown, never> | undefined;

/** What a key or value is as it is read: what its codec decodes, or its bytes where it has none. */
export type ElementOf<Codec> = Codec extends RecordCodec<infer Out, never> ? Out : Uint8Array;

/** What is taken for a key or value: what its codec encodes, or its bytes where it has none. */
export type ElementInput<Codec> = Codec extends { encode(value: infer In, view: DataView, offset?: number): number }
  ? In
  : Uint8Array;

/** What is taken for a key of a hash: as for a value, and without a codec a number where keys have four bytes. */
export type KeyInput<Codec> = Codec extends undefined ? number | Uint8Array : ElementInput<Codec>;

/** A program of an object. */
export interface ProgramDescriptor<Codec = undefined> {
  /** The program's C function. */
  readonly name: string;
  /** Its section, which tells its type and where it attaches: "tracepoint/sched/sched_process_exec". */
  readonly section: string;
  /** Of an iterator: what it writes, record by record. */
  readonly codec?: Codec;
}

/** A global variable of an object. */
export interface VariableDescriptor<Codec = unknown> {
  /** The variable's C name. */
  readonly name: string;
  /** ".rodata", ".data", ".bss" and their like. */
  readonly section: string;
  /** Bytes from the section's start; absent where C source was read, since only the compiled object tells. */
  readonly offset?: number;
  /** Bytes that it takes. */
  readonly size: number;
  /** Reads and writes its value; undefined for scalars, which need none. */
  readonly codec: Codec;
}
