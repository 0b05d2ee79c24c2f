import { CorruptRingError } from "../errors.ts";
import { type Gather, gatherBy } from "./gathering.ts";
import { discardBit, footprint, headerBytes, lengthMask, lowOf, PositionCell } from "./header.ts";
import { Lease, type TakenLease } from "./lease.ts";
import type { RingMemory } from "./memory.ts";

const overwritePosition = 16;

/** Most records that statistics count: a few milliseconds. */
const mostCounted = 65_536;

/** Which samples are records. */
export interface SampleJudge {
  /** Lengths, in bytes, that every sample of the record has. */
  readonly least: number;
  readonly most: number;
  /**
   * Whether a sample of another length is handed out.
   * @throws what ends the drain.
   */
  odd(lease: Lease): boolean;
  /**
   * A sample did not decode, for the reason `error`.
   * @throws what ends the drain.
   */
  failed(error: unknown, lease: Lease): void;
}

/** Samples one behind the other, as they are in the ring: `byteLength` bytes at `offset` of its data, headers and padding too. */
export interface RingRun {
  /** Where the sample begins in the ring's memory, bytes. */
  offset: number;
  /** How long the sample is, bytes. */
  byteLength: number;
  /** Bytes of the samples alone. */
  payload: number;
  /** Where the header of the last one is, from `offset` on. */
  last: number;
}

/** Hands everything out. */
const anySample: SampleJudge = {
  least: 0,
  most: lengthMask,
  odd: () => true,
  failed: (error) => {
    throw error;
  },
};

/**
 * User side of a `BPF_MAP_TYPE_RINGBUF`, after `ringbuf_process_ring` of libbpf's src/ringbuf.c.
 *
 * A drain is `look`, then `next` until it is false, then `commit`. A sleep must be preceded by a `commit` that
 * published nothing, a `next` that found nothing and a `look` that saw nothing new, in this order: the producer wakes a
 * reader only if it finds the published position at its own record.
 */
export class RingConsumer {
  readonly #size: number;
  readonly #mask: number;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #acquire: RingMemory["acquire"];
  readonly #sameHeaders: RingMemory["alike"];
  readonly #judge: SampleJudge;
  readonly #least: number;
  readonly #most: number;
  readonly #consumer: PositionCell;
  readonly #producer: PositionCell;
  readonly #overwrite: PositionCell | undefined;
  /** Position when this consumer began. */
  readonly start: bigint;
  /** Producer position last seen, and the data offset that it stands for. */
  #seen: bigint;
  #end: number;
  /**
   * Bytes to go to `#seen`: all that a record changes. The position, its offset and what is unpublished follow from it,
   * by the bytes that were to go when the position was last published, where the headers that are acquired end, and where
   * those that are known to be like the first one of them do.
   */
  #left = 0;
  #published = 0;
  #acquired = 0;
  #alike = 0;
  /** Most bytes that are passed before the position is published, what was to go when the drain began, and the number of records after which it ends. */
  #batch = Number.POSITIVE_INFINITY;
  #begun = 0;
  #stopAt = Number.POSITIVE_INFINITY;

  /** The lease that was moved last, and its offset when `#left` and `#passed` were true: every stride of it is a sample more. */
  #lease = new Lease(null);
  #from = 0;
  #passed = 0;
  /** Discarded records passed so far, and their bytes with headers. */
  discarded = 0;
  /** Bytes of records that the producer gave up, headers included. */
  discardedBytes = 0;
  /** Bytes that the kernel side overwrote before they were read (overwrite mode only). */
  overwrittenBytes = 0;
  /** Most bytes seen waiting at a look. */
  highWaterBytes = 0;
  /** Why this consumer stopped for good. */
  failure: CorruptRingError | undefined;
  /** Fills rows from the lease that `next` moved. Absent where the backend gathers nothing. */
  readonly gather: Gather | undefined;

