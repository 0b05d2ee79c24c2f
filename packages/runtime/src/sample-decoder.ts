import type { RecordCodec } from "./codec.ts";
import { DecodeError, isRingBufError } from "./errors.ts";
import type { RingConsumer } from "./ring/consumer.ts";
import { footprint } from "./ring/header.ts";

/** What to do with a sample that does not decode. */
export type DecodeErrorPolicy = "throw" | "skip" | ((error: DecodeError, bytes: Uint8Array) => void);

/** What a decoder gives for a sample that its policy passed over. */
export const skipped: unique symbol = Symbol("skipped");

/** Turns the sample under a consumer into a record, and counts what is not one. */
export class SampleDecoder<Out, View> {
  readonly #codec: RecordCodec<Out, never, View>;
  readonly #policy: DecodeErrorPolicy;
  readonly #strict: boolean;
  /** Longest sample that is no more than its record; a record with a flexible tail has no longest. */
  readonly #most: number;
  #warned = false;
  errored = 0;
  erroredBytes = 0;
  /** Samples longer than their record. */
  oversized = 0;

  constructor(codec: RecordCodec<Out, never, View>, policy: DecodeErrorPolicy, oversized: "count" | "error") {
    this.#codec = codec;
    this.#policy = policy;
    this.#strict = oversized === "error";
    this.#most = codec.layout.leaves.some((leaf) => leaf.count === 0) ? Number.POSITIVE_INFINITY : codec.size;
  }

  /** A decoded copy, or {@link skipped}. */
  decode(ring: RingConsumer): Out | typeof skipped {
    try {
      if (ring.byteLength > this.#most) this.#oversize(ring.byteLength);
      return this.#codec.decode(ring.view, ring.offset, ring.byteLength);
    } catch (error) {
      return this.#fail(error, ring);
    }
  }

  /** Whether a view may be put on the sample. */
  accept(ring: RingConsumer): boolean {
    const { name, minByteLength } = this.#codec;
    try {
      if (ring.byteLength > this.#most) this.#oversize(ring.byteLength);
      else if (ring.byteLength < minByteLength) throw new DecodeError(name, minByteLength, ring.byteLength);
      return true;
    } catch (error) {
      this.#fail(error, ring);
      return false;
    }
  }

  /** The last failure was put back into the ring, and will come again. */
  forget(ring: RingConsumer): void {
    this.errored -= 1;
    this.erroredBytes -= footprint(ring.byteLength);
  }

  #oversize(byteLength: number): void {
    const { name, size } = this.#codec;
    const detail = `is ${size} bytes, the sample has ${byteLength}`;
    if (this.#strict) throw new DecodeError(name, size, byteLength, "", detail);
    this.oversized += 1;
    if (this.#warned) return;
    this.#warned = true;
    warn(`${name} ${detail}: is it generated from another version of the struct?`);
  }

  #fail(error: unknown, ring: RingConsumer): typeof skipped {
    this.errored += 1;
    this.erroredBytes += footprint(ring.byteLength);
    if (this.#policy === "throw" || !isRingBufError(error, "ERR_RINGBUF_DECODE")) throw error;
    if (this.#policy !== "skip") {
      const start = ring.view.byteOffset + ring.offset;
      const bytes = new Uint8Array(new Uint8Array(ring.view.buffer, start, ring.byteLength));
      this.#policy(error as DecodeError, bytes);
    }
    return skipped;
  }
}

function warn(message: string): void {
  const { process } = globalThis as { process?: { emitWarning?(message: string, type: string): void } };
  if (process?.emitWarning) process.emitWarning(message, "RingBufWarning");
  // biome-ignore lint/suspicious/noConsole: where there is no process, the console is where warnings go
  else console.warn(message);
}
