/** Slots in the order in which they were last used: a ring of links around one place that is no slot. */
export class UseOrder {
  /** By slot, one more than it is: the next older and the next newer one. 0 is the place around which the ring goes. */
  readonly #older: Int32Array;
  readonly #newer: Int32Array;

  constructor(slots: number) {
    this.#older = new Int32Array(slots + 1);
    this.#newer = new Int32Array(slots + 1);
  }

  /** The slot that was used longest ago; there has to be one. */
  get oldest(): number {
    return (this.#newer[0] as number) - 1;
  }

  /** Puts a slot that is not in the order at its end. */
  add(slot: number): void {
    const link = slot + 1;
    const newest = this.#older[0] as number;
    this.#older[link] = newest;
    this.#newer[link] = 0;
    this.#newer[newest] = link;
    this.#older[0] = link;
  }

  /** A slot of the order is used now. */
  touch(slot: number): void {
    this.remove(slot);
    this.add(slot);
  }

  remove(slot: number): void {
    const [older, newer] = [this.#older[slot + 1] as number, this.#newer[slot + 1] as number];
    this.#newer[older] = newer;
    this.#older[newer] = older;
  }
}
