import { CorruptRingError } from "../errors.ts";
import { discardBit, footprint, headerBytes, lengthMask, lowOf, PositionCell } from "./header.ts";
import type { RingMemory } from "./memory.ts";

const overwritePosition = 16;

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
  readonly #consumer: PositionCell;
  readonly #producer: PositionCell;
  readonly #overwrite: PositionCell | undefined;
  readonly #whole: DataView;
  /** Position when this consumer began. */
  readonly start: bigint;
  /** Position that `#passed` counts from, and the producer position last seen, to which `#left` counts. */
  #base: bigint;
  #seen: bigint;
  /** Bytes passed since `#base`, how many of them are published, and bytes to go to `#seen`. */
  #passed = 0;
  #published = 0;
  #left = 0;
  /** Data offset of the next header. */
  #at: number;

  /** The sample that `next` found: `byteLength` bytes of `view` at `offset`. */
  view: DataView;
  offset = 0;
  byteLength = 0;
  /** Discarded records passed so far, and their bytes with headers. */
  discarded = 0;
  discardedBytes = 0;
  /** Bytes that the kernel side overwrote before they were read (overwrite mode only). */
  overwrittenBytes = 0;
  /** Most bytes seen waiting at a look. */
  highWaterBytes = 0;
  /** Why this consumer stopped for good. */
  failure: CorruptRingError | undefined;

  /** @param overwrite whether the map has `BPF_F_RB_OVERWRITE`: samples are then copied out before they are trusted. */
  constructor(memory: RingMemory, overwrite = false) {
    const { buffer, byteOffset } = memory.data;
    this.#size = memory.size;
    this.#mask = memory.size - 1;
    this.#words = new Int32Array(buffer, byteOffset, memory.size / 4);
    this.#bytes = new Uint8Array(buffer, byteOffset, 2 * memory.size);
    this.#whole = new DataView(buffer, byteOffset, 2 * memory.size);
    this.view = this.#whole;
    this.#consumer = new PositionCell(memory.consumer.buffer, memory.consumer.byteOffset);
    this.#producer = new PositionCell(memory.producer.buffer, memory.producer.byteOffset);
    this.#overwrite = overwrite
      ? new PositionCell(memory.producer.buffer, memory.producer.byteOffset + overwritePosition)
      : undefined;
    this.#consumer.loadWords();
    this.#base = this.#consumer.load();
    this.start = this.#base;
    this.#seen = this.#base;
    this.#at = lowOf(this.#base) & this.#mask;
  }

  /** Position after the last record that `next` passed. */
  get position(): bigint {
    return this.#base + BigInt(this.#passed);
  }

  /** Producer position as it is now. */
  get producerPosition(): bigint {
    return this.#producer.load();
  }

  /** Bytes between the position and the producer position as it is now, busy and discarded records too. */
  get available(): bigint {
    const over = this.#overwrite?.load() ?? 0n;
    const position = this.position;
    return BigInt.asUintN(64, this.#producer.load() - (over > position ? over : position));
  }

  /**
   * Loads the producer position; true if there is more than at the last look.
   * @throws CorruptRingError where no kernel can have put it.
   */
  look(): boolean {
    // pairs with the producer's store-release at reserve
    const producer = this.#producer.load();
    if (producer === this.#seen) return false;
    let position = this.position;
    if (((producer | position) & 7n) !== 0n) {
      this.#fail(position, `a position is not aligned to 8 (producer position ${producer})`);
    }
    if (producer < position) this.#fail(position, `producer position ${producer} is behind`);
    const over = this.#overwrite?.load() ?? 0n;
    if (over > position) {
      this.overwrittenBytes += Number(over - position);
      position = over;
    }
    const left = producer - position;
    if (left > BigInt(this.#size) && this.#overwrite === undefined) {
      this.#fail(position, `producer position ${producer} is more than ${this.#size} bytes ahead`);
    }
    this.#rebase(position);
    this.#seen = producer;
    this.#left = Number(left);
    if (this.#left > this.highWaterBytes) this.highWaterBytes = this.#left;
    return true;
  }

  /**
   * Passes discarded records, and moves to the next sample; false at a busy record or where the last look ended.
   * @throws CorruptRingError for a record that reaches beyond the producer position.
   */
  next(): boolean {
    if (this.#overwrite !== undefined) return this.#nextIntact(this.#overwrite);
    const mask = this.#mask;
    let at = this.#at;
    while (this.#left > 0) {
      // load-acquire: pairs with the exchange of the header at commit, so that the payload is seen with it
      const header = Atomics.load(this.#words, at >>> 2);
      if (header < 0) return false;
      const byteLength = header & lengthMask;
      const step = footprint(byteLength);
      if (step > this.#left) {
        this.#beyond(byteLength);
      }
      const offset = at + headerBytes;
      at = (at + step) & mask;
      this.#at = at;
      this.#left -= step;
      this.#passed += step;
      if ((header & discardBit) === 0) {
        this.offset = offset;
        this.byteLength = byteLength;
        return true;
      }
      this.discarded += 1;
      this.discardedBytes += step;
    }
    return false;
  }

  /** The same where the kernel side may overwrite what is being read: nothing is true until the overwrite position agrees. */
  #nextIntact(overwrite: PositionCell): boolean {
    while (this.#left > 0) {
      const position = this.position;
      const header = Atomics.load(this.#words, this.#at >>> 2);
      const byteLength = header & lengthMask;
      const step = footprint(byteLength);
      const readable = header >= 0 && step <= this.#left && step <= this.#size;
      const sample = readable && (header & discardBit) === 0;
      const copy = sample ? this.#bytes.slice(this.#at + headerBytes, this.#at + headerBytes + byteLength) : undefined;
      const over = overwrite.load();
      if (over > position) {
        const lost = Number(over - position);
        this.overwrittenBytes += lost;
        this.#rebase(over);
        this.#left = Math.max(0, this.#left - lost);
        continue;
      }
      if (header < 0) return false;
      if (!readable) {
        this.#beyond(byteLength);
      }
      this.#at = (this.#at + step) & this.#mask;
      this.#left -= step;
      this.#passed += step;
      if (copy !== undefined) {
        this.view = new DataView(copy.buffer);
        this.offset = 0;
        this.byteLength = byteLength;
        return true;
      }
      this.discarded += 1;
      this.discardedBytes += step;
    }
    return false;
  }

  /** Takes the last `next` back, so that the sample it found comes again. */
  back(): void {
    const step = footprint(this.byteLength);
    this.#at = (this.#at - step) & this.#mask;
    this.#left += step;
    this.#passed -= step;
  }

  /** Publishes the position after the last record passed; false if it was published already. */
  commit(): boolean {
    if (this.#passed === this.#published) return false;
    // store-release: pairs with the producer's load-acquire before it reserves, and when it decides on a wake-up
    this.#consumer.add(this.#passed - this.#published);
    this.#published = this.#passed;
    return true;
  }

  /** Bytes passed and not yet published. */
  get unpublished(): number {
    return this.#passed - this.#published;
  }

  /** What lies from the position to the producer position, busy and discarded records too; a walk, for statistics. */
  remaining(): { readonly records: number; readonly bytes: number } {
    // one load for both figures: the producer goes on
    const producer = this.#producer.load();
    const over = this.#overwrite?.load() ?? 0n;
    const position = over > this.position ? over : this.position;
    const bytes = Number(BigInt.asUintN(64, producer - position));
    let records = 0;
    if (bytes <= this.#size && this.failure === undefined) {
      let at = lowOf(position) & this.#mask;
      for (let left = bytes; left > 0; records += 1) {
        const step = footprint(Atomics.load(this.#words, at >>> 2) & lengthMask);
        left -= step;
        at = (at + step) & this.#mask;
      }
    }
    return { records, bytes };
  }

  #beyond(byteLength: number): never {
    return this.#fail(this.position, `a record of ${byteLength} bytes reaches beyond the producer position`);
  }

  #fail(position: bigint, detail: string): never {
    this.failure = new CorruptRingError(position, detail);
    throw this.failure;
  }

  /** Counts from `position` on; what was passed before it is published first. */
  #rebase(position: bigint): void {
    this.commit();
    if (position !== this.position) this.#consumer.store(position);
    this.#base = position;
    this.#passed = 0;
    this.#published = 0;
    this.#at = lowOf(position) & this.#mask;
  }
}
