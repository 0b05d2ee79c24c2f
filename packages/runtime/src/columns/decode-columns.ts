import { plainBytes } from "../checked-bytes.ts";
import { decoder } from "../checked-codec.ts";
import { shown } from "../checked-number.ts";
import type { RecordCodec } from "../codec.ts";
import { invalid } from "../errors.ts";
import { Lease, type TakenLease } from "../ring/lease.ts";
import { fillerOf } from "./filler-of.ts";
import type { ColumnRun } from "./record-buffer.ts";

/** What tells of a sample that is too short. */
type Short = Pick<RecordCodec<unknown, never>, "minByteLength" | "decode">;

/** Samples from memory. */
class SampleRun implements ColumnRun {
  delivered = 0;
  readonly #samples: readonly Uint8Array[];
  readonly #codec: Short;

  constructor(samples: readonly Uint8Array[], codec: Short) {
    this.#samples = samples;
    this.#codec = codec;
  }

  next(lease: Lease): lease is TakenLease {
    const sample = this.#samples[this.delivered];
    if (sample === undefined) return false;
    const { buffer, byteOffset, byteLength } = sample;
    lease.view = new DataView(buffer, byteOffset, byteLength);
    // What a row is made of is not looked at again: its decoder says what it lacks.
    if (byteLength < this.#codec.minByteLength) this.#codec.decode(lease.view, 0, byteLength);
    lease.byteLength = byteLength;
    this.delivered += 1;
    return true;
  }

  failed(error: unknown): void {
    this.delivered -= 1;
    throw error;
  }
}

/**
 * Samples that did not come out of a ring, each the bytes of one record, as one batch: what `columns` of a reader makes of
 * them. What a sample has behind its record is not read.
 * @throws DecodeError where `decode` of the codec throws one; UnsupportedError for a codec that was generated without columns
 */
export function decodeColumns<Columns>(
  codec: RecordCodec<unknown, never, unknown, unknown, Columns>,
  samples: Iterable<Uint8Array>,
): Columns {
  if (typeof samples?.[Symbol.iterator] !== "function") {
    throw invalid(`samples is ${shown(samples)}: an iterable of Uint8Array is taken`);
  }
  const list = Array.from(samples, (sample, index) => plainBytes(sample, `samples[${index}]`));
  const filler = fillerOf(decoder(codec), false);
  const run = new SampleRun(list, codec);
  while (filler.length < list.length) {
    filler.full = false;
    filler.fill(run, new Lease(null), list.length, list.length);
  }
  return filler.take();
}
