import { discardAbandoned } from "./abandoned-samples.ts";
import type { UserRingBufMap } from "./backend.ts";
import { claimFor } from "./backend.ts";
import { encoder, writerOf } from "./checked-codec.ts";
import { shown } from "./checked-number.ts";
import { choice, object, unaborted } from "./checked-object.ts";
import type { Attachable, RecordCodec, RecordLoops } from "./codec.ts";
import { attachView } from "./codec.ts";
import { invalid, RingBufError } from "./errors.ts";
import { loopsOf } from "./record-loops.ts";
import { noSpace, RingProducer, tooBig } from "./ring/producer.ts";
import type { RingClaim } from "./ring-claim.ts";
import { RoomQueue } from "./room-queue.ts";
import { EncodeSink } from "./sample-sink.ts";
import { Deadline } from "./waiting.ts";

/** How long a write may wait for room. */
export interface BlockingOptions {
  /** Milliseconds; −1 for ever, 0 one try; other negatives are EINVAL. */
  readonly timeoutMs: number;
  /** Ends the wait, which then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** As {@link BlockingOptions}, for a sample of `byteLength` bytes (the record's size unless told). */
export interface ReserveOptions extends BlockingOptions {
  /** Bytes to reserve; the record's size unless told. */
  readonly byteLength?: number | undefined;
}

/** How a writer begins. */
export interface UserRingBufWriterOptions {
  /**
   * Discards the samples that a writer left reserved which ended without a submit, as by a kill: every drain stops at
   * such a sample, whatever is behind it. Whoever tells it has to know that no other process writes to the map.
   */
  readonly discardAbandoned?: boolean | undefined;
}

/** A reserved sample. Left alone at the end of its `using` block, it is discarded. */
export interface UserSample<Writer> extends Disposable {
  /** Setters over the sample's bytes, zeroed at the reservation; dead (throws) once the sample has ended. */
  readonly view: Writer;
  /** Bytes that were reserved. */
  readonly byteLength: number;
  /**
   * Hands the sample to the kernel side, which sees it when a BPF program drains.
   * @throws RingBufError EINVAL if it has ended.
   */
  submit(): void;
  /**
   * Gives the space up; the kernel side passes over it.
   * @throws RingBufError EINVAL if it has ended.
   */
  discard(): void;
}

const reserveCall = "user_ring_buffer__reserve";

/**
 * Produces into a `BPF_MAP_TYPE_USER_RINGBUF`, exactly as libbpf's `user_ring_buffer__reserve`, `…__reserve_blocking`,
 * `…__submit` and `…__discard`: one writer per map. Several samples may be open and end in any order; the kernel side
 * drains in the order of their reservations.
 */
export class UserRingBufWriter<In, Writer = unknown> {
  readonly #map: UserRingBufMap;
  readonly #claim: RingClaim;
  readonly #ring: RingProducer;
  readonly #codec: RecordCodec<unknown, In, unknown, Writer>;
  readonly #loops: RecordLoops<unknown, In, unknown>;
  readonly #sink: EncodeSink<In>;
  /** Length that the last reservation found no room for; −1 if it found some. */
  #refused = -1;
  /** Those that have not ended. */
  readonly #samples: Set<UserSample<Writer>> = new Set();
  #open = true;
  readonly #queue: RoomQueue;

  /** Samples that were discarded at the beginning, by {@link UserRingBufWriterOptions.discardAbandoned}. */
  readonly abandoned: number;

