import type { RingBufMap } from "./backend.ts";
import type { RecordCodec } from "./codec.ts";
import { type ReaderOptions, readerSettings } from "./reader-options.ts";
import { RecordReader } from "./record-reader.ts";
import { RingSource } from "./ring-source.ts";
import type { ReaderStats } from "./stats.ts";

/** How a reader treats what it finds. */
export interface RingBufReaderOptions extends ReaderOptions {}

/** Consumes a `BPF_MAP_TYPE_RINGBUF`, in the order of the reservations. */
export class RingBufReader<Out, View = unknown, Columns = unknown> extends RecordReader<
  Out,
  View,
  Columns,
  ReaderStats
> {
  readonly #source: RingSource<Out, View, Columns>;

  /**
   * @throws RingBufError EBUSY if the map is claimed, EINVAL if the codec's byte order is not the map's,
   * ERR_RINGBUF_CLOSED if the map is closed.
   */
  constructor(
    map: RingBufMap,
    codec: RecordCodec<Out, never, View, unknown, Columns>,
    options: RingBufReaderOptions = {},
  ) {
    const settings = readerSettings(options);
    const source = new RingSource(map, codec, options);
    super(source, settings);
    this.#source = source;
  }

  /**
   * Consumer and producer position, bytes since the ring was made.
   * @throws as reading does, once the reader is closed.
   */
  get positions(): { readonly consumer: bigint; readonly producer: bigint } {
    this.assertOpen();
    const { ring } = this.#source;
    return { consumer: ring.position, producer: ring.producerPosition };
  }
}
