import { BATCH_BUCKETS } from "../frames.gen.ts";
import { encodeFrame } from "../protocol/frame.ts";

/** Samples that wait for their frame are sent after so many milliseconds, */
const frameMs = 16;
/** or when there are so many of them. */
const frameSamples = 1024;

/** Who gets the frames. */
export interface FrameListener {
  /** `count` samples; those of ordinals that a listener does not get are missed, which the next frame's `first` tells. */
  samples(frame: Uint8Array, count: number): void;
}

/** Makes frames of samples as they are read, each encoded once for all pages, and each of one host. */
export class SampleFrames {
  readonly #listeners = new Set<FrameListener>();
  #samples: { readonly bytes: Uint8Array }[] = [];
  #host = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Samples that were read. */
  read = 0;
  /** Reads by the number of their records: 2^i or more, less than 2^(i + 1). */
  readonly batches: number[] = new Array(BATCH_BUCKETS).fill(0);

  /** Ordinal of the first sample that a listener added now gets. */
  get next(): number {
    return this.read - this.#samples.length;
  }

  add(listener: FrameListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: FrameListener): void {
    this.#listeners.delete(listener);
  }

  /** Takes a sample: of `host`, 0 for this machine. */
  take(bytes: Uint8Array, host = 0): void {
    if (host !== this.#host) this.#flush();
    this.#host = host;
    this.#samples.push({ bytes });
    this.read += 1;
  }

  /** A read of `count` samples ended: they are sent now or soon. */
  took(count: number): void {
    const bucket = Math.min(BATCH_BUCKETS - 1, Math.floor(Math.log2(count)));
    this.batches[bucket] = (this.batches[bucket] ?? 0) + 1;
    if (this.#samples.length >= frameSamples) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), frameMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Sends what waits. */
  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const samples = this.#samples;
    if (samples.length === 0) return;
    const first = BigInt(this.next);
    this.#samples = [];
    if (this.#listeners.size === 0) return;
    const host = this.#host;
    const frame = encodeFrame({ kind: "samples_frame", first, host, count: samples.length, samples });
    for (const listener of this.#listeners) listener.samples(frame, samples.length);
  }
}
