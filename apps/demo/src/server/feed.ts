import { setImmediate as nextTurn } from "node:timers/promises";
import { RingBufReader } from "@rbgen/runtime";
import type { KernelLink } from "../backends/kernel-link.ts";
import { BATCH_BUCKETS } from "../frames.gen.ts";
import { encodeFrame } from "../protocol/frame.ts";
import { rawSample } from "../records/raw-sample.ts";

/** Samples that wait for their frame are sent after so many milliseconds, */
const frameMs = 16;
/** or when there are so many of them. */
const frameSamples = 1024;
/** A look at the ring without a wake-up, milliseconds. */
const safetyMs = 100;

/** Who gets the frames. */
export interface FrameListener {
  /** `count` samples; those of ordinals that a listener does not get are missed, which the next frame's `first` tells. */
  samples(frame: Uint8Array, count: number): void;
}

/** Reads the ring and makes frames of its samples, each encoded once for all pages. */
export class Feed {
  readonly #reader: RingBufReader<Uint8Array>;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<FrameListener>();
  readonly #reading: Promise<void>;
  #samples: { readonly bytes: Uint8Array }[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Samples that left the ring. */
  read = 0;
  /** Times that the reader slept until it was woken up. */
  waits = 0;
  /** Reads by the number of their records: 2^i or more, less than 2^(i + 1). */
  readonly batches: number[] = new Array(BATCH_BUCKETS).fill(0);

  constructor(link: KernelLink) {
    this.#reader = new RingBufReader(link.events, rawSample);
    this.#reading = this.#run();
  }

  /** Ordinal of the first sample that a listener added now gets. */
  get next(): number {
    return this.read - this.#samples.length;
  }

  /** Bytes that wait in the ring. */
  get fill(): number {
    return this.#reader.available;
  }

  /** Resolves after `close`, or rejects with what went wrong. */
  get reading(): Promise<void> {
    return this.#reading;
  }

  add(listener: FrameListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: FrameListener): void {
    this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
    clearTimeout(this.#timer);
    this.#reader.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const take = (bytes: Uint8Array): void => {
      this.#samples.push({ bytes });
      this.read += 1;
    };
    try {
      while (!signal.aborted) {
        const sleeps = this.fill === 0;
        const count = await this.#reader.poll(take, { signal, timeoutMs: safetyMs });
        if (count > 0) this.#took(count, sleeps);
        // A poll that finds records does not sleep: sockets and timers have their turn here.
        if (!sleeps) await nextTurn();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #took(count: number, slept: boolean): void {
    if (slept) this.waits += 1;
    const bucket = Math.min(BATCH_BUCKETS - 1, Math.floor(Math.log2(count)));
    this.batches[bucket] = (this.batches[bucket] ?? 0) + 1;
    if (this.#samples.length >= frameSamples) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), frameMs);
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
    const frame = encodeFrame({ kind: "samples_frame", first, count: samples.length, samples });
    for (const listener of this.#listeners) listener.samples(frame, samples.length);
  }
}
