import { claimFor, type RingBufMap } from "./backend.ts";
import { decoder } from "./checked-codec.ts";
import type { RecordCodec } from "./codec.ts";
import { BPF_F_RB_OVERWRITE } from "./constants.ts";
import { RecordSource, type SourceOptions } from "./record-source.ts";
import { RingConsumer } from "./ring/consumer.ts";
import { SampleDecoder } from "./sample-decoder.ts";
import type { ReaderStats } from "./stats.ts";

/** A claimed ring buffer. */
export class RingSource<Out, View = unknown, Columns = unknown> extends RecordSource<Out, View, Columns, ReaderStats> {
  readonly ring: RingConsumer;
  readonly heldBytes: number;
  readonly syscall = "ring_buffer__consume";
  readonly #decoder: SampleDecoder;

  /** @throws RingBufError EBUSY if the map is claimed, EINVAL for an option or a map that it cannot be. */
  constructor(map: RingBufMap, codec: RecordCodec<Out, never, View, unknown, Columns>, options: SourceOptions) {
    const samples = new SampleDecoder(decoder(codec), options.onDecodeError, options.oversized);
    const claim = claimFor(map, "ringbuf", codec);
    const ring = new RingConsumer(claim.memory, (map.flags & BPF_F_RB_OVERWRITE) !== 0, samples);
    super(map, codec, claim, ring, samples);
    this.ring = ring;
    this.heldBytes = Math.min(65_536, map.maxEntries / 8);
    this.#decoder = samples;
  }

  stats(): ReaderStats {
    const { ring, claim } = this;
    const { errored, erroredBytes, oversized } = this.#decoder;
    const passed = Number(ring.position - ring.start);
    const remaining = ring.remaining();
    return {
      delivered: ring.delivered,
      discarded: ring.discarded,
      errored,
      oversized,
      remaining: remaining.records,
      deliveredBytes: passed - ring.discardedBytes - erroredBytes - ring.overwrittenBytes,
      discardedBytes: ring.discardedBytes,
      erroredBytes,
      overwrittenBytes: ring.overwrittenBytes,
      remainingBytes: remaining.bytes,
      producedBytes: passed + remaining.bytes,
      highWaterBytes: ring.highWaterBytes,
      size: this.map.maxEntries,
      kernel: claim.counters?.(),
    };
  }
}
