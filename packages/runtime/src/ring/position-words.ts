import { lowWord, PositionCell } from "./header.ts";
import type { RingPart } from "./memory.ts";

const highWord = 1 - lowWord;

/** A position that the kernel side looks at per record, by its two words. */
export class PositionWords extends PositionCell {
  readonly #words: Int32Array;

  constructor(part: RingPart) {
    super(part);
    this.#words = new Int32Array(part.buffer, part.byteOffset, 2);
  }

  /** Load-acquire of the low word alone: all that an offset in the data depends on. */
  loadLow(): number {
    return Atomics.load(this.#words, lowWord) >>> 0;
  }

  /**
   * Load-acquire into `high` and `low`. A position only grows, and its words change together only when the low one
   * overflows: a high word that is the same before and after belongs to the low one between.
   */
  loadWords(): void {
    let high = Atomics.load(this.#words, highWord);
    for (;;) {
      const low = Atomics.load(this.#words, lowWord);
      const again = Atomics.load(this.#words, highWord);
      if (again === high) {
        this.high = high >>> 0;
        this.low = low >>> 0;
        return;
      }
      high = again;
    }
  }
}