  /**
   * @throws RingBufError EBUSY if the map is claimed, EINVAL if it is of another kind or byte order; CorruptRingError for
   * headers that no writer puts there, where they are looked at.
   */
  constructor(
    map: UserRingBufMap,
    codec: RecordCodec<unknown, In, unknown, Writer>,
    options: UserRingBufWriterOptions = {},
  ) {
    const discard = choice(object(options, "options").discardAbandoned, "discardAbandoned");
    encoder(codec);
    this.#map = map;
    this.#codec = codec;
    this.#claim = claimFor(map, "user_ringbuf", codec);
    this.#ring = new RingProducer(this.#claim.memory);
    this.#loops = loopsOf(codec);
    this.#sink = this.#makeSink();
    this.#queue = new RoomQueue(this.#claim);
    try {
      this.abandoned = discard ? discardAbandoned(this.#claim.memory) : 0;
    } catch (error) {
      this.#claim.release();
      throw error;
    }
    this.#claim.onClose = () => this.#end();
  }

  /** Bytes that the kernel side has not drained yet, headers included. */
  get pending(): number {
    const { producer, consumer } = this.positions;
    return Number(producer - consumer);
  }

  /** Producer and consumer position, bytes since the ring was made. */
  get positions(): { readonly producer: bigint; readonly consumer: bigint } {
    this.#check();
    return { producer: this.#ring.position, consumer: this.#ring.consumerPosition };
  }

  /**
   * Encodes `value` into the ring, where the kernel side sees it when a BPF program drains.
   *
   * @example
   * ```ts
   * const writer = new UserRingBufWriter(object.userRingBuf(maps.commands), command);
   * writer.write({ kind: "pause", value: 0 }); // what is left out is 0
   * if (!writer.tryWrite({ kind: "resume" })) await writer.writeBlocking({ kind: "resume" }, { timeoutMs: 100 });
   * ```
   * @throws RingBufError ENOSPC if there is no room now, E2BIG if there can never be.
   * @throws EncodeError for a value that does not fit the record.
   */
  write(value: In): void {
    const byteLength = this.#codec.byteLengthOf(value);
    if (!this.#put(value, byteLength)) throw this.#noRoom(byteLength);
  }

  /** `write` that gives false where there is no room now; all else throws. */
  tryWrite(value: In): boolean {
    return this.#put(value, this.#codec.byteLengthOf(value));
  }

  /**
   * Writes every one of `values`, in order, and publishes them together.
   * @throws as `write`; what came before the value that failed is written, and can be drained.
   */
  writeAll(values: Iterable<In>): void {
    this.#run(values);
    if (this.#refused >= 0) throw this.#noRoom(this.#refused);
  }

  /** `writeAll` that stops where there is no room now; how many went in. */
  tryWriteAll(values: Iterable<In>): number {
    return this.#run(values);
  }

  /**
   * `write` that waits for room.
   * @throws RingBufError ENOSPC after the time, E2BIG at once; the signal's reason.
   */
  async writeBlocking(value: In, options: BlockingOptions): Promise<void> {
    object(options, "options");
    const byteLength = this.#codec.byteLengthOf(value);
    await this.#wait(options, () => this.#put(value, byteLength) || undefined, byteLength);
  }

  /**
   * Reserves `byteLength` bytes (the record's size unless told).
   * @throws RingBufError ENOSPC, E2BIG; EINVAL for fewer than the record's least.
   */
  reserve(byteLength: number = this.#codec.size): UserSample<Writer> {
    const view = writerOf(this.#codec);
    return this.#sample(view, this.#reserve(byteLength), byteLength);
  }

  /**
   * `reserve` that gives null where there is no room now.
   * @throws RingBufError E2BIG.
   */
  tryReserve(byteLength: number = this.#codec.size): UserSample<Writer> | null {
    const view = writerOf(this.#codec);
    const offset = this.#tryReserve(byteLength);
    return offset === noSpace ? null : this.#sample(view, offset, byteLength);
  }

  /**
   * `reserve` that waits for room; waiters are served in order.
   * @throws RingBufError ENOSPC, E2BIG, EINVAL; the signal's reason.
   */
  async reserveBlocking(options: ReserveOptions): Promise<UserSample<Writer>> {
    const { byteLength = this.#codec.size } = object(options, "options");
    return this.#wait(options, () => this.tryReserve(byteLength) ?? undefined, byteLength);
  }

  /**
   * `reserveBlocking` on a thread that may block.
   * @throws UnsupportedError where none may.
   */
  reserveBlockingSync(options: Omit<ReserveOptions, "signal">): UserSample<Writer> {
    const { byteLength = this.#codec.size, timeoutMs } = object(options, "options");
    checkTimeout(timeoutMs);
    const deadline = Deadline.blocking(this.#claim, timeoutMs);
    const view = writerOf(this.#codec);
    for (;;) {
      const offset = this.#tryReserve(byteLength);
      if (offset !== noSpace) return this.#sample(view, offset, byteLength);
      if (deadline.passed) throw this.#noRoom(byteLength);
      deadline.waitSync();
      this.#check();
    }
  }

  /** Writes each chunk, waiting for room: back-pressure by the kernel side's drains. */
  toWritableStream(): WritableStream<In> {
    return new WritableStream<In>({ write: (value) => this.writeBlocking(value, { timeoutMs: -1 }) });
  }

  /** A pending wait keeps the process alive (the default). */
  ref(): void {
    this.#claim.ref();
  }

  /** A pending wait lets the process end. */
  unref(): void {
    this.#claim.unref();
  }

  /** Discards the samples that are open and gives the map back. Again: nothing. */
  close(): void {
    if (!this.#open) return;
    this.#end();
    this.#claim.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Writes one value; false where there is no room now. */
  #put(value: In, byteLength: number): boolean {
    const sink = this.#freeSink();
    const offset = sink.reserve(byteLength);
    if (offset < 0) return false;
    try {
      sink.submit(this.#codec.encode(value, sink.view, offset), false);
      return true;
    } catch (error) {
      throw sink.explain(error);
    } finally {
      this.#settle(sink);
    }
  }

  /** Writes values until there is no room now; how many. */
  #run(values: Iterable<In>): number {
    this.#check();
    if (typeof (values as Partial<Iterable<In>> | null | undefined)?.[Symbol.iterator] !== "function") {
      throw invalid(`values is ${shown(values)}: an iterable is taken`);
    }
    const sink = this.#freeSink();
    const before = sink.written;
    this.#refused = -1;
    try {
      this.#loops.write(sink, values);
    } catch (error) {
      throw sink.explain(error);
    } finally {
      this.#settle(sink);
    }
    return sink.written - before;
  }

  /** A sink that no value is on its way to: a value may be a getter that writes itself. */
  #freeSink(): EncodeSink<In> {
    return this.#sink.pending ? this.#makeSink() : this.#sink;
  }

  #makeSink(): EncodeSink<In> {
    return new EncodeSink(this.#codec, this.#ring, {
      take: (byteLength) => this.#tryReserve(byteLength, true),
      check: () => this.#check(),
    });
  }

  /** Gives up what was not submitted, and publishes what was. */
  #settle(sink: EncodeSink<In>): void {
    if (!this.#open) return;
    sink.abandon();
    this.#ring.publish();
  }

  /** `view` was made before the reservation: who makes it is the codec, which may have closed the map. */
  #sample(view: Writer & Attachable, offset: number, byteLength: number): UserSample<Writer> {
    const end = (discard: boolean): void => {
      if (!this.#samples.delete(sample)) throw invalid("the sample has ended");
      // dead before the kernel side may see it: a late write throws
      view[attachView](null, 0, 0);
      this.#ring.commit(offset, byteLength, discard);
    };
    const sample: UserSample<Writer> = {
      view,
      byteLength,
      submit: () => end(false),
      discard: () => end(true),
      [Symbol.dispose]: () => {
        if (this.#samples.has(sample)) end(true);
      },
    };
    this.#samples.add(sample);
    try {
      view[attachView](this.#ring.view, offset, byteLength);
      this.#check();
      return sample;
    } catch (error) {
      if (this.#samples.has(sample)) end(true);
      else view[attachView](null, 0, 0);
      throw error;
    }
  }

  #reserve(byteLength: number): number {
    const offset = this.#tryReserve(byteLength);
    if (offset === noSpace) throw this.#noRoom(byteLength);
    return offset;
  }

  /** Offset of the payload, or `noSpace`. */
  #tryReserve(byteLength: number, held = false): number {
    this.#check();
    // else what is written would not fit the record, and the record would be busy for ever
    const least = this.#codec.minByteLength;
    if (!(Number.isInteger(byteLength) && byteLength >= least)) {
      throw invalid(
        `byteLength is ${shown(byteLength)}: the shortest ${this.#codec.name} has ${least} bytes`,
        reserveCall,
      );
    }
    const offset = this.#ring.reserve(byteLength, held);
    if (offset === tooBig) throw this.#noRoom(byteLength, "E2BIG");
    this.#refused = offset < 0 ? byteLength : -1;
    return offset;
  }

  /** What `take` gives, once there is room for it: at once where there is some and nobody waits, else in turn. */
  #wait<T>({ timeoutMs, signal }: BlockingOptions, take: () => T | undefined, byteLength: number): Promise<T> {
    return new Promise((resolve, reject) => {
      checkTimeout(timeoutMs);
      const deadline = new Deadline(this.#claim, timeoutMs);
      unaborted(signal);
      this.#check();
      this.#queue.add({
        deadline,
        signal,
        attempt: () => {
          const taken = take();
          if (taken === undefined) return false;
          resolve(taken);
          return true;
        },
        expired: () => this.#noRoom(byteLength),
        failed: reject,
      });
    });
  }

  #noRoom(byteLength: number, code = "ENOSPC"): RingBufError {
    const { name, maxEntries } = this.#map;
    const message = `no room for ${byteLength} bytes in ${name}, which has ${maxEntries}`;
    return new RingBufError(message, { code, syscall: reserveCall });
  }

  #check(): void {
    if (!this.#open) throw this.#closedError();
  }

  #closedError(): RingBufError {
    return new RingBufError(`the writer of ${this.#map.name} is closed`, { code: "ERR_RINGBUF_CLOSED" });
  }

  /** The memory is still there: what is open is discarded now. */
  #end(): void {
    if (!this.#open) return;
    for (const sample of [...this.#samples]) sample.discard();
    this.#open = false;
    this.#queue.fail(this.#closedError());
  }
}

function checkTimeout(timeoutMs: number): void {
  if (typeof timeoutMs === "number" && (timeoutMs >= 0 || timeoutMs === -1)) return;
  const wanted = "-1 for ever, 0 for one try, or milliseconds";
  throw invalid(`timeoutMs is ${shown(timeoutMs)}: ${wanted}`, `${reserveCall}_blocking`);
}
