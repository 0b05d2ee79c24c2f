import { lowOf, lowWord, wordRange } from "./header.ts";
import type { RingPart } from "./memory.ts";

/**
 * A `u64` position that is written under the ring's lock only. Its holder reads it by plain loads: it took the lock by an
 * atomic step that saw the atomic store of the last holder, so that all stores before that one are seen and none is
 * under way.
 */
export class LockedPosition {
  readonly #words: Int32Array;
  readonly #whole: BigUint64Array;
  /** The words as last read, as int32: engines keep these without a box. */
  high = 0;
  low = 0;

  /** @param at offset in the page, bytes */
  constructor(page: RingPart, at = 0) {
    this.#words = new Int32Array(page.buffer, page.byteOffset + at, 2);
    this.#whole = new BigUint64Array(page.buffer, page.byteOffset + at, 1);
  }

  /** What it is now, for whoever does not hold the lock: load-acquire. */
  load(): bigint {
    return Atomics.load(this.#whole, 0);
  }

  /** Reads it under the lock. */
  read(): void {
    // plain: see above
    this.low = this.#words[lowWord]!;
    this.high = this.#words[1 - lowWord]!;
  }

  /** Store-release. */
  store(position: bigint): void {
    this.high = Number(BigInt.asIntN(32, position >> 32n));
    this.low = lowOf(position) | 0;
    Atomics.store(this.#whole, 0, position);
  }

  /** Takes on the words of `other` as last read, under the lock and for its holders only. */
  become(other: LockedPosition): void {
    // plain: whoever reads it holds the lock, as this thread does until its next atomic store
    this.#words[lowWord] = other.low;
    this.#words[1 - lowWord] = other.high;
  }

  /** Moves on by `step`, under the lock and for its holders only. */
  move(step: number): void {
    if (this.#add(step)) return;
    // plain: whoever reads it holds the lock, as this thread does until its next atomic store
    this.#words[lowWord] = this.low;
  }

  /** Moves on by `step`, under the lock and for whoever looks: store-release. */
  publish(step: number): void {
    if (!this.#add(step)) Atomics.store(this.#words, lowWord, this.low);
  }

  /** `this - other` of what each last read: exact where it is below 2^53 either way, else with its sign and size. */
  minus(other: { readonly high: number; readonly low: number }): number {
    const low = (this.low >>> 0) - (other.low >>> 0);
    const high = (this.high - other.high) | 0;
    return high === 0 ? low : high * wordRange + low;
  }

  /** Adds `step` to what was read; true if the high word changed, and both are stored. */
  #add(step: number): boolean {
    const low = this.low + step;
    if (this.low < 0 && low >= 0) {
      this.store(BigInt.asUintN(64, (BigInt(this.high + 1) << 32n) + BigInt(low)));
      return true;
    }
    this.low = low | 0;
    return false;
  }
}
