import { errno } from "../errors.ts";
import { busyBit, discardBit, footprint, headerBytes, lengthMask } from "./header.ts";
import { LockedPosition } from "./locked-position.ts";
import type { RingMemory } from "./memory.ts";
import { PositionWords } from "./position-words.ts";
import { noSpace, tooBig } from "./producer.ts";
import { RingLock } from "./ring-lock.ts";
import { BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP } from "./wakeup-flags.ts";

/** The ring's lock is held by another thread for longer than a reservation waits. */
export const lockBusy: number = errno.EBUSY;

/** What `output` returns if the waiters are to be woken. */
export const mustWake = 1;

const pendingPosition = 8;
const overwritePosition = 16;

/** Longest payload that is copied under the lock: others spin for it meanwhile. */
const longestUnderLock = 4096;

/** What the kernel side of an emulated ring keeps beside the pages that user space maps. */
export interface KernelProducerOptions {
  /** Two words of memory that every producer shares, as {@link RingLock} has them, 0 to begin with. */
  readonly lock: { readonly words: Int32Array; readonly index: number };
  /** Word beside the lock that changes when somebody gets hold of the consumer page, gives it back, or moves positions. */
  readonly claims?: number;
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
  readonly #lock: RingLock;
  readonly #records: number | undefined;
  readonly #words: Int32Array;
  readonly #data: Uint8Array;
  readonly #aliased: boolean;
  readonly #consumer: PositionWords;
  readonly #producer: LockedPosition;
  readonly #pending: LockedPosition;
  readonly #overwrite: LockedPosition | undefined;
  readonly #claims: number | undefined;
  /** What the word of the claims was when `#consumer` was read. */
  #claimed = -1;

  constructor(memory: RingMemory, options: KernelProducerOptions) {
    const { buffer, byteOffset } = memory.data;
    this.#size = memory.size;
    this.#mask = memory.size - 1;
    this.#pageShift = Math.log2(options.pageSize);
    this.#lock = new RingLock(options.lock, options.spins);
    this.#records = options.records;
    this.#claims = options.claims;
    this.#words = new Int32Array(buffer, byteOffset, memory.size / 4);
    this.#data = new Uint8Array(buffer, byteOffset, 2 * memory.size);
    this.#aliased = memory.aliased;
    const page = memory.producer;
    this.#consumer = new PositionWords(memory.consumer);
    this.#producer = new LockedPosition(page);
    this.#pending = new LockedPosition(page, pendingPosition);
    this.#overwrite = options.overwrite ? new LockedPosition(page, overwritePosition) : undefined;
  }

