/**
 * A borrowed sample: `byteLength` bytes of `view` at `offset`. Who lends it moves it from record to record by plain
 * stores, and ends it by taking the view away.
 */
export interface Lease {
  /** The bytes in which the sample lies; null once the lease has ended. */
  view: DataView | null;
  /** Where the sample begins there, bytes. */
  offset: number;
  /** How long the sample is, bytes. */
  byteLength: number;
}

/** A lease that a sample is under. */
export interface TakenLease extends Lease {
  view: DataView;
}
