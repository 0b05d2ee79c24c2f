/** Memory of a column while a batch is filled. Rows are written where they belong; one that is given up is overwritten. */
export interface ColumnBuffer {
  /** Makes room for `rows` rows and keeps those that are there. */
  reserve(rows: number): void;
  /** The first `rows` rows, as the batch has them. */
  take(rows: number): unknown;
  /** Row `row` has no value: it is 0, or nothing. */
  blank(row: number): void;
  /** Bytes that the first `rows` rows take. */
  bytes(rows: number): number;
  /** Lets what belongs to the last batch go; with `owned`, its memory too. */
  reset(owned: boolean): void;
}
