import { SeededRandom } from "@rbgen/runtime/emulated";

/** Choices that a seed repeats. */
export class Random {
  readonly #source: SeededRandom;

  constructor(seed: number) {
    this.#source = new SeededRandom(seed);
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#source.next() * limit);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
}
