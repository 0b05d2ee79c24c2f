import type { Lease } from "../ring/lease.ts";
import type { ColumnBuffer } from "./column-buffer.ts";
import type { Gatherer } from "./gather.ts";
import type { BatchFiller, ColumnRun, RowFiller } from "./record-buffer.ts";

/** Bytes after which a batch takes no more records: long before an offset in it could overflow. */
const enough = 2 ** 26;
/** Records between two looks at how many bytes a batch has, unless a row alone has many. */
const chunk = 2048;
/** Rows for which a call is worth it: strings that are new again and again end it each time. */
const enoughGathered = 32;
/** Rows that are filled one by one at most before a call is tried again. */
const mostAlone = 256;

/** One batch after another, made of the samples of a reader. */
export class ColumnFiller<Columns> implements BatchFiller<Columns> {
  readonly #columns: RowFiller;
  readonly #buffer: ColumnBuffer;
  readonly #reuse: boolean;
  readonly #gatherer: Gatherer | undefined;
  /** Bytes of a row, so far; as many as can be before there is one. */
  #rowBytes = enough;
  /** Records in the batch so far. */
  length = 0;
  /** Whether the batch has so many bytes that it is to be handed out. */
  full = false;

  /**
   * @param buffer of `columns`
   * @param reuse whether a batch may lie where the one before it did
   * @param gatherer where a backend may fill rows of `buffer`
   */
  constructor(columns: RowFiller, buffer: ColumnBuffer, reuse: boolean, gatherer?: Gatherer) {
    this.#columns = columns;
    this.#buffer = buffer;
    this.#reuse = reuse;
    this.#gatherer = gatherer;
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
        this.length = this.#rows(run, lease, max);
        this.full = buffer.bytes(this.length) >= enough;
      }
    } finally {
      // what ended it came out of the loop that counts
      this.length = run.delivered - before;
    }
  }

  /** Fills rows up to `max`; the row behind the last one. */
  #rows(run: ColumnRun, lease: Lease, max: number): number {
    const gatherer = this.#gatherer;
    if (gatherer === undefined || run.gather === undefined)
      return this.#columns.fill(run, lease, this.#buffer, this.length, max);
    let alone = 1;
    for (let row = this.length; ; ) {
      // one by itself, which checks the sample and knows new strings; those behind it may be like it
      const until = Math.min(max, row + alone);
      const next = this.#columns.fill(run, lease, this.#buffer, row, until);
      if (next < until || next === max) return next;
      const gathered = run.gather(lease, gatherer.gathering(), next, max - next);
      row = next + gathered;
      if (row === max) return row;
      alone = gathered < enoughGathered ? Math.min(2 * alone, mostAlone) : 1;
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