  /** @param overwrite whether the map has `BPF_F_RB_OVERWRITE`: samples are then copied out before they are trusted. */
  constructor(memory: RingMemory, overwrite = false, judge: SampleJudge = anySample) {
    this.#judge = judge;
    this.#least = judge.least;
    this.#most = Math.min(judge.most, lengthMask);
    const { size, data, consumer, producer } = memory;
    this.#size = size;
    this.#mask = size - 1;
    this.#words = new Int32Array(data.buffer, data.byteOffset, size / 4);
    this.#bytes = new Uint8Array(data.buffer, data.byteOffset, 2 * size);
    this.#view = new DataView(data.buffer, data.byteOffset, 2 * size);
    this.#acquire = memory.acquire;
    this.#sameHeaders = memory.alike;
    const { gather } = memory;
    this.gather = gather === undefined ? undefined : gatherBy(gather);
    this.#consumer = new PositionCell(consumer);
    this.#producer = new PositionCell(producer);
    this.#overwrite = overwrite ? new PositionCell(producer, overwritePosition) : undefined;
    this.start = this.#consumer.load();
    this.#seen = this.start;
    this.#end = lowOf(this.start);
  }

  /** Samples handed out so far. */
  get delivered(): number {
    this.#settle();
    return this.#passed;
  }

  /** Position after the last record that `next` passed. */
  get position(): bigint {
    this.#settle();
    return this.#seen - BigInt(this.#left);
  }

  /** Producer position as it is now. */
  get producerPosition(): bigint {
    return this.#producer.load();
  }

  /** Bytes between the position and the producer position as it is now, busy and discarded records too. */
  get available(): bigint {
    const begin = this.#begin();
    return BigInt.asUintN(64, this.#producer.load() - begin);
  }

  /** Where the first record is that there still is: later than the position where the kernel side overwrote. */
  #begin(): bigint {
    const over = this.#overwrite?.load() ?? 0n;
    const { position } = this;
    return over > position ? over : position;
  }

