import { type RecordCodec, recordLoops, type SampleSink } from "./codec.ts";
import { EncodeError } from "./errors.ts";
import type { RingProducer } from "./ring/producer.ts";

/** Whose samples they are. */
export interface SinkOwner {
  /**
   * Offset of a reservation of so many bytes, or negative.
   * @throws what reserving is refused with.
   */
  take(byteLength: number): number;
  /** @throws what the writer is closed with. */
  check(): void;
}

/**
 * Where a writer's values are encoded to. Samples that their codec cannot write beyond are encoded where they lie; all
 * others in memory of exactly their length, since a value may grow between the look at its length and the encoding, and
 * what lies behind a sample is another one, which nobody has drained yet.
 */
export class EncodeSink<In> implements SampleSink {
  view: DataView;
  readonly #ring: RingProducer;
  readonly #owner: SinkOwner;
  /** The one length that cannot be exceeded; −1 where any can. */
  readonly #exact: number;
  #offset = 0;
  #byteLength = 0;
  /** Whether a sample is reserved and not yet submitted. */
  pending = false;
  /** Samples submitted so far. */
  written = 0;

  constructor(codec: RecordCodec<unknown, In>, ring: RingProducer, owner: SinkOwner) {
    const bounded = codec[recordLoops] !== undefined && !codec.layout.leaves.some(({ count }) => count === 0);
    this.#exact = bounded ? codec.size : -1;
    this.#ring = ring;
    this.#owner = owner;
    this.view = ring.view;
  }

  reserve(byteLength: number): number {
    const offset = this.#owner.take(byteLength);
    if (offset < 0) return offset;
    this.#offset = offset;
    this.#byteLength = byteLength;
    this.pending = true;
    if (byteLength === this.#exact) {
      this.view = this.#ring.view;
      return offset;
    }
    this.view = new DataView(new ArrayBuffer(byteLength));
    return 0;
  }

  /** As `SampleSink.submit`; it is published `later` than now unless told otherwise. */
  submit(byteLength: number, later = true): void {
    // the encoder is generated code, but the value may be a getter that closed the map
    this.#owner.check();
    const { view } = this;
    const target = this.#ring.view;
    if (byteLength !== this.#byteLength) throw otherLength(this.#byteLength);
    if (view !== target) {
      if (view.buffer.byteLength !== byteLength) {
        throw new EncodeError("", undefined, "its codec took away the memory that it was encoded in");
      }
      const bytes = new Uint8Array(view.buffer);
      new Uint8Array(target.buffer, target.byteOffset + this.#offset, byteLength).set(bytes);
    }
    this.pending = false;
    this.written += 1;
    this.#ring.commit(this.#offset, byteLength, false, later);
  }

  /** Gives the sample that was reserved last up, if it was not submitted. */
  abandon(): void {
    if (!this.pending) return;
    this.pending = false;
    this.#ring.commit(this.#offset, this.#byteLength, true, true);
  }

  /** `error` of an encoder, told as what it is where the value grew into the end of its memory. */
  explain(error: unknown): unknown {
    return error instanceof RangeError && this.view !== this.#ring.view ? otherLength(this.#byteLength, error) : error;
  }
}

function otherLength(byteLength: number, cause?: unknown): EncodeError {
  const reason = `the value had ${byteLength} bytes, and another length when it was encoded`;
  return new EncodeError("", undefined, reason, { cause });
}
