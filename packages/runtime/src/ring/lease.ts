/**
 * A borrowed sample: `byteLength` bytes of `view` at `offset`. Who lends it moves it from record to record by plain
 * stores, and ends it by taking the view away.
 */
export interface Lease {
  view: DataView | null;
  offset: number;
  byteLength: number;
}

/** A lease that a sample is under. */
export interface TakenLease extends Lease {
  view: DataView;
}
