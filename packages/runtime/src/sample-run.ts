import type { ColumnRun } from "./columns/record-buffer.ts";
import type { CorruptRingError } from "./errors.ts";
import type { Lease } from "./ring/lease.ts";

/**
 * The samples of a claim, as a reader goes over them: `look`, then `next` until it is false, then `commit`. A sleep is
 * preceded by a `commit` that published nothing, a `next` that found nothing and a `look` that saw nothing new.
 */
export interface SampleRun extends ColumnRun {
  /** Changes whenever a sample was passed, and what is no sample too. */
  readonly position: bigint | number;
  /** Bytes that wait. */
  readonly available: bigint | number;
  /** Why there is nothing more to be had, ever. */
  readonly failure: CorruptRingError | undefined;
  /** A lease for `next` to move. */
  lend(): Lease;
  /**
   * Sees what was written since the last look; whether that is more.
   * @throws CorruptRingError
   */
  look(): boolean;
  /** Begins a drain of at most `max` samples, which publishes its position after about `batch` bytes, or never. */
  begin(max?: number, batch?: number): void;
  /** Ends the drain: there is no next sample, and the memory is not touched any more. */
  halt(): void;
  /** Takes the last `next` back, so that its sample of `byteLength` bytes comes again; `failed` ones were not delivered. */
  back(byteLength: number, failed?: boolean): void;
  /** Gives the room of what was passed back; false if it was given already. */
  commit(): boolean;
}
