import { busyBit, discardBit, footprint, headerBytes, lengthMask, PositionCell } from "./header.ts";
import type { RingMemory } from "./memory.ts";
import { noSpace, tooBig } from "./producer.ts";

/** The ring's lock is held by another thread for longer than a reservation waits. */
export const lockBusy = -16;

/** `BPF_RB_NO_WAKEUP` and `BPF_RB_FORCE_WAKEUP`. */
export const noWakeup = 1;
export const forceWakeup = 2;

const pendingPosition = 8;
const overwritePosition = 16;

/** What the kernel side of an emulated ring keeps beside the pages that user space maps. */
export interface KernelProducerOptions {
  /** Word of the lock, 0 when free, in memory that every producer shares. */
  readonly lock: { readonly words: Int32Array; readonly index: number };
  readonly pageSize: number;
  /** `BPF_F_RB_OVERWRITE`. */
  readonly overwrite: boolean;
  /** Tries to take the lock before a reservation gives up. */
  readonly spins: number;
  /** Two words beside the lock that count reservations, low first. */
  readonly records?: number;
}

/**
 * Kernel side of a `BPF_MAP_TYPE_RINGBUF`, after `__bpf_ringbuf_reserve` and `bpf_ringbuf_commit` of
 * kernel/bpf/ringbuf.c (6.18; overwrite mode as of 6.19). Any number of threads may hold one over the same memory.
 */
export class KernelProducer {
  readonly #size: number;
  readonly #mask: number;
  readonly #pageShift: number;
  readonly #spins: number;
  readonly #lock: Int32Array;
  readonly #lockIndex: number;
  readonly #records: number | undefined;
  readonly #words: Int32Array;
  readonly #copies: Uint8Array | undefined;
  readonly #consumer: PositionCell;
  readonly #producer: PositionCell;
  readonly #pending: PositionCell;
  readonly #overwrite: PositionCell | undefined;

  constructor(memory: RingMemory, options: KernelProducerOptions) {
    const { buffer, byteOffset } = memory.data;
    this.#size = memory.size;
    this.#mask = memory.size - 1;
    this.#pageShift = Math.log2(options.pageSize);
    this.#spins = options.spins;
    this.#lock = options.lock.words;
    this.#lockIndex = options.lock.index;
    this.#records = options.records;
    this.#words = new Int32Array(buffer, byteOffset, memory.size / 4);
    this.#copies = memory.aliased ? undefined : new Uint8Array(buffer, byteOffset, 2 * memory.size);
    const page = memory.producer;
    this.#consumer = new PositionCell(memory.consumer);
    this.#producer = new PositionCell(page);
    this.#pending = new PositionCell(page, pendingPosition);
    this.#overwrite = options.overwrite ? new PositionCell(page, overwritePosition) : undefined;
  }

  /** `BPF_RB_PROD_POS`, `BPF_RB_CONS_POS` and `BPF_RB_OVERWRITE_POS` (0 outside of overwrite mode). */
  positions(): { readonly producer: bigint; readonly consumer: bigint; readonly overwrite: bigint } {
    return {
      producer: this.#producer.load(),
      consumer: this.#consumer.load(),
      overwrite: this.#overwrite?.load() ?? 0n,
    };
  }

  /** Reserves a record: the offset of its payload in the data, or {@link tooBig}, {@link noSpace} or {@link lockBusy}. */
  reserve(byteLength: number): number {
    if (byteLength > lengthMask) return tooBig;
    const step = footprint(byteLength);
    if (step > this.#size) return tooBig;
    // load-acquire before the lock, as the kernel: pairs with the reader's store-release
    this.#consumer.loadWords();
    if (!this.#acquire()) return lockBusy;
    const at = this.#reserveLocked(byteLength, step);
    Atomics.store(this.#lock, this.#lockIndex, 0);
    if (at < 0) return at;
    const beyond = at + step - this.#size;
    if (beyond > 0) this.#copies?.copyWithin(this.#size, 0, beyond);
    return at + headerBytes;
  }

  /**
   * Ends the reservation of `byteLength` bytes at `offset`: whether the waiters are to be woken, by `flags` and, with
   * neither flag, if the reader has consumed all before this record.
   */
  commit(offset: number, byteLength: number, discard: boolean, flags: number): boolean {
    const at = offset - headerBytes;
    const beyond = at + footprint(byteLength) - this.#size;
    if (beyond > 0) this.#copies?.copyWithin(0, this.#size, this.#size + beyond);
    // full barrier: the payload is seen with the header, and the header before the consumer position is looked at
    Atomics.exchange(this.#words, at >>> 2, discard ? byteLength | discardBit : byteLength);
    if ((flags & forceWakeup) !== 0) return true;
    if ((flags & noWakeup) !== 0) return false;
    // load-acquire: pairs with the reader's last store before it looks again and sleeps
    return (this.#consumer.loadLow() & this.#mask) === at;
  }

  #reserveLocked(byteLength: number, step: number): number {
    const producer = this.#producer;
    producer.loadWords();
    const pending = this.#advancePending();
    const used = producer.minus(this.#consumer) + step;
    const overwrite = this.#overwrite;
    if (pending + step > this.#mask) return noSpace;
    if (overwrite !== undefined) this.#passOverwritten(overwrite, step);
    else if (used < 0 || used > this.#mask) return noSpace;
    const at = producer.low & this.#mask;
    Atomics.store(this.#words, at >>> 2, byteLength | busyBit);
    Atomics.store(this.#words, (at >>> 2) + 1, 3 + (at >>> this.#pageShift));
    if (this.#records !== undefined) this.#count(this.#records);
    // store-release: the header is there when the position says so
    producer.add(step);
    return at;
  }

  /** Moves the pending position over committed records, whatever comes of the reservation; bytes from it to the producer position. */
  #advancePending(): number {
    const pending = this.#pending;
    pending.loadWords();
    let left = this.#producer.minus(pending);
    let at = pending.low & this.#mask;
    const before = left;
    while (left > 0) {
      const header = Atomics.load(this.#words, at >>> 2);
      if (header < 0) break;
      const step = footprint(header & lengthMask);
      left -= step;
      at = (at + step) & this.#mask;
    }
    if (left !== before) pending.add(before - left);
    return left;
  }

  #count(index: number): void {
    const low = (this.#lock[index]! + 1) | 0;
    this.#lock[index] = low;
    if (low === 0) this.#lock[index + 1] = this.#lock[index + 1]! + 1;
  }

  /** Gives up the oldest records until `step` more bytes fit; stored before the producer position is. */
  #passOverwritten(overwrite: PositionCell, step: number): void {
    overwrite.loadWords();
    let kept = this.#producer.minus(overwrite) + step;
    let at = overwrite.low & this.#mask;
    const before = kept;
    while (kept > this.#mask) {
      const passed = footprint(Atomics.load(this.#words, at >>> 2) & lengthMask);
      kept -= passed;
      at = (at + passed) & this.#mask;
    }
    if (kept !== before) overwrite.add(before - kept);
  }

  #acquire(): boolean {
    for (let spin = 0; spin < this.#spins; spin += 1) {
      if (Atomics.compareExchange(this.#lock, this.#lockIndex, 0, 1) === 0) return true;
    }
    return false;
  }
}
