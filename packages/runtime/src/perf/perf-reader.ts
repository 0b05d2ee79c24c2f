import { abortReason } from "../abort-reason.ts";
import { decoder, viewOf } from "../checked-codec.ts";
import { checkMap, checkWaits } from "../checked-map.ts";
import { integer, real, count as wholeNumber } from "../checked-number.ts";
import { callable, object, unaborted } from "../checked-object.ts";
import type { RecordCodec } from "../codec.ts";
import { takeLease } from "../codec.ts";
import { invalid, RingBufError } from "../errors.ts";
import { Iteration, type IterationOptions } from "../iteration.ts";
import { claimPerfRings, type PerfClaim, type PerfEventArrayMap } from "../perf-backend.ts";
import type { RecordHandler } from "../reader.ts";
import type { SourceOptions } from "../record-source.ts";
import type { Lease } from "../ring/lease.ts";
import { SampleDecoder, skipped } from "../sample-decoder.ts";
import { Deadline, type PollOptions } from "../waiting.ts";
import { PerfConsumer } from "./perf-consumer.ts";
import type { PerfReaderStats } from "./perf-stats.ts";

/** How a reader of a perf event array treats what it finds. */
export interface PerfEventReaderOptions extends SourceOptions {
  /** Pages of data per CPU, a power of two; 8 unless told. */
  readonly pagesPerCpu?: number | undefined;
  /** Samples of one CPU after which the reader is woken; 1 unless told. */
  readonly wakeupEvents?: number | undefined;
  /** Bytes waiting on one CPU at which the reader is woken, in place of `wakeupEvents`. */
  readonly watermarkBytes?: number | undefined;
  /** Iteration's look at the rings without a wake-up, milliseconds; 100 unless told, `Infinity` never. */
  readonly safetyPollMs?: number | undefined;
  /** Closes the reader; what is pending rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Consumes a `BPF_MAP_TYPE_PERF_EVENT_ARRAY`: one reader per map, one operation at a time (else EBUSY). Records of one CPU
 * come in their order, those of different CPUs CPU by CPU.
 *
 * A sample's raw bytes are padded to 4 less than a multiple of 8: a record of fixed length gets its own length, what ends in
 * an open array gets the padding too.
 */
export class PerfEventReader<Out, View = unknown> implements AsyncIterable<Out> {
  readonly #name: string;
  readonly #codec: RecordCodec<Out, never, View>;
  readonly #samples: SampleDecoder;
  readonly #claim: PerfClaim;
  readonly #rings: readonly PerfConsumer[];
  /** Length of a record whose samples have padding behind it; 0 where the padding cannot be told. */
  readonly #fixed: number;
  readonly #safetyPollMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #lease: Lease = { view: null, offset: 0, byteLength: 0 };
  /** The ring that is read. */
  #at = 0;
  #delivered = 0;
  /** A handler said that it is enough. */
  #stopped = false;
  #busy = false;
  #open = true;
  #aborted = false;
  /** What operations fail with once the reader is closed. */
  #closed: unknown;
  #failure: unknown;
  #last: PerfReaderStats | undefined;

  /**
   * @throws RingBufError EBUSY if the map is claimed, EINVAL for a codec of another byte order or an option that there is
   * not, ERR_RINGBUF_CLOSED if the map is closed; what perf_event_open and mmap refuse with.
   */
  constructor(map: PerfEventArrayMap, codec: RecordCodec<Out, never, View>, options: PerfEventReaderOptions = {}) {
    const {
      safetyPollMs = 100,
      signal,
      pagesPerCpu = 8,
      wakeupEvents = 1,
      watermarkBytes,
    } = object(options, "options");
    unaborted(signal);
    real(safetyPollMs, "safetyPollMs", Number.MIN_VALUE);
    integer(pagesPerCpu, "pagesPerCpu", 1, 2 ** 18);
    if (!Number.isInteger(Math.log2(pagesPerCpu))) throw invalid(`pagesPerCpu is ${pagesPerCpu}, not a power of two`);
    integer(wakeupEvents, "wakeupEvents", 1, 2 ** 32 - 1);
    if (watermarkBytes !== undefined) integer(watermarkBytes, "watermarkBytes", 1, 2 ** 32 - 1);
    checkMap(map, "perf_event_array", decoder(codec), claimPerfRings);
    this.#name = map.name;
    this.#codec = codec;
    this.#samples = new SampleDecoder(codec, options.onDecodeError, options.oversized);
    this.#fixed = codec.layout.leaves.some((leaf) => leaf.count === 0) ? 0 : codec.size;
    this.#safetyPollMs = safetyPollMs;
    this.#signal = signal;
    this.#claim = checkWaits(map[claimPerfRings]({ pagesPerCpu, wakeupEvents, watermarkBytes }), map.name);
    this.#rings = this.#claim.rings.map((ring) => new PerfConsumer(ring, map.endian));
    this.#claim.onClose = () => this.#end(undefined);
    signal?.addEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#end(abortReason(this.#signal));

  /** CPUs that have a ring. */
  get cpus(): readonly number[] {
    return this.#rings.map(({ ring }) => ring.cpu);
  }

  /** What became of the samples so far; after a close, until then. */
  stats(): PerfReaderStats {
    if (this.#last !== undefined) return this.#last;
    const cpus = this.#rings.map(({ ring, samples, reportedLost, available }) => ({
      cpu: ring.cpu,
      samples,
      lost: ring.lost(),
      reportedLost,
      remainingBytes: available,
      size: ring.size,
    }));
    const { errored, oversized } = this.#samples;
    const lost = cpus.reduce((sum, cpu) => sum + (cpu.lost ?? cpu.reportedLost), 0);
    return { delivered: this.#delivered, errored, oversized, lost, cpus };
  }

