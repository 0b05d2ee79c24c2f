import type { RingBufMap, RingClaim } from "./backend.ts";
import { claimFor } from "./backend.ts";
import { decoder } from "./checked-codec.ts";
import type { RecordCodec, RecordLoops } from "./codec.ts";
import { BPF_F_RB_OVERWRITE } from "./constants.ts";
import { loopsOf } from "./record-loops.ts";
import { RingConsumer } from "./ring/consumer.ts";
import type { Lease } from "./ring/lease.ts";
import { type DecodeErrorPolicy, SampleDecoder, skipped } from "./sample-decoder.ts";
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
  readonly codec: RecordCodec<Out, never, View>;
  readonly loops: RecordLoops<Out, never, View>;
  readonly #samples: SampleDecoder;

  /** @throws RingBufError EBUSY if the map is claimed, EINVAL for an option or a map that it cannot be. */
  constructor(map: RingBufMap, codec: RecordCodec<Out, never, View>, options: SourceOptions) {
    decoder(codec);
    this.map = map;
    this.codec = codec;
    this.loops = loopsOf(codec);
    this.#samples = new SampleDecoder(codec, options.onDecodeError, options.oversized);
    this.claim = claimFor(map, "ringbuf", codec);
    this.ring = new RingConsumer(this.claim.memory, (map.flags & BPF_F_RB_OVERWRITE) !== 0, this.#samples);
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

  /** A copy of the record that `advance` moved to, or `skipped` where it did not decode and the policy passed over it. */
  decode(): Out | typeof skipped {
    const { ring, lease } = this;
    try {
      return this.codec.decode(lease.view as DataView, lease.offset, lease.byteLength);
    } catch (error) {
      ring.failed(error, lease);
      return skipped;
    }
  }

  /** Takes `advance` back, so that its record comes again. */
  putBack(): void {
    this.ring.back(this.lease.byteLength);
  }

  /** Takes the failure back that the last record ended in: it comes again, and fails again. */
  putFailureBack(): void {
    this.#samples.forget(this.lease.byteLength);
    this.ring.back(this.lease.byteLength, true);
  }

  /** Whether `error` is what the last sample ended the drain with. */
  failedBy(error: unknown): boolean {
    return this.#samples.thrown === error;
  }

  stats(): ReaderStats {
    const { ring, claim } = this;
    const { errored, erroredBytes, oversized } = this.#samples;
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
