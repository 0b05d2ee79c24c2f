/**
 * The lock of an emulated ring, and a word after it that its holders keep. They read and write what is theirs plainly:
 * taking the lock is an atomic step that sees the atomic store by which the last holder let go, and all before that.
 */
export class RingLock {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #spins: number;

  /** @param spins tries before it gives up, as the kernel's resilient lock does. */
  constructor(lock: { readonly words: Int32Array; readonly index: number }, spins: number) {
    this.#words = lock.words;
    this.#index = lock.index;
    this.#spins = spins;
  }

  /** Load-acquire on success. */
  acquire(): boolean {
    for (let spin = 0; spin < this.#spins; spin += 1) {
      if (Atomics.compareExchange(this.#words, this.#index, 0, 1) === 0) return true;
    }
    return false;
  }

  /** Store-release. */
  release(): void {
    Atomics.store(this.#words, this.#index, 0);
  }

  /** 1 if all records before the producer position are known to be committed, else 0. */
  get settled(): number {
    return this.#words[this.#index + 1]!;
  }

  set settled(known: number) {
    this.#words[this.#index + 1] = known;
  }

  /** A word beside the lock, plainly. */
  word(index: number): number {
    return this.#words[index]!;
  }

  /** Counts one in the two words from `index` on, low first, which only holders write. */
  count(index: number): void {
    const low = (this.#words[index]! + 1) | 0;
    this.#words[index] = low;
    if (low === 0) this.#words[index + 1] = this.#words[index + 1]! + 1;
  }
}
