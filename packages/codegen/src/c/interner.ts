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
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
    return this.internRange(text, 0, text.length, hash);
  }

  /** Id of `text` if it has been seen, else −1. */
  lookup(text: string): number {
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
    const mask = this.#mask;
    for (let slot = mix(hash) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]! - 1;
      if (id < 0) return -1;
      if (this.#hashes[id] === hash && this.names[id] === text) return id;
    }
  }

  /** Id of `text[start, end)`, whose characters hash to `hash` by `h = 31 h + c` in 32 bits. */
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

/** Spreads a hash over the low bits, which choose the slot. */
function mix(hash: number): number {
  return hash ^ (hash >>> 15);
}