  /**
   * Hands the records that are there now to `handler`, decoded; at most `max`. The number handed out.
   * @throws RingBufError EBUSY, ERR_RINGBUF_CLOSED; CorruptRingError; DecodeError as the policy says; what `handler` throws.
   */
  consume(handler: RecordHandler<Out>, options: { readonly max?: number | undefined } = {}): number {
    const max = atMost(options);
    callable(handler, "the handler");
    return this.#alone(() => this.#drain(handler, max));
  }

  /** The same by a view that moves over the rings' own bytes. It is dead when this returns: copy what is to be kept. */
  consumeViews(handler: RecordHandler<View>, options: { readonly max?: number | undefined } = {}): number {
    const max = atMost(options);
    callable(handler, "the handler");
    return this.#alone(() => {
      const lease: Lease = { view: null, offset: 0, byteLength: 0 };
      const view = viewOf(this.#codec);
      const show = (): boolean => {
        if (!this.#accept(lease)) return false;
        view[takeLease](lease);
        this.#delivered += 1;
        this.#stopped = handler(view) === false;
        return true;
      };
      try {
        return this.#walk(lease, show, max);
      } finally {
        lease.view = null;
      }
    });
  }

  /**
   * As `perf_buffer__poll`: hands out what is there, else waits once for a wake-up, then drains. The number handed out; 0 at
   * the timeout, or if the wake-up was for lost samples only.
   */
  async poll(handler: RecordHandler<Out>, options: PollOptions = {}): Promise<number> {
    const { timeoutMs, signal } = object(options, "options");
    callable(handler, "the handler");
    unaborted(signal);
    const deadline = new Deadline(this.#claim, timeoutMs);
    this.#enter();
    try {
      for (;;) {
        const count = this.#drain(handler, Number.POSITIVE_INFINITY);
        if (count > 0 || deadline.passed || deadline.waited) return count;
        await deadline.wait(signal);
        this.#check();
      }
    } finally {
      this.#leave();
    }
  }

  /**
   * `poll` on a thread that may block.
   * @throws UnsupportedError where none may.
   */
  pollSync(handler: RecordHandler<Out>, options: { readonly timeoutMs?: number | undefined } = {}): number {
    const { timeoutMs } = object(options, "options");
    callable(handler, "the handler");
    const deadline = Deadline.blocking(this.#claim, timeoutMs);
    return this.#alone(() => {
      for (;;) {
        const count = this.#drain(handler, Number.POSITIVE_INFINITY);
        if (count > 0 || deadline.passed || deadline.waited) return count;
        deadline.waitSync();
        this.#check();
      }
    });
  }

