import type { PerfRing } from "../perf-backend.ts";
import type { Lease } from "../ring/lease.ts";

/** Samples of one CPU, in the order in which they were sent. */
export interface PerfSamples {
  readonly ring: PerfRing;
  /** Samples handed on. */
  readonly samples: number;
  /** Samples that records of the ring say were lost. */
  readonly reportedLost: number;
  /** Bytes that were written over before they were read (overwritable rings only). */
  readonly overwrittenBytes: number;
  /** Bytes that wait, as of the last look. */
  readonly available: number;
  /** Bytes passed since the ring was made. */
  readonly position: number;
  /** Where the last look ended. */
  readonly seen: number;
  /** The sample in front, once `peek` found one: `byteLength` raw bytes of `view` at `offset`, with perf's padding. */
  readonly view: DataView;
  readonly offset: number;
  readonly byteLength: number;
  /**
   * Sees what was written since the last look; whether that is more.
   * @throws CorruptRingError for a head that no kernel can have put there.
   */
  look(): boolean;
  /**
   * Whether there is a sample in front, of those that were seen.
   * @throws CorruptRingError
   */
  peek(): boolean;
  /** Puts `lease` on the sample in front, and passes it. */
  take(lease: Lease): void;
  /** Takes the last `take` back. */
  back(): void;
  /** Gives back the room of what was passed; false if it was given already. */
  commit(): boolean;
}
