import type { RingBufMap, RingClaim } from "./backend.ts";
import { claimFor } from "./backend.ts";
import type { RecordCodec } from "./codec.ts";
import { BPF_F_RB_OVERWRITE } from "./constants.ts";
import { RingConsumer } from "./ring/consumer.ts";
import type { Lease } from "./ring/lease.ts";
import { type DecodeErrorPolicy, SampleDecoder } from "./sample-decoder.ts";
import type { ReaderStats } from "./stats.ts";

/** How samples become records. */
export interface SourceOptions {
  /** A sample that does not decode: "throw" (default; reading again goes on after it), "skip" (counted), or a function. */
  readonly onDecodeError?: DecodeErrorPolicy | undefined;
  /** A sample longer than its record: "count" (default; decoded, counted, warned about once) or "error" (a `DecodeError`). */
  readonly oversized?: "count" | "error" | undefined;
}

/** A claimed ring with the codec of what is in it: what readers and groups read from. */
export class RecordSource<Out, View> {
  readonly map: RingBufMap;
  readonly claim: RingClaim;
  readonly ring: RingConsumer;
  /** Where the sample lies that the ring was moved to, for copies to be made of it. */
  readonly lease: Lease;
  readonly decoder: SampleDecoder<Out, View>;
  /** Records handed out. */
  delivered = 0;

  /** @throws RingBufError EBUSY if the map is claimed, EINVAL for an option or a map that it cannot be. */
  constructor(map: RingBufMap, codec: RecordCodec<Out, never, View>, options: SourceOptions) {
    this.map = map;
    this.decoder = new SampleDecoder(codec, options.onDecodeError, options.oversized);
    this.claim = claimFor(map, "ringbuf", codec);
    this.ring = new RingConsumer(this.claim.memory, (map.flags & BPF_F_RB_OVERWRITE) !== 0);
    this.lease = this.ring.lend();
  }

  /** Moves to the next sample, or makes sure that the wake-up for it cannot be missed. */
  advance(): boolean {
    const { ring } = this;
    while (!ring.next(this.lease)) {
      const moved = ring.commit();
      const grown = ring.look();
      if (!moved && !grown) return false;
    }
    return true;
  }

  stats(): ReaderStats {
    const { ring, claim, delivered } = this;
    const { errored, erroredBytes, oversized } = this.decoder;
    const passed = Number(ring.position - ring.start);
    const remaining = ring.remaining();
    return {
      delivered,
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
