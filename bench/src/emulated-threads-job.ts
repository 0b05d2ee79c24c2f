import type { EmulatedHandle } from "@rbgen/runtime/emulated";

/** Payload of a record: sequence number, process id, and bytes that are copied along. */
export const recordBytes = 48;

/** What a worker is started with. */
export interface ThreadJob {
  readonly role: "producer" | "consumer";
  readonly ring: EmulatedHandle | { readonly backend: "ringbuf.js"; readonly storage: SharedArrayBuffer };
  /** Records before the clock starts, and in all. */
  readonly warm: number;
  readonly total: number;
}

/** What the consumer found. */
export interface ThreadReport {
  /** Records per second after the warm-up. */
  readonly perSecond: number;
  /** Records that were not the next one. */
  readonly wrong: number;
}
