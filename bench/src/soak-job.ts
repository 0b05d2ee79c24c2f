import type { EmulatedHandle } from "@rbgen/runtime/emulated";

/** What a worker of the soak is started with. */
export interface SoakJob {
  readonly role: "producer" | "consumer";
  readonly ring: EmulatedHandle;
  /** Number of this producer. */
  readonly producer: number;
  readonly producers: number;
  /** How many records each producer submits, at least. */
  readonly records: number;
  readonly seed: number;
  /** Shared: for each producer, records submitted and 1 once that is final. */
  readonly totals: Int32Array;
}

/** What the consumer found. */
export interface SoakReport {
  readonly delivered: number;
  /** Sequence numbers that never came, came again, and records whose bytes or length are not what their producer wrote. */
  readonly lost: number;
  readonly duplicates: number;
  readonly torn: number;
  /** Waits that ended by their timeout though records were there. */
  readonly lostWakeups: number;
}

/** Byte of record `sequence` of `producer` at `index`, from the ninth on. */
export function soakByte(producer: number, sequence: number, index: number): number {
  return (producer * 101 + Math.imul(sequence, 31) + index) & 255;
}

/** Length of a record: its producer, its sequence number and up to 247 bytes more. */
export function soakLength(producer: number, sequence: number): number {
  return 8 + (((Math.imul(sequence, 0x9e3779b1) ^ producer) >>> 24) % 248);
}
