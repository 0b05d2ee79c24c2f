/** Appends 64-bit little-endian words and bytes: what the C program reads. */
export class LeafWriter {
  #bytes = new Uint8Array(4096);
  #view: DataView = new DataView(this.#bytes.buffer);
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** The low 64 bits of `value`. */
  word(value: bigint | number): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#used, BigInt.asUintN(64, BigInt(value)), true);
    this.#used += 8;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#used);
  }

  #reserve(count: number): void {
    if (this.#used + count <= this.#bytes.length) return;
    const grown = new Uint8Array((this.#used + count) * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Takes what the C program wrote. */
export class LeafReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Unsigned. */
  word(): bigint {
    const value = this.#view.getBigUint64(this.#at, true);
    this.#at += 8;
    return value;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new Error("the program wrote less than its cases need");
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }
}
