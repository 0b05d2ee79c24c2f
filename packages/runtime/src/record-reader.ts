import { abortReason } from "./abort-reason.ts";
import { viewOf } from "./checked-codec.ts";
import { count as wholeNumber } from "./checked-number.ts";
import { callable, choice, object, unaborted } from "./checked-object.ts";
import type { RecordCodec } from "./codec.ts";
import { fillerOf } from "./columns/filler-of.ts";
import type { BatchFiller } from "./columns/record-buffer.ts";
import { RingBufError } from "./errors.ts";
import { Iteration, type IterationOptions } from "./iteration.ts";
import type { ColumnOptions, ReaderSettings, RecordHandler } from "./reader-options.ts";
import type { RecordSource } from "./record-source.ts";
import { footprint } from "./ring/header.ts";
import type { Lease } from "./ring/lease.ts";
import type { RingClaim } from "./ring-claim.ts";
import { skipped } from "./sample-decoder.ts";
import type { SampleRun } from "./sample-run.ts";
import { Deadline, type PollOptions } from "./waiting.ts";

/** Rows of a batch of columns, unless told. */
const usualRows = 8192;

/**
 * What readers of every kind of map do: one reader per map, one operation at a time (else EBUSY).
 *
 * A position is published only for records that were handed out. An error thrown by a handler leaves the position after
 * its record, as `ring_buffer__consume` does, and propagates.
 */
export abstract class RecordReader<Out, View, Columns, Stats> implements AsyncIterable<Out> {
  readonly #source: RecordSource<Out, View, Columns, Stats>;
  readonly #claim: Omit<RingClaim, "memory">;
  readonly #samples: SampleRun;
  readonly #codec: RecordCodec<Out, never, View, unknown, Columns>;
  readonly #safetyPollMs: number;
  readonly #signal: AbortSignal | undefined;
  #busy = false;
  #open = true;
  #aborted = false;
  /** What operations fail with once the reader is closed. */
  #closed: unknown;
  /** Statistics and bytes that waited when the reader was closed. */
  #last: Stats | undefined;
  #left: number | undefined;