  /** Decoded copies, for ever; `break` ends the iterator only, and the next record is the first one not yielded. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Out> {
    return this.#iterate(() => this.#shift(), {});
  }

  /** Arrays of decoded copies, each with what is there, at most `max` (1024 unless told). */
  batches(
    options: { readonly max?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterableIterator<Out[]> {
    const { max = 1024, signal } = object(options, "options");
    wholeNumber(max, "max", 1);
    return this.#iterate(
      () => {
        const batch: Out[] = [];
        this.#drain((record) => void batch.push(record), max);
        return batch.length > 0 ? batch : skipped;
      },
      { signal },
    );
  }

  /** Pulls one record per read. Cancelling it ends the iterator, not the reader. */
  toReadableStream(): ReadableStream<Out> {
    const records = this[Symbol.asyncIterator]();
    return new ReadableStream<Out>(
      {
        pull: async (controller) => {
          const { done, value } = await records.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: async () => {
          await records.return?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** A pending read keeps the process alive (the default). */
  ref(): void {
    this.#claim.ref();
  }

  /** A pending read lets the process end. */
  unref(): void {
    this.#claim.unref();
  }

  /** Ends what is pending and gives the map back: programs that send find no ring (−ENOENT). Again: nothing. */
  close(): void {
    if (!this.#open) return;
    this.#end(undefined);
    this.#claim.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #drain(handler: RecordHandler<Out>, max: number): number {
    const lease = this.#lease;
    const take = (): boolean => {
      const record = this.#decode(lease);
      if (record === skipped) return false;
      this.#delivered += 1;
      this.#stopped = handler(record) === false;
      return true;
    };
    return this.#walk(lease, take, max);
  }

  /**
   * Leads `lease` over the samples that are there, every ring once, the one that was read last first, and counts those that
   * `take` hands out, up to `max` or until it says that it is enough.
   */
  #walk(lease: Lease, take: () => boolean, max: number): number {
    const rings = this.#rings;
    let count = 0;
    if (max === 0) return count;
    for (let turn = 0; turn < rings.length; turn++) {
      const ring = rings[this.#at] as PerfConsumer;
      ring.look();
      while (ring.next(lease)) {
        this.#trim(lease);
        this.#stopped = false;
        if (take()) count += 1;
        // user code ran, which may have closed the reader
        this.#check();
        if (this.#stopped || count >= max) {
          ring.commit();
          return count;
        }
      }
      ring.commit();
      this.#at = (this.#at + 1) % rings.length;
    }
    return count;
  }

  #shift(): Out | typeof skipped {
    let found: Out | typeof skipped = skipped;
    this.#drain((record) => {
      found = record;
    }, 1);
    return found;
  }

  /** Whether the sample is a record, by its length. */
  #accept(lease: Lease): boolean {
    const { least, most } = this.#samples;
    return (lease.byteLength >= least && lease.byteLength <= most) || this.#samples.odd(lease);
  }

  #decode(lease: Lease): Out | typeof skipped {
    if (!this.#accept(lease)) return skipped;
    try {
      return this.#codec.decode(lease.view as DataView, lease.offset, lease.byteLength);
    } catch (error) {
      this.#samples.failed(error, lease);
      return skipped;
    }
  }

  /** Leaves perf's padding, which is no part of a record of fixed length, out of the sample. */
  #trim(lease: Lease): void {
    const beyond = lease.byteLength - this.#fixed;
    if (this.#fixed > 0 && beyond > 0 && beyond < 8) lease.byteLength = this.#fixed;
  }

  #iterate<Item>(take: () => Item | typeof skipped, options: IterationOptions): AsyncIterableIterator<Item> {
    return new Iteration({
      signal: options.signal,
      sleep: (signal) => this.#claim.wait({ timeoutMs: this.#safetyPollMs, signal }),
      begin: () => this.#enter(),
      end: () => this.#leave(),
      take: () => this.#guarded(take),
      ended: () => this.#ended(),
    });
  }

  #alone<T>(work: () => T): T {
    this.#enter();
    try {
      return this.#guarded(work);
    } finally {
      this.#leave();
    }
  }

  /** A ring that is corrupt stays so. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if ((error as Partial<RingBufError>)?.code === "ERR_RINGBUF_CORRUPT") this.#failure = error;
      throw error;
    }
  }

  #enter(): void {
    this.#check();
    if (this.#busy) {
      throw new RingBufError(`${this.#name} is being read`, { code: "EBUSY", syscall: "perf_buffer__consume" });
    }
    this.#busy = true;
  }

  #leave(): void {
    this.#busy = false;
    if (this.#open) for (const ring of this.#rings) ring.commit();
  }

  #check(): void {
    if (!this.#open) throw this.#closed;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #ended(): boolean {
    if (!this.#open && !this.#aborted) return true;
    this.#check();
    return false;
  }

  /** The rings are still there: the last positions and the statistics are taken now. */
  #end(reason: unknown): void {
    if (!this.#open) return;
    for (const ring of this.#rings) ring.commit();
    this.#last = this.stats();
    this.#open = false;
    this.#aborted = reason !== undefined;
    this.#closed = reason ?? new RingBufError(`the reader of ${this.#name} is closed`, { code: "ERR_RINGBUF_CLOSED" });
    this.#signal?.removeEventListener("abort", this.#onAbort);
    if (this.#aborted) this.#claim.release();
  }
}

function atMost(options: { readonly max?: number | undefined }): number {
  const { max = Number.POSITIVE_INFINITY } = object(options, "options");
  return wholeNumber(max, "max");
}
