const alignment = 16;

/** Places in a range of addresses: a free list per size, and a mark that moves up. Sizes are rounded up to 16 bytes. */
export class Heap {
  readonly #free = new Map<number, number[]>();
  readonly #end: number;
  #next: number;

  constructor(start: number, end: number) {
    this.#next = start;
    this.#end = end;
  }

  /** First address that was never given out. */
  get top(): number {
    return this.#next;
  }

  /** Address of `size` bytes that were given back, which hold what was there; undefined where there are none. */
  again(size: number): number | undefined {
    return this.#free.get(roundUp(size))?.pop();
  }

  /** Address of `size` bytes that were never given out; undefined where there is no room. */
  take(size: number): number | undefined {
    const rounded = roundUp(size);
    if (rounded > this.#end - this.#next) return undefined;
    const at = this.#next;
    this.#next += rounded;
    return at;
  }

  give(address: number, size: number): void {
    const rounded = roundUp(size);
    const list = this.#free.get(rounded);
    if (list === undefined) this.#free.set(rounded, [address]);
    else list.push(address);
  }
}

function roundUp(size: number): number {
  // a byte more than asked for: regions never touch, and one of nothing has an address of its own
  return Math.ceil((size + 1) / alignment) * alignment;
}
