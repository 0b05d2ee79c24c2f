import type { Lease } from "../ring/lease.ts";
import type { PerfSamples } from "./perf-samples.ts";

/** Which CPU's sample is next. */
export interface PerfOrder {
  /** There is a CPU more. */
  add(cpu: PerfSamples): void;
  /** A CPU that has none in front is not asked any more. */
  remove(cpu: PerfSamples): void;
  /**
   * Sees what was written since the last look; whether that is more.
   * @throws CorruptRingError
   */
  look(): boolean;
  /**
   * Puts `lease` on the sample that is next, and passes it; whose it is, or undefined where none is, of those that were seen.
   * @throws CorruptRingError
   */
  take(lease: Lease): PerfSamples | undefined;
  /** The last one, of `cpu`, was taken back. */
  back(cpu: PerfSamples): void;
  /** Milliseconds until a sample that is held back may go; Infinity where none is. */
  readonly heldMs: number;
  /** Samples that came behind one with a later key. */
  readonly late: number;
}
