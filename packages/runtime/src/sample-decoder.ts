import type { RecordCodec } from "./codec.ts";
import { DecodeError, invalid } from "./errors.ts";
import { footprint } from "./ring/header.ts";
import type { Lease } from "./ring/lease.ts";

/** What to do with a sample that does not decode. */
export type DecodeErrorPolicy = "throw" | "skip" | ((error: DecodeError, bytes: Uint8Array) => void);

/** What a decoder gives for a sample that its policy passed over. */
export const skipped: unique symbol = Symbol("skipped");

/** Turns leased samples into records, and counts what is not one. */
export class SampleDecoder<Out, View> {
  readonly #codec: RecordCodec<Out, never, View>;
  readonly #policy: DecodeErrorPolicy;
  readonly #strict: boolean;
  readonly #least: number;
  /** Longest sample that is no more than its record; a record with a flexible tail has no longest. */
  readonly #most: number;
  #warned = false;
  errored = 0;
  erroredBytes = 0;
  /** Samples longer than their record. */
  oversized = 0;

  /** @throws RingBufError EINVAL for a policy that there is not. */
  constructor(
    codec: RecordCodec<Out, never, View>,
    policy: DecodeErrorPolicy = "throw",
    oversized: "count" | "error" = "count",
  ) {
    if (typeof policy !== "function" && policy !== "throw" && policy !== "skip") {
      throw invalid(`onDecodeError is ${policy}`);
    }
    if (oversized !== "count" && oversized !== "error") throw invalid(`oversized is ${oversized}`);
    this.#codec = codec;
    this.#policy = policy;
    this.#strict = oversized === "error";
    this.#least = codec.minByteLength;
    this.#most = codec.layout.leaves.some((leaf) => leaf.count === 0) ? Number.POSITIVE_INFINITY : codec.size;
  }

  /** A decoded copy, or {@link skipped}. */
  decode(lease: Lease): Out | typeof skipped {
    const { view, offset, byteLength } = lease;
    try {
      if (byteLength > this.#most) this.#oversize(byteLength);
      return this.#codec.decode(view as DataView, offset, byteLength);
    } catch (error) {
      return this.#fail(error, lease);
    }
  }

  /** Whether a view may be put on the sample. */
  accept(lease: Lease): boolean {
    const { byteLength } = lease;
    if (byteLength >= this.#least && byteLength <= this.#most) return true;
    try {
      if (byteLength < this.#least) throw new DecodeError(this.#codec.name, this.#least, byteLength);
      this.#oversize(byteLength);
      return true;
    } catch (error) {
      this.#fail(error, lease);
      return false;
    }
  }

  /** The last failure was put back into the ring, and will come again. */
  forget(byteLength: number): void {
    this.errored -= 1;
    this.erroredBytes -= footprint(byteLength);
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

  #fail(error: unknown, { view, offset, byteLength }: Lease): typeof skipped {
    this.errored += 1;
    this.erroredBytes += footprint(byteLength);
    if (this.#policy === "throw" || !(error instanceof DecodeError)) throw error;
    if (this.#policy !== "skip") {
      const { buffer, byteOffset } = view as DataView;
      const bytes = new Uint8Array(new Uint8Array(buffer, byteOffset + offset, byteLength));
      this.#policy(error, bytes);
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