  /** @param source the map, claimed for this reader */
  constructor(source: RecordSource<Out, View, Columns, Stats>, { safetyPollMs, signal }: ReaderSettings) {
    this.#source = source;
    this.#claim = source.claim;
    this.#samples = source.run;
    this.#codec = source.codec;
    this.#safetyPollMs = safetyPollMs;
    this.#signal = signal;
    this.#claim.onClose = () => this.#end(undefined);
    signal?.addEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#end(abortReason(this.#signal));

  /** Bytes waiting, headers included; after a close, until then. */
  get available(): number {
    return this.#left ?? Number(this.#samples.available);
  }

  /** What became of the map's records so far; after a close, until then. */
  stats(): Stats {
    return this.#last ?? this.#source.stats();
  }

  /**
   * Hands the records that are there now to `handler`, decoded; at most `max`. The number handed out.
   *
   * Their room is the producer's again as they are handed out: after each of the first ones, and in a long drain when a
   * sixteenth of what it passed is held back, 64 KiB or an eighth of the ring at most.
   * @throws RingBufError EBUSY, ERR_RINGBUF_CLOSED; CorruptRingError; DecodeError as the policy says; what `handler` throws.
   */
  consume(handler: RecordHandler<Out>, options: { readonly max?: number | undefined } = {}): number {
    const max = atMost(options);
    callable(handler, "the handler");
    this.#enter();
    try {
      return this.#drain(handler, max);
    } finally {
      this.#leave();
    }
  }

  /**
   * The same by a view that moves over the map's own bytes. It is dead when this returns: copy what is to be kept.
   */
  consumeViews(handler: RecordHandler<View>, options: { readonly max?: number | undefined } = {}): number {
    const max = atMost(options);
    callable(handler, "the handler");
    this.#enter();
    try {
      const view = viewOf(this.#codec);
      return this.#run(max, (lease) => this.#source.consumeViews(lease, view, handler));
    } finally {
      this.#leave();
    }
  }

  /**
   * The records that are there now in columns: batches of at most 8192 records, handed out one by one, until there is no
   * record left, `max` were handed out or `handler` gives `false`. The number of records handed out.
   *
   * The position is published behind the last record of a batch when its handler returns. A record that ends the drain comes
   * behind the batch of those before it.
   * @throws UnsupportedError for a codec that was generated without columns; what `consume` throws.
   */
  consumeColumns(handler: RecordHandler<Columns>, options: ColumnOptions = {}): number {
    const max = atMost(options);
    callable(handler, "the handler");
    const filler = fillerOf(this.#codec, choice(options.reuse, "reuse") ?? false);
    this.#enter();
    try {
      const samples = this.#samples;
      const before = samples.delivered;
      const count = (): number => samples.delivered - before;
      samples.look();
      for (let more = true; more && count() < max; ) {
        more = this.#fill(filler, Math.min(usualRows, max - count()));
        if (filler.length === 0) break;
        if (handler(filler.take()) === false) more = false;
        // user code ran, which may have closed the reader
        if (!this.#open) throw this.#closed;
        samples.commit();
      }
      return count();
    } finally {
      this.#leave();
    }
  }

  /**
   * As `ring_buffer__poll`: waits once for a wake-up, then drains. Records that are there already are handed out without
   * a wait, whether they came with a wake-up or not. The number handed out; 0 at the timeout, or if the wake-up was for
   * busy or discarded records only.
   */
  async poll(handler: RecordHandler<Out>, options: PollOptions = {}): Promise<number> {
    const { timeoutMs, signal } = object(options, "options");
    callable(handler, "the handler");
    unaborted(signal);
    const deadline = new Deadline(this.#claim, timeoutMs);
    this.#enter();
    try {
      for (;;) {
        const count = this.#look(handler, deadline);
        if (count >= 0) return count;
        await deadline.wait(signal, this.#source.heldMs);
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
    this.#enter();
    try {
      for (;;) {
        const count = this.#look(handler, deadline);
        if (count >= 0) return count;
        deadline.waitSync(this.#source.heldMs);
        this.#check();
      }
    } finally {
      this.#leave();
    }
  }

  /** Decoded copies, for ever, and none of a reader that is closed; `break` ends the iterator only, and the next record is the first one not yielded. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Out> {
    return this.#iterate(() => this.#shift(), {});
  }

  /** Arrays of decoded copies, each with what is there, at most `max` (1024 unless told). */
  batches(
    options: { readonly max?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterableIterator<Out[]> {
    const max = atMost(options, 1, 1024);
    const { signal } = options;
    return this.#iterate(() => this.#batch(max), { signal });
  }

  /**
   * The records in columns, for ever: batches with what is there, at most `max` records each (8192 unless told).
   * @throws UnsupportedError for a codec that was generated without columns.
   */
  columns(options: ColumnOptions & { readonly signal?: AbortSignal | undefined } = {}): AsyncIterableIterator<Columns> {
    const max = atMost(options, 1, usualRows);
    const { signal, reuse } = options;
    const filler = fillerOf(this.#codec, choice(reuse, "reuse") ?? false);
    return this.#iterate(() => this.#shiftColumns(filler, max), { signal });
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
      // nothing is read ahead: a record in a stream's queue would count as handed out
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

  /** Ends what is pending and gives the map back. Again: nothing. */
  close(): void {
    if (!this.#open) return;
    this.#end(undefined);
    this.#claim.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /**
   * Does nothing while the reader can read.
   * @throws what reading fails with from now on: the reader is closed, or its map corrupt.
   */
  protected assertOpen(): void {
    this.#check();
  }

  /** One turn of a poll: what it returns, or −1 to wait. */
  #look(handler: RecordHandler<Out>, deadline: Deadline): number {
    const samples = this.#samples;
    for (;;) {
      const before = samples.position;
      const count = this.#drain(handler, Number.POSITIVE_INFINITY);
      if (count > 0 || deadline.passed) return count;
      const moved = samples.position !== before;
      if (deadline.waited && (moved || samples.available > 0) && !this.#holds) return 0;
      // after a position was published, only one more look makes sure of the next wake-up
      if (!moved) return -1;
    }
  }

  /** Whether records wait for their time, not for a wake-up. */
  get #holds(): boolean {
    return this.#source.heldMs < Number.POSITIVE_INFINITY;
  }

  #drain(handler: RecordHandler<Out>, max: number): number {
    return this.#run(max, (lease) => this.#source.consume(lease, handler));
  }

  /**
   * Drains what is there by `loop`; the number handed out. The position is published after every so many bytes as may be
   * held back, and what the loop throws leaves the last one to `#leave`.
   */
  #run(max: number, loop: (lease: Lease) => void): number {
    const samples = this.#samples;
    const before = samples.delivered;
    samples.look();
    samples.begin(max, this.#source.heldBytes);
    const lease = samples.lend();
    try {
      loop(lease);
    } finally {
      // every cursor that was led to this lease is dead
      lease.view = null;
    }
    // user code ran, which may have closed the reader
    if (!this.#open) throw this.#closed;
    samples.commit();
    return samples.delivered - before;
  }

  #iterate<Item>(take: () => Item | typeof skipped, options: IterationOptions): AsyncIterableIterator<Item> {
    return new Iteration({
      signal: options.signal,
      sleep: (signal) => this.#claim.wait({ timeoutMs: Math.min(this.#safetyPollMs, this.#source.heldMs), signal }),
      begin: () => this.#enter(),
      end: () => this.#leave(),
      take,
      ended: () => this.#ended(),
    });
  }

  /** The next record, handed out. */
  #shift(): Out | typeof skipped {
    const source = this.#source;
    while (source.advance()) {
      const record = source.decode();
      this.#check();
      if (record === skipped) continue;
      this.#samples.commit();
      return record;
    }
    return skipped;
  }

  #batch(max: number): Out[] | typeof skipped {
    const batch: Out[] = [];
    const source = this.#source;
    // the batch before ended where it was full
    this.#samples.begin();
    while (batch.length < max && source.advance()) {
      // the one that it moved to comes by the loop, with those behind it
      source.putBack();
      this.#samples.begin(max - batch.length);
      try {
        source.consume(source.lease, (record) => {
          batch.push(record);
        });
        this.#check();
      } catch (error) {
        if (batch.length === 0 || !this.#open) throw error;
        // the records before it come first, then it comes again, as a corrupt ring fails again by itself
        if (source.failedBy(error)) source.putFailureBack();
        else if (this.#samples.failure === undefined) throw error;
        break;
      }
    }
    if (this.#open) this.#samples.commit();
    return batch.length > 0 ? batch : skipped;
  }

  /** The next batch of columns, handed out. */
  #shiftColumns(filler: BatchFiller<Columns>, max: number): Columns | typeof skipped {
    const source = this.#source;
    // the batch before ended where it was full
    this.#samples.begin();
    while (filler.length === 0 && source.advance()) {
      // the one that it moved to comes by the loop, with those behind it
      source.putBack();
      this.#fill(filler, max);
    }
    if (this.#open) this.#samples.commit();
    return filler.length > 0 ? filler.take() : skipped;
  }

  /**
   * Fills a batch with what is there, up to `rows` records; whether there may be more, and be it an error. What ends a drain
   * behind records comes behind their batch: it is put back, and ends the next one.
   */
  #fill(filler: BatchFiller<Columns>, rows: number): boolean {
    const samples = this.#samples;
    const source = this.#source;
    samples.begin(rows);
    // no sample is shorter than the shortest record, and none begins behind what was looked at
    const most = Math.ceil(Number(samples.available) / footprint(this.#codec.minByteLength));
    try {
      filler.fill(samples, source.lease, rows, most);
      if (!this.#open) throw this.#closed;
      return filler.full || filler.length === rows;
    } catch (error) {
      if (filler.length === 0 || !this.#open) throw error;
      // as a corrupt ring fails again by itself
      if (source.failedBy(error)) source.putFailureBack();
      else if (samples.failure === undefined) throw error;
      return true;
    }
  }

  #enter(): void {
    this.#check();
    if (this.#busy) {
      throw new RingBufError(`${this.#source.map.name} is being read`, {
        code: "EBUSY",
        syscall: this.#source.syscall,
      });
    }
    this.#busy = true;
    this.#samples.begin();
  }

  #leave(): void {
    this.#busy = false;
    if (this.#open) this.#samples.commit();
  }

  #check(): void {
    if (!this.#open) throw this.#closed;
    if (this.#samples.failure !== undefined) throw this.#samples.failure;
  }

  /** For iteration: false while the reader is open, true once it was closed; throws what it was ended with. */
  #ended(): boolean {
    if (!this.#open && !this.#aborted) return true;
    this.#check();
    return false;
  }

  /** The memory is still there: the last position and the statistics are taken now. */
  #end(reason: unknown): void {
    if (!this.#open) return;
    this.#samples.commit();
    this.#last = this.#source.stats();
    this.#left = Number(this.#samples.available);
    this.#samples.halt();
    this.#open = false;
    this.#aborted = reason !== undefined;
    this.#closed =
      reason ?? new RingBufError(`the reader of ${this.#source.map.name} is closed`, { code: "ERR_RINGBUF_CLOSED" });
    this.#signal?.removeEventListener("abort", this.#onAbort);
    if (this.#aborted) this.#claim.release();
  }
}

function atMost(
  options: { readonly max?: number | undefined },
  least = 0,
  unlessTold = Number.POSITIVE_INFINITY,
): number {
  const { max } = object(options, "options");
  return max === undefined ? unlessTold : wholeNumber(max, "max", least);
}
