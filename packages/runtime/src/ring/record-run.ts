import type { Lease, TakenLease } from "./lease.ts";

/** The samples of a drain, as a loop over them goes on. */
export interface RecordRun {
  /** Moves `lease` to the next sample; false where the loop has to end. */
  next(lease: Lease): lease is TakenLease;
  /**
   * The sample under `lease` did not decode.
   * @throws what ends the drain; if it returns, the loop goes on.
   */
  failed(error: unknown, lease: Lease): void;
}
