import type { RecordCodec } from "../codec.ts";
import type { PerfEventArrayMap } from "../perf-backend.ts";
import { type ReaderOptions, readerSettings } from "../reader-options.ts";
import { RecordReader } from "../record-reader.ts";
import { type PerfOptions, PerfSource } from "./perf-source.ts";
import type { PerfReaderStats } from "./perf-stats.ts";

/** How a reader of a perf event array treats what it finds. */
export interface PerfEventReaderOptions extends ReaderOptions, PerfOptions {}

/**
 * Consumes a `BPF_MAP_TYPE_PERF_EVENT_ARRAY`. Records of one CPU come in their order, those of different CPUs CPU by CPU, or
 * by a member. While it is open, programs can send; without a reader they find no ring (−ENOENT).
 *
 * A sample's raw bytes are padded to 4 less than a multiple of 8: a record of fixed length gets its own length, what ends in
 * an open array gets the padding too.
 */
export class PerfEventReader<Out, View = unknown, Columns = unknown> extends RecordReader<
  Out,
  View,
  Columns,
  PerfReaderStats
> {
  readonly #source: PerfSource<Out, View, Columns>;

  /**
   * @throws RingBufError EBUSY if the map is claimed, EINVAL for a codec of another byte order or an option that there is
   * not, ERR_RINGBUF_CLOSED if the map is closed; what perf_event_open and mmap refuse with.
   */
  constructor(
    map: PerfEventArrayMap,
    codec: RecordCodec<Out, never, View, unknown, Columns>,
    options: PerfEventReaderOptions = {},
  ) {
    const settings = readerSettings(options);
    const source = new PerfSource(map, codec, options);
    super(source, settings);
    this.#source = source;
  }

  /** CPUs that have a ring. */
  get cpus(): readonly number[] {
    return this.#source.cpus;
  }
}
