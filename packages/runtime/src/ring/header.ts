import type { RingPart } from "./memory.ts";

/**
 * Record headers and positions of a BPF ring, as include/uapi/linux/bpf.h and kernel/bpf/ringbuf.c define them: 8 bytes,
 * of which the first word is the payload's length with two flags above it. Words are in the machine's byte order.
 */

/** Bytes of a header. Positions are multiples of it, so a header never crosses the end of the data. */
export const headerBytes = 8;
/** `BPF_RINGBUF_BUSY_BIT`, as the sign of an int32: the record is reserved and not yet committed. */
export const busyBit = -0x80000000;
/** `BPF_RINGBUF_DISCARD_BIT`. */
export const discardBit = 0x40000000;
/** Bits of the length. */
export const lengthMask = 0x3fffffff;

/** Bytes that a record of `byteLength` payload bytes takes in the ring; `byteLength` is at most `lengthMask`. */
export function footprint(byteLength: number): number {
  return (byteLength + 15) & ~7;
}

/** Index of the low word of a `u64` that is looked at as two words. */
export const lowWord: 0 | 1 = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
/** What a high word counts. */
export const wordRange = 0x100000000;

const highWord = 1 - lowWord;
/** A position on its way into two words: a bigint that is taken apart by arithmetic costs two more of them. */
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);

/**
 * A `u64` position in shared memory. Whole loads and stores are for the rare step; words are for the step that is taken
 * per record, where a bigint would cost more than the record.
 */
export class PositionCell {
  readonly #part: RingPart;
  readonly #words: Int32Array;
  readonly #whole: BigUint64Array;
  /** The words, unsigned, as last loaded or stored by this cell. */
  low = 0;
  high = 0;

  /** @param at offset in the page, bytes */
  constructor(part: RingPart, at = 0) {
    this.#part = part;
    this.#words = new Int32Array(part.buffer, part.byteOffset + at, 2);
    this.#whole = new BigUint64Array(part.buffer, part.byteOffset + at, 1);
  }

  /** Load-acquire. */
  load(): bigint {
    this.#part.pull?.();
    const position = Atomics.load(this.#whole, 0);
    this.#split(position);
    return position;
  }

  /** Store-release (sequentially consistent, as the last store before a sleep has to be); 2^64 is 0. */
  store(position: bigint): void {
    this.#split(position);
    Atomics.store(this.#whole, 0, position);
    this.#part.push?.();
  }

  /**
   * Store-release of `step` more than was last loaded or stored: only this side writes here. All 8 bytes are stored, as
   * libbpf does, so that what another process put into the high word does not last.
   */
  add(step: number): void {
    const low = this.low + step;
    if (low < wordRange) {
      this.low = low;
      // plain: it is what memory holds, unless somebody wrote there who must not, and is published with the low word
      this.#words[highWord] = this.high;
      Atomics.store(this.#words, lowWord, low);
      this.#part.push?.();
    } else {
      this.store((BigInt(this.high) << 32n) + BigInt(low));
    }
  }

  #split(position: bigint): void {
    whole[0] = position;
    this.low = halves[lowWord]!;
    this.high = halves[highWord]!;
  }
}

/** Low word of a position, unsigned. */
export function lowOf(position: bigint): number {
  return Number(position & 0xffffffffn);
}
