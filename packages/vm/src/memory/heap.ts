const alignment = 16;

/** Places in a range of addresses: a free list per size, and a mark that moves up. Sizes are rounded up to 16 bytes. */
export class Heap {
  readonly #free = new Map<number, number[]>();
  readonly #end: number;
  #next: number;
  /** Bytes elsewhere that take of the room. */
  #held = 0;

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
    if (rounded > this.#room) return undefined;
    const at = this.#next;
    this.#next += rounded;
    return at;
  }

  /** Has bytes that lie elsewhere take of the room; false where there is not as much. */
  hold(size: number): boolean {
    if (size > this.#room) return false;
    this.#held += size;
    return true;
  }

  /** Gives back what {@link hold} took. */
  drop(size: number): void {
    this.#held -= size;
  }

  get #room(): number {
    return this.#end - this.#next - this.#held;
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
