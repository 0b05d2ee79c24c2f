import { type RecordCodec, type RecordColumns, type RecordRun, recordColumns } from "../codec.ts";
import { UnsupportedError } from "../errors.ts";
import type { Lease } from "../ring/lease.ts";
import type { ColumnBuffer } from "./column-buffer.ts";

/** Rows of a batch, unless told. */
export const usualRows = 8192;

/** Bytes after which a batch takes no more records: long before an offset in it could overflow. */
const enough = 2 ** 26;
/** Records between two looks at how many bytes a batch has, unless a row alone has many. */
const chunk = 512;

/** Samples that become rows. */
export interface ColumnRun extends RecordRun {
  /** Samples handed out so far, without those that did not decode. */
  readonly delivered: number;
}

/**
 * How a codec fills columns.
 * @throws UnsupportedError where it was generated without them
 */
function columnsOf<Columns>(codec: RecordCodec<unknown, never, unknown, unknown, Columns>): RecordColumns<Columns> {
  const columns = codec[recordColumns];
  if (columns !== undefined) return columns;
  throw new UnsupportedError(
    `the codec of ${codec.name} has no columns: generate it with --columns, or with columns in --only where that is given`,
  );
}

/** One batch after another, made of the samples of a reader. */
export class ColumnFiller<Columns> {
  readonly #columns: RecordColumns<Columns>;
  readonly #buffer: ColumnBuffer;
  readonly #reuse: boolean;
  /** Bytes of a row, so far; as many as can be before there is one. */
  #rowBytes = enough;
  /** Records in the batch so far. */
  length = 0;
  /** Whether the batch has so many bytes that it is to be handed out. */
  full = false;

  /** @param reuse whether a batch may lie where the one before it did */
  constructor(codec: RecordCodec<unknown, never, unknown, unknown, Columns>, reuse: boolean) {
    this.#columns = columnsOf(codec);
    this.#buffer = this.#columns.createBuffer();
    this.#reuse = reuse;
  }

  /**
   * Adds the samples of `run`, of which there are `most` at most, up to `rows` rows; those before one that ends it are
   * in the batch.
   * @throws what `run` ends with
   */
  fill(run: ColumnRun, lease: Lease, rows: number, most: number): void {
    const buffer = this.#buffer;
    const until = Math.min(rows, this.length + most);
    const before = run.delivered - this.length;
    try {
      for (let max = this.length; this.length === max && max < until && !this.full; ) {
        max = Math.min(until, max + this.#step());
        buffer.reserve(max);
        this.length = this.#columns.fill(run, lease, buffer, this.length, max);
        this.full = buffer.bytes(this.length) >= enough;
      }
    } finally {
      // what ended it came out of the loop that counts
      this.length = run.delivered - before;
    }
  }

  /** So many rows as take no more than a batch may have, by what a row took so far: all arms of a union are in every one. */
  #step(): number {
    if (this.length > 0) this.#rowBytes = this.#buffer.bytes(this.length) / this.length;
    return Math.max(1, Math.min(chunk, Math.floor(enough / this.#rowBytes)));
  }

  /** The batch; the next one is empty. */
  take(): Columns {
    const batch = { ...(this.#buffer.take(this.length) as object), schema: this.#columns.schema };
    this.#buffer.reset(!this.#reuse);
    this.length = 0;
    this.full = false;
    return batch as Columns;
  }
}
