import type { PerfSamples } from "./perf-samples.ts";

/** Which CPU's sample is next. */
export interface PerfOrder {
  /**
   * Sees what was written since the last look; whether that is more.
   * @throws CorruptRingError
   */
  look(): boolean;
  /**
   * The CPU whose sample in front is next; undefined where none is, of those that were seen.
   * @throws CorruptRingError
   */
  pick(): PerfSamples | undefined;
  /** The sample that was picked last was taken. */
  took(): void;
  /** It was taken back. */
  back(): void;
  /** Milliseconds until a sample that is held back may go; Infinity where none is. */
  readonly heldMs: number;
  /** Samples that came behind one with a later key. */
  readonly late: number;
}
