/**
 * Where the hash of a spelling starts, and by what it is multiplied after each character is mixed in: `h = (h ^ c) × factor`
 * in 32 bits. Both are new in each process, since a text could be made of names that all collide by a hash that is known.
 */
export const hashSeed: number = (Math.random() * 2 ** 32) | 0;
export const hashFactor: number = ((Math.random() * 2 ** 29) << 3) | 5;

/**
 * Spellings as small numbers: equal spellings have equal ids, so that the parser compares numbers and a macro table
 * is an array. Ids count up from 0 in order of first sight.
 */
export class Interner {
  readonly names: string[] = [];
  #hashes = new Int32Array(1 << 14);
  #slots = new Int32Array(1 << 15);
  #mask = (1 << 15) - 1;

  /** Id of `text`. */
  intern(text: string): number {
    const hash = hashOf(text);
    return this.internRange(text, 0, text.length, hash);
  }

  /** Id of `text` if it has been seen, else −1. */
  lookup(text: string): number {
    const hash = hashOf(text);
    const mask = this.#mask;
    for (let slot = mix(hash) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]! - 1;
      if (id < 0) return -1;
      if (this.#hashes[id] === hash && this.names[id] === text) return id;
    }
  }

  /** Id of `text[start, end)`, whose characters hash to `hash` as {@link hashSeed} says. */
  internRange(text: string, start: number, end: number, hash: number): number {
    const mask = this.#mask;
    const names = this.names;
    let slot = mix(hash) & mask;
    for (;;) {
      const id = this.#slots[slot]! - 1;
      if (id < 0) break;
      if (this.#hashes[id] === hash) {
        const name = names[id]!;
        if (name.length === end - start) {
          let i = 0;
          while (i < name.length && name.charCodeAt(i) === text.charCodeAt(start + i)) i++;
          if (i === name.length) return id;
        }
      }
      slot = (slot + 1) & mask;
    }
    const id = names.length;
    names.push(text.slice(start, end));
    if (id >= this.#hashes.length) this.#grow();
    this.#hashes[id] = hash;
    if (this.#mask === mask) this.#slots[slot] = id + 1;
    else this.#place(id);
    return id;
  }

  #grow(): void {
    const hashes = new Int32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#slots = new Int32Array(hashes.length * 2);
    this.#mask = this.#slots.length - 1;
    for (let id = 0; id < this.names.length - 1; id++) this.#place(id);
  }

  #place(id: number): void {
    let slot = mix(this.#hashes[id]!) & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = id + 1;
  }
}

function hashOf(text: string): number {
  let hash = hashSeed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), hashFactor);
  return hash;
}

/** Spreads a hash over the low bits, which choose the slot. */
function mix(hash: number): number {
  return hash ^ (hash >>> 15);
}
