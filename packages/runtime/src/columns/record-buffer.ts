import type { Gather } from "../ring/gathering.ts";
import type { Lease } from "../ring/lease.ts";
import type { RecordRun } from "../ring/record-run.ts";
import type { ColumnBuffer } from "./column-buffer.ts";

/** Samples that become rows. */
export interface ColumnRun extends RecordRun {
  /** Samples handed out so far, without those that did not decode. */
  readonly delivered: number;
  /** Absent where nobody fills rows but the codec's own loop. */
  readonly gather?: Gather | undefined;
}

/** What a codec says of its columns, and the loop that fills them: its `RecordColumns`. */
export interface RowFiller {
  readonly schema: object;
  readonly places?: readonly number[];
  fill(run: RecordRun, lease: Lease, buffer: ColumnBuffer, row: number, max: number): number;
}

/** What makes one batch after another of the samples of a reader. */
export interface BatchFiller<Columns> {
  /** Records in the batch so far. */
  readonly length: number;
  /** Whether the batch has so many bytes that it is to be handed out. */
  full: boolean;
  /**
   * Adds the samples of `run`, of which there are `most` at most, up to `rows` rows; those before one that ends it are
   * in the batch.
   * @throws what `run` ends with
   */
  fill(run: ColumnRun, lease: Lease, rows: number, most: number): void;
  /** The batch; the next one is empty. */
  take(): Columns;
}

/** Memory of the columns of records, which makes what fills them: an app that has no columns has none of that either. */
export interface RecordBuffer extends ColumnBuffer {
  /**
   * Fills this memory as `columns` say.
   * @param reuse whether a batch may lie where the one before it did
   */
  filler<Columns>(columns: RowFiller, reuse: boolean): BatchFiller<Columns>;
}