  /** A lease of this ring's memory, for `next` to move. */
  lend(): Lease {
    return new Lease(this.#view);
  }

  /**
   * Loads the producer position; true if there is more than at the last look.
   * @throws CorruptRingError where no kernel can have put it.
   */
  look(): boolean {
    // pairs with the producer's store-release at reserve
    const producer = this.#producer.load();
    if (producer === this.#seen) return false;
    const { position } = this;
    const fail = (what: string): never => this.#fail(position, `producer position ${producer} is ${what}`);
    if (((producer | position) & 7n) !== 0n) fail("not aligned");
    if (producer < position) fail("behind");
    const begin = this.#begin();
    const left = Number(producer - begin);
    if (left > this.#size && !this.#overwrite) fail(`more than ${this.#size} bytes ahead`);
    this.#goOn(begin, producer);
    if (left > this.highWaterBytes) this.highWaterBytes = left;
    return true;
  }

  /** Begins a drain of at most `max` samples, which publishes the position after `batch` bytes at the latest, or never. */
  begin(max: number = Number.POSITIVE_INFINITY, batch: number = Number.POSITIVE_INFINITY): void {
    this.#pauseLease();
    this.#begun = this.#left;
    this.#stopAt = this.#passed + max;
    this.#batch = batch;
  }

  /** Ends the drain: there is no next sample, and the memory is not touched any more. */
  halt(): void {
    this.#pauseLease();
    this.#stopAt = -1;
  }

  /** Moves `lease` to the next sample; false at the end of the drain, at a busy record, or where the last look ended. */
  next(lease: Lease): lease is TakenLease {
    return lease.moveTo(lease.offset + lease.stride) || this.#seek(lease);
  }

  /** Counts the samples that the lease was moved over since it was led to one. */
  #settle(): void {
    const { offset, stride } = this.#lease;
    const bytes = offset - this.#from;
    if (bytes === 0) return;
    this.#from = offset;
    this.#left -= bytes;
    this.#passed += bytes / stride;
  }

  /** The same, and before it moves on there is something to ask. */
  #pauseLease(): void {
    this.#settle();
    this.#lease.last = 0;
  }

  /**
   * Takes the samples that lie one behind the other from the position on, and moves `run` over them and their headers as
   * they are in the ring. It is for who copies samples whole: neither `begin` nor a judge has a say.
   * @param limit bytes of the ring that they may take, headers too.
   * @param longest sample that may be among them, bytes.
   * @returns their number; 0 where `next` has something to ask first, and in overwrite mode.
   */
  nextRun(run: RingRun, limit: number, longest: number): number {
    if (this.#overwrite !== undefined) return 0;
    this.#pauseLease();
    const words = this.#words;
    const begin = this.#left;
    const start = (this.#end - begin) & this.#mask;
    // a sample may cross the end of the ring, but none begins behind it
    const floor = Math.max(0, begin - limit);
    const wrap = begin - (this.#size - start);
    const most = Math.min(longest, lengthMask);
    const alone = this.#acquire === undefined;
    let left = begin;
    let last = begin;
    let payload = 0;
    let count = 0;
    while (left > floor && left > wrap) {
      const at = (start + begin - left) >>> 2;
      let header: number;
      if (left > this.#acquired) header = words[at]!;
      // a backend that acquires no runs: one by one, with nothing to remember
      else if (alone) header = Atomics.load(words, at);
      else header = this.#header(at << 2, left);
      // busy, discarded, or too long
      if (header < 0 || header > most) break;
      const rest = left - footprint(header);
      if (rest < floor) break;
      last = left;
      left = rest;
      payload += header;
      count += 1;
    }
    this.#left = left;
    this.#passed += count;
    run.offset = start;
    run.byteLength = begin - left;
    run.payload = payload;
    run.last = begin - last;
    return count;
  }

  /**
   * The sample that `next` handed out last did not decode.
   * @throws what ends the drain.
   */
  failed(error: unknown, lease: Lease): void {
    this.#passed -= 1;
    this.#judge.failed(error, lease);
  }

  /**
   * What `next` does where more than a header is to be looked at: passes discarded records and samples that are none of the
   * record's, and acquires headers. Where the kernel side may overwrite what is being read, samples are copied out, and
   * nothing is true until the overwrite position agrees.
   *
   * One function, which is more than an engine inlines: the room that it has for that is the loop's over the records.
   * @throws CorruptRingError for a record that reaches beyond the producer position.
   */
  #seek(lease: Lease): boolean {
    this.#pauseLease();
    if (this.#published - this.#left >= this.#mayHold(this.#left) && this.#passed < this.#stopAt) this.commit();
    const overwrites = this.#overwrite !== undefined;
    for (let left = this.#left; left > 0 && this.#passed < this.#stopAt; left = this.#left) {
      const at = (this.#end - left) & this.#mask;
      // plain where the header was acquired before: what is committed stays until the position passes it
      const header = left > this.#acquired ? this.#words[at >>> 2]! : this.#header(at, left);
      const byteLength = header & lengthMask;
      const step = footprint(byteLength);
      let offset = at + headerBytes;
      if (overwrites) {
        const readable = header >= 0 && step <= this.#size;
        const copy = readable ? this.#bytes.slice(offset, offset + byteLength) : undefined;
        const begin = this.#begin();
        if (begin > this.position) {
          let seen = this.#seen;
          if (begin > seen) seen = begin;
          this.#goOn(begin, seen);
          continue;
        }
        this.#acquired = left;
        if (copy !== undefined) lease.view = new DataView(copy.buffer);
        offset = 0;
      }
      if (header < 0) return false;
      if (step > left) {
        this.#fail(this.position, `a record of ${byteLength} bytes reaches beyond the producer position`);
      }
      this.#left = left - step;
      if ((header & discardBit) === 0) {
        this.#lease = lease;
        this.#from = lease.offset = offset;
        lease.byteLength = byteLength;
        lease.stride = step;
        lease.words = this.#words;
        lease.first = byteLength;
        lease.last = 0;
        if (byteLength < this.#least || byteLength > this.#most) {
          if (!this.#judge.odd(lease)) continue;
          this.#passed += 1;
          return true;
        }
        this.#passed += 1;
        if (overwrites) return true;
        // others begin where headers are acquired, the position need not be published, and the ring does not end, and they
        // end where the last look did
        lease.alike = left > this.#alike;
        const known = lease.alike ? this.#alike : this.#acquired;
        const room = Math.min(left - known, this.#mayHold(left - step) - (this.#published - left), this.#size - at);
        lease.last = at + Math.min(room, left - step + headerBytes, (this.#stopAt - this.#passed) * step + headerBytes);
        return true;
      }
      this.discarded += 1;
      this.discardedBytes += step;
    }
    return false;
  }

  /**
   * Bytes that the drain may have passed and not published when `left` are to go: what a sixteenth of all that it passed
   * is. Few records are each given back at once, as ring_buffer__consume does; where they are many, a store for each would
   * cost as much as they do.
   */
  #mayHold(left: number): number {
    const batch = this.#batch;
    return batch === Number.POSITIVE_INFINITY ? batch : Math.min(batch, Math.max(0, this.#begun - left) >>> 4);
  }

  /** Acquires the header at `at`, and those behind it where the backend does so at once. */
  #header(at: number, left: number): number {
    const run = this.#acquire?.(at, Math.min(left, this.#size - at)) ?? 0;
    this.#acquired = left - run;
    this.#alike = run > 0 ? left - (this.#sameHeaders?.() ?? 0) : left;
    // load-acquire: pairs with the exchange of the header at commit, so that the payload is seen with it
    return Atomics.load(this.#words, at >>> 2);
  }

  /** Takes the last `next` back, so that its sample of `byteLength` bytes comes again; `failed` ones were not delivered. */
  back(byteLength: number, failed = false): void {
    this.#pauseLease();
    this.#left += footprint(byteLength);
    // it may be one before those that are known
    this.#alike = this.#left;
    if (!failed) this.#passed -= 1;
  }

  /** Publishes the position after the last record passed; false if it was published already. */
  commit(): boolean {
    this.#pauseLease();
    const step = this.unpublished;
    if (step === 0) return false;
    // store-release: pairs with the producer's load-acquire before it reserves, and when it decides on a wake-up
    this.#consumer.add(step);
    this.#published = this.#left;
    return true;
  }

  /** Bytes passed and not yet published. */
  get unpublished(): number {
    this.#settle();
    return this.#published - this.#left;
  }

  /**
   * What lies from the position to the producer position, busy and discarded records too. Records are counted by a walk:
   * undefined where they are more than 65 536, which would take long.
   */
  remaining(): { readonly records: number | undefined; readonly bytes: number } {
    // one load for both figures: the producer goes on
    const producer = this.#producer.load();
    const begin = this.#begin();
    const bytes = Number(BigInt.asUintN(64, producer - begin));
    let records = 0;
    if (bytes <= this.#size && this.failure === undefined) {
      let at = lowOf(begin) & this.#mask;
      let acquired = 0;
      for (let left = bytes; left > 0; records += 1) {
        if (records === mostCounted) return { records: undefined, bytes };
        if (acquired <= 0) acquired = this.#acquire?.(at, Math.min(left, this.#size - at)) ?? 0;
        const step = footprint(Atomics.load(this.#words, at >>> 2) & lengthMask);
        acquired -= step;
        left -= step;
        at = (at + step) & this.#mask;
      }
    }
    return { records, bytes };
  }

  /** Reads on at `position`, up to `seen`. What was passed is published first; what lies before `position` is lost. */
  #goOn(position: bigint, seen: bigint): void {
    this.commit();
    const lost = position - this.position;
    if (lost > 0n) {
      this.overwrittenBytes += Number(lost);
      this.#consumer.store(position);
    }
    this.#seen = seen;
    this.#end = lowOf(seen) & this.#mask;
    this.#left = this.#published = this.#acquired = this.#alike = this.#begun = Number(seen - position);
  }

  #fail(position: bigint, detail: string): never {
    this.failure = new CorruptRingError(position, detail);
    throw this.failure;
  }
}
