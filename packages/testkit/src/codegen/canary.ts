/** Bytes around a record that nobody may touch. */
const around = 24;
const canary = 0xa5;

/** A record's bytes in the middle of a larger buffer, at any alignment, in either kind of memory. */
export class GuardedBytes {
  readonly view: DataView;
  /** Where the record starts in {@link view}. */
  readonly offset: number;
  readonly length: number;
  readonly #all: Uint8Array;
  readonly #start: number;

  /** `variant` chooses alignment and memory; the record's bytes start as garbage unless `content` gives them. */
  constructor(length: number, variant: number, content?: Uint8Array) {
    const size = length + 2 * around;
    this.#all = new Uint8Array(variant % 2 === 0 ? new ArrayBuffer(size) : new SharedArrayBuffer(size)).fill(canary);
    this.#start = (variant % 7) + 8;
    this.length = length;
    // The view itself starts inside of the buffer, so that byteOffset and offset both matter.
    const lead = variant % 3;
    this.offset = this.#start - lead;
    this.view = new DataView(this.#all.buffer, lead);
    if (content !== undefined) this.#all.set(content, this.#start);
  }

  /** A copy of the record's bytes. */
  bytes(): Uint8Array {
    return this.#all.slice(this.#start, this.#start + this.length);
  }

  /** Whether every byte outside of the record is as it was. */
  intact(): boolean {
    return this.#all.every(
      (byte, index) => (index >= this.#start && index < this.#start + this.length) || byte === canary,
    );
  }
}
