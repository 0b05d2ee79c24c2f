/** Slots in the order in which they were last used: a ring of links around one place that is no slot. */
export class UseOrder {
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #ends: number;

  constructor(slots: number) {
    this.#ends = slots;
    // a slot that is in no order is linked to itself
    this.#older = Int32Array.from({ length: slots + 1 }, (_, slot) => slot);
    this.#newer = this.#older.slice();
  }

  /** The slot that was used longest ago; there has to be one. */
  get oldest(): number {
    return this.#newer[this.#ends] as number;
  }

  /** A slot is used now. */
  touch(slot: number): void {
    this.remove(slot);
    const newest = this.#older[this.#ends] as number;
    this.#older[slot] = newest;
    this.#newer[slot] = this.#ends;
    this.#newer[newest] = slot;
    this.#older[this.#ends] = slot;
  }

  remove(slot: number): void {
    const [older, newer] = [this.#older[slot] as number, this.#newer[slot] as number];
    this.#newer[older] = newer;
    this.#older[newer] = older;
    this.#older[slot] = slot;
    this.#newer[slot] = slot;
  }
}