  /** `BPF_RB_PROD_POS`, `BPF_RB_CONS_POS` and `BPF_RB_OVERWRITE_POS` (0 outside of overwrite mode). */
  positions(): { readonly producer: bigint; readonly consumer: bigint; readonly overwrite: bigint } {
    // in this order, as ringbuf_avail_data_sz: the producer position is then behind neither of the others
    const consumer = this.#consumer.load();
    const overwrite = this.#overwrite?.load() ?? 0n;
    return { producer: this.#producer.load(), consumer, overwrite };
  }

  /** Reserves a record: the offset of its payload in the data, or {@link tooBig}, {@link noSpace} or {@link lockBusy}. */
  reserve(byteLength: number): number {
    if (byteLength > lengthMask) return tooBig;
    const step = footprint(byteLength);
    if (step > this.#size) return tooBig;
    if (!this.#lock.acquire()) return lockBusy;
    const at = this.#place(step);
    if (at < 0) return at;
    this.#putHeader(at, byteLength | busyBit);
    this.#publish(step, false);
    const beyond = at + step - this.#size;
    if (beyond > 0 && !this.#aliased) this.#data.copyWithin(this.#size, 0, beyond);
    return at + headerBytes;
  }

  /**
   * Ends the reservation of `byteLength` bytes at `offset`: whether the waiters are to be woken, by `flags` and, with
   * neither flag, if the reader has consumed all before this record.
   */
  commit(offset: number, byteLength: number, discard: boolean, flags: number): boolean {
    const at = offset - headerBytes;
    const beyond = at + footprint(byteLength) - this.#size;
    if (beyond > 0 && !this.#aliased) this.#data.copyWithin(0, this.#size, this.#size + beyond);
    // full barrier: the payload is seen with the header, and the header before the consumer position is looked at
    Atomics.exchange(this.#words, at >>> 2, discard ? byteLength | discardBit : byteLength);
    return this.#wakes(at, flags);
  }

  /**
   * Reserves, copies `bytes` in and commits: 0, {@link mustWake}, or what `reserve` returns when it
   * fails. A short record is there in one step: nobody can tell whether they looked at it while it was busy.
   */
  output(bytes: Uint8Array, flags: number): number {
    const byteLength = bytes.length;
    if (byteLength > longestUnderLock || this.#overwrite !== undefined) {
      const offset = this.reserve(byteLength);
      if (offset < 0) return offset;
      this.#data.set(bytes, offset);
      return this.commit(offset, byteLength, false, flags) ? mustWake : 0;
    }
    const step = footprint(byteLength);
    if (step > this.#size) return tooBig;
    if (!this.#lock.acquire()) return lockBusy;
    const at = this.#place(step);
    if (at < 0) return at;
    this.#putHeader(at, byteLength);
    // plain: as the header, between the consumer position, which gave this room, and the producer position to come
    const beyond = at + step - this.#size;
    if (beyond > 0 && !this.#aliased) this.#data.copyWithin(this.#size, 0, beyond);
    this.#data.set(bytes, at + headerBytes);
    if (beyond > 0 && !this.#aliased) this.#data.copyWithin(0, this.#size, this.#size + beyond);
    this.#publish(step, true);
    return this.#wakes(at, flags) ? mustWake : 0;
  }

  /** By `flags`, and with neither if the reader has consumed all before the record at `at`, which is committed. */
  #wakes(at: number, flags: number): boolean {
    if ((flags & BPF_RB_FORCE_WAKEUP) !== 0) return true;
    if ((flags & BPF_RB_NO_WAKEUP) !== 0) return false;
    // load-acquire: pairs with the reader's last store before it looks again and sleeps
    return (this.#consumer.loadLow() & this.#mask) === at;
  }

  /** Data offset of `step` bytes that are free for a record, with the lock held; or a failure, with the lock let go. */
  #place(step: number): number {
    const producer = this.#producer;
    producer.read();
    const pending = this.#advancePending();
    if (pending < 0 || pending + step > this.#mask || !this.#makeRoom(step)) {
      if (pending === 0) this.#pending.become(producer);
      this.#lock.release();
      return noSpace;
    }
    if (this.#records !== undefined) this.#lock.count(this.#records);
    return producer.low & this.#mask;
  }

  /** Ends what `place` began: the record of `step` bytes is there, `committed` or busy. */
  #publish(step: number, committed: boolean): void {
    // one after the other, since they share a cache line, and the reader looks at it
    if (this.#lock.settled === 1) this.#pending.become(this.#producer);
    if (!committed) this.#lock.settled = 0;
    // store-release: the header is there when the position says so, and a payload that is committed with it
    this.#producer.publish(step);
    this.#lock.release();
  }

  #makeRoom(step: number): boolean {
    if (this.#overwrite === undefined) return this.#fits(step);
    this.#passOverwritten(this.#overwrite, step);
    return true;
  }

  /**
   * Whether the reader leaves `step` bytes, by its position as last read if that is enough: a reader's only grows. One
   * that was claimed anew may be anywhere.
   */
  #fits(step: number): boolean {
    // plain: a load that comes too early is one of a reservation that came first
    const claimed = this.#claims === undefined ? 0 : this.#lock.word(this.#claims);
    if (claimed === this.#claimed && this.#leaves(step)) return true;
    this.#claimed = claimed;
    // load-acquire: pairs with the reader's store-release, after which it does not look at what is before its position
    this.#consumer.loadWords();
    return this.#leaves(step);
  }

  #leaves(step: number): boolean {
    const used = this.#producer.minus(this.#consumer) + step;
    return used >= 0 && used <= this.#mask;
  }

  #putHeader(at: number, header: number): void {
    if (this.#overwrite === undefined) {
      // plain: nobody looks at the header before the producer position, which is stored after it, says that it is there
      this.#words[at >>> 2] = header;
    } else {
      // full barrier: a reader that sees of this record what was a record to it sees the overwrite position, too
      Atomics.exchange(this.#words, at >>> 2, header);
    }
    this.#words[(at >>> 2) + 1] = 3 + (at >>> this.#pageShift);
  }

  /** Moves the pending position over committed records, whatever comes of the reservation; bytes from it to the producer position. It is stored later where these are 0. */
  #advancePending(): number {
    if (this.#lock.settled === 1) return 0;
    const pending = this.#pending;
    pending.read();
    const before = this.#producer.minus(pending);
    let left = before;
    let at = pending.low & this.#mask;
    while (left > 0) {
      // load-acquire: pairs with the exchange at commit
      const header = Atomics.load(this.#words, at >>> 2);
      if (header < 0) break;
      const step = footprint(header & lengthMask);
      left -= step;
      at = (at + step) & this.#mask;
    }
    if (left === 0) this.#lock.settled = 1;
    else if (left !== before) pending.move(before - left);
    return left;
  }

  /** Gives up the oldest records until `step` more bytes fit; stored before the producer position is. */
  #passOverwritten(overwrite: LockedPosition, step: number): void {
    overwrite.read();
    let kept = this.#producer.minus(overwrite) + step;
    let at = overwrite.low & this.#mask;
    const before = kept;
    while (kept > this.#mask) {
      const passed = footprint(Atomics.load(this.#words, at >>> 2) & lengthMask);
      kept -= passed;
      at = (at + passed) & this.#mask;
    }
    if (kept !== before) overwrite.publish(before - kept);
  }
}
