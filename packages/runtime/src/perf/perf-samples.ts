import type { CorruptRingError } from "../errors.ts";
import type { PerfRing } from "../perf-backend.ts";
import type { Lease } from "../ring/lease.ts";

/** How samples are read. */
export interface PerfSamplesOptions {
  readonly endian: "little" | "big";
  /** Bytes of a record whose samples have perf's padding behind it, which is left out; 0 where the padding cannot be told. */
  readonly fixed: number;
  /** Takes what stops the reader for good, and throws it. */
  readonly corrupt: (error: CorruptRingError) => never;
}

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
  /**
   * Sees what was written since the last look; whether that is more.
   * @throws CorruptRingError for a head that no kernel can have put there.
   */
  look(): boolean;
  /**
   * Puts `lease` on the sample in front, of those that were seen; false where there is none, and the room of what
   * was passed is given back. Its `stride` is the sample's
   * bytes with header and padding, and up to `last` samples with the same header may follow.
   * @throws CorruptRingError
   */
  find(lease: Lease): boolean;
  /** So many samples, of so many bytes with their headers, were passed from the one in front on; taken back, where they are negative. */
  pass(bytes: number, samples: number): void;
  /** Gives back the room of what was passed; false if it was given already. */
  commit(): boolean;
}

/** Bytes of a sample of `length` raw bytes: perf's padding is no part of a record of `fixed` bytes. */
export function withoutPadding(length: number, fixed: number): number {
  return fixed > 0 && length > fixed && length < fixed + 8 ? fixed : length;
}
