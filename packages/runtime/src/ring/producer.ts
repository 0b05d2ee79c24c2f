import { CorruptRingError, errno } from "../errors.ts";
import { busyBit, discardBit, footprint, headerBytes, lengthMask, PositionCell } from "./header.ts";
import type { RingMemory } from "./memory.ts";

/** Why a reservation is impossible: the record can never fit, or does not fit now. */
export const tooBig: number = errno.E2BIG;
export const noSpace: number = errno.ENOSPC;

/**
 * User side of a `BPF_MAP_TYPE_USER_RINGBUF`, after `user_ring_buffer__reserve` and `user_ringbuf_commit` of libbpf's
 * src/ringbuf.c. It owns the producer position; the consumer position is read again only when there is too little room.
 */
export class RingProducer {
  readonly #size: number;
  readonly #mask: number;
  readonly #words: Int32Array;
  readonly #copies: Uint8Array | undefined;
  readonly #release: RingMemory["release"];
  readonly #consumer: PositionCell;
  readonly #producer: PositionCell;
  /** Bytes free for certain, by the consumer position last read. */
  #free = 0;
  /** Bytes reserved beyond the producer position: nobody knows of them yet. */
  #held = 0;

  /** All of the data, to write samples into. */
  readonly view: DataView;

  constructor(memory: RingMemory) {
    const { size, data, consumer, producer } = memory;
    this.#size = size;
    this.#mask = size - 1;
    this.#words = new Int32Array(data.buffer, data.byteOffset, size / 4);
    this.view = new DataView(data.buffer, data.byteOffset, 2 * size);
    this.#copies = memory.aliased ? undefined : new Uint8Array(data.buffer, data.byteOffset, 2 * size);
    this.#release = memory.release;
    this.#consumer = new PositionCell(consumer);
    this.#producer = new PositionCell(producer);
    this.#producer.load();
  }

  /** Position after the last record published. */
  get position(): bigint {
    return this.#producer.load();
  }

  /** Position up to which the kernel side has drained. */
  get consumerPosition(): bigint {
    return this.#consumer.load();
  }

  /**
   * Reserves `byteLength` bytes: their offset in `view`, or {@link tooBig} or {@link noSpace}. A reservation that is `held`
   * back is published with its commit, or with the next one: the kernel side finds it done, and one store is saved.
   * @throws CorruptRingError if a position is where nobody who keeps to the rules puts it, or would overflow.
   */
  reserve(byteLength: number, held = false): number {
    if (byteLength > lengthMask) return tooBig;
    const step = footprint(byteLength);
    if (step > this.#size) return tooBig;
    if (step > this.#free && !this.#refresh(step)) return noSpace;
    const at = (this.#producer.low + this.#held) & this.#mask;
    // who looks at the positions has them read again, and another process may have moved them
    if ((at & 7) !== 0) throw this.#misplaced();
    const offset = (at + headerBytes) & this.#mask;
    const beyond = at + step - this.#size;
    if (beyond > 0 && offset !== 0) this.#copies?.copyWithin(this.#size, 0, beyond);
    // plain: nobody looks at this header before the position says that it is there
    this.#words[at >>> 2] = byteLength | busyBit;
    this.#words[(at >>> 2) + 1] = 0;
    this.#release?.(at, 0);
    this.#free -= step;
    this.#held += step;
    if (!held) this.publish();
    return offset;
  }

  /**
   * Ends a reservation at `offset` of `byteLength` bytes. No one is told: a BPF program has to drain. One that was held
   * back, and is to be published `later`, is with the next one that is not, or by `publish`.
   */
  commit(offset: number, byteLength: number, discard: boolean, later = false): void {
    const at = (offset - headerBytes) & this.#mask;
    const beyond = at + footprint(byteLength) - this.#size;
    if (beyond > 0 && offset !== 0) this.#copies?.copyWithin(0, this.#size, this.#size + beyond);
    const header = discard ? byteLength | discardBit : byteLength;
    if (((at - this.#producer.low) & this.#mask) < this.#held) {
      // plain: the position that publishes it is stored after it
      this.#words[at >>> 2] = header;
      this.#release?.(at, byteLength);
      if (!later) this.publish();
    } else {
      // acquire-release: the payload is written before the header says so
      Atomics.store(this.#words, at >>> 2, header);
      this.#release?.(at, byteLength);
    }
  }

  /** Publishes what was held back. */
  publish(): void {
    if (this.#held === 0) return;
    // store-release: pairs with the drain's load-acquire, which then finds the header of each record before it
    this.#producer.add(this.#held);
    this.#held = 0;
  }

  #misplaced(): CorruptRingError {
    return new CorruptRingError(this.position, "the producer position is not aligned to 8");
  }

  /** Reads the consumer position again: whether `step` bytes are free now. */
  #refresh(step: number): boolean {
    // pairs with the drain's store-release after its callback: what it frees is no longer read
    const position = this.position + BigInt(this.#held);
    const used = position - this.#consumer.load();
    if ((position & 7n) !== 0n) throw this.#misplaced();
    if (used < 0n || used > this.#size) throw new CorruptRingError(position, `the consumer is ${used} bytes behind`);
    if (position + BigInt(this.#size) > 0xffff_ffff_ffff_ffffn) {
      throw new CorruptRingError(position, "positions end: an overflow");
    }
    this.#free = this.#size - Number(used);
    return step <= this.#free;
  }
}
