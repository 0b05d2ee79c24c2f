import { real } from "./checked-number.ts";
import { object, unaborted } from "./checked-object.ts";
import type { SourceOptions } from "./record-source.ts";

/** When a reader looks, and when it ends. */
export interface ReaderOptions extends SourceOptions {
  /** Iteration's look at the map without a wake-up, milliseconds; 100 unless told, `Infinity` never. */
  readonly safetyPollMs?: number | undefined;
  /** Closes the reader; what is pending rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Reader options that were checked. */
export interface ReaderSettings {
  readonly safetyPollMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * What is wrong with `options` is told before a map is claimed.
 * @throws RingBufError EINVAL; the signal's reason
 */
export function readerSettings(options: ReaderOptions): ReaderSettings {
  const { safetyPollMs = 100, signal } = object(options, "options");
  unaborted(signal);
  real(safetyPollMs, "safetyPollMs", Number.MIN_VALUE);
  return { safetyPollMs, signal };
}

/** A handler; `false` stops after this record. What it gives is looked at at once: it cannot be async. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is of this type
export type RecordHandler<Record> = (record: Record) => void | false;

/** How batches of columns are made. */
export interface ColumnOptions {
  /** At most so many records: of a batch that is iterated over (8192 unless told), of all that is drained. */
  readonly max?: number | undefined;
  /** The next batch lies where this one does, so that it has to be done with; false unless told: a batch is whoever's it is handed to. */
  readonly reuse?: boolean | undefined;
}
