import { shown } from "./checked-number.ts";
import type { RecordCodec } from "./codec.ts";
import { DecodeError, invalid } from "./errors.ts";
import type { SampleJudge } from "./ring/consumer.ts";
import { footprint } from "./ring/header.ts";
import type { Lease } from "./ring/lease.ts";

/** What to do with a sample that does not decode. */
export type DecodeErrorPolicy = "throw" | "skip" | ((error: DecodeError, bytes: Uint8Array) => void);

/** What reading gives where there is no record. */
export const skipped: unique symbol = Symbol("skipped");

/** Tells samples that are records from those that are none, and counts the latter. */
export class SampleDecoder implements SampleJudge {
  readonly #codec: Pick<RecordCodec<unknown, never>, "decode">;
  readonly #name: string;
  readonly #size: number;
  readonly #policy: DecodeErrorPolicy;
  readonly #strict: boolean;
  readonly least: number;
  /** Longest sample that is no more than its record; a record with a flexible tail has no longest. */
  readonly most: number;
  #warned = false;
  /** What the last failure ended in, where it ended the drain. */
  thrown: unknown;
  errored = 0;
  erroredBytes = 0;
  /** Samples longer than their record. */
  oversized = 0;

  /** @throws RingBufError EINVAL for a policy that there is not. */
  constructor(
    codec: Pick<RecordCodec<unknown, never>, "name" | "size" | "minByteLength" | "layout" | "decode">,
    policy: DecodeErrorPolicy = "throw",
    oversized: "count" | "error" = "count",
  ) {
    if (typeof policy !== "function" && policy !== "throw" && policy !== "skip") {
      throw invalid(`onDecodeError is ${shown(policy)}: "throw", "skip" or a function is taken`);
    }
    if (oversized !== "count" && oversized !== "error")
      throw invalid(`oversized is ${shown(oversized)}: "count" or "error" is taken`);
    this.#codec = codec;
    this.#name = codec.name;
    this.#size = codec.size;
    this.#policy = policy;
    this.#strict = oversized === "error";
    this.least = codec.minByteLength;
    this.most = codec.layout.leaves.some((leaf) => leaf.count === 0) ? Number.POSITIVE_INFINITY : codec.size;
  }

  /** Whether a sample that is shorter or longer than the record is one all the same. */
  odd(lease: Lease): boolean {
    const { byteLength } = lease;
    try {
      if (byteLength < this.least) throw this.#short(lease);
      this.#oversize(byteLength);
      return true;
    } catch (error) {
      this.failed(error, lease);
      return false;
    }
  }

  /** What the codec says of a sample that is too short for it; of one that says nothing, what there is and what it takes. */
  #short({ view, offset, byteLength }: Lease): DecodeError {
    try {
      this.#codec.decode(view as DataView, offset, byteLength);
    } catch (error) {
      if (error instanceof DecodeError) return error;
    }
    return new DecodeError(this.#name, this.least, byteLength);
  }

  /** Counts a sample that did not decode, and does with it as the policy says. */
  failed(error: unknown, lease: Lease): void {
    this.errored += 1;
    this.erroredBytes += footprint(lease.byteLength);
    try {
      this.#judge(error, lease);
    } catch (thrown) {
      this.thrown = thrown;
      throw thrown;
    }
  }

  #judge(error: unknown, { view, offset, byteLength }: Lease): void {
    if (this.#policy === "throw" || !(error instanceof DecodeError)) throw error;
    if (this.#policy === "skip") return;
    const { buffer, byteOffset } = view as DataView;
    this.#policy(error, new Uint8Array(new Uint8Array(buffer, byteOffset + offset, byteLength)));
  }

  /** The last failure was put back into the ring, and will come again. */
  forget(byteLength: number): void {
    this.errored -= 1;
    this.erroredBytes -= footprint(byteLength);
  }

  #oversize(byteLength: number): void {
    const name = this.#name;
    const size = this.#size;
    const detail = `is ${size} bytes, the sample has ${byteLength}`;
    if (this.#strict) throw new DecodeError(name, size, byteLength, "", detail);
    this.oversized += 1;
    if (this.#warned) return;
    this.#warned = true;
    warn(`${name} ${detail}: is it generated from another version of the struct?`);
  }
}

function warn(message: string): void {
  const { process } = globalThis as { process?: { emitWarning?(message: string, type: string): void } };
  if (process?.emitWarning) process.emitWarning(message, "RingBufWarning");
  // biome-ignore lint/suspicious/noConsole: where there is no process, the console is where warnings go
  else console.warn(message);
}
