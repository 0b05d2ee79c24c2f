import { op } from "./opcodes.ts";

/** Bytes of a WebAssembly module as they come. */
export class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** A view of what was written. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(...bytes: number[]): this {
    for (const value of bytes) {
      if (this.#length === this.#bytes.length) {
        const larger = new Uint8Array(2 * this.#length);
        larger.set(this.#bytes);
        this.#bytes = larger;
      }
      this.#bytes[this.#length++] = value;
    }
    return this;
  }

  append(bytes: Uint8Array): this {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** LEB128, unsigned. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.byte(rest);
  }

  /** LEB128, signed, of 64 bits given as words. */
  signed(low: number, high: number = low >> 31): this {
    let [l, h] = [low | 0, high | 0];
    for (;;) {
      const bits = l & 0x7f;
      l = (l >>> 7) | (h << 25);
      h >>= 7;
      const sign = (bits & 0x40) !== 0;
      if (l === h && (sign ? l === -1 : l === 0)) return this.byte(bits);
      this.byte(bits | 0x80);
    }
  }

  i32(value: number): this {
    return this.byte(op.i32Const).signed(value | 0);
  }

  i64(low: number, high: number = low >> 31): this {
    return this.byte(op.i64Const).signed(low, high);
  }

  get(local: number): this {
    return this.byte(op.localGet).unsigned(local);
  }

  set(local: number): this {
    return this.byte(op.localSet).unsigned(local);
  }

  tee(local: number): this {
    return this.byte(op.localTee).unsigned(local);
  }

  call(index: number): this {
    return this.byte(op.call).unsigned(index);
  }

  /** A load or store at the address on the stack plus `offset`. No alignment is promised. */
  access(opcode: number, offset: number): this {
    return this.byte(opcode, 0).unsigned(offset);
  }

  name(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.unsigned(bytes.length).append(bytes);
  }

  /** `content` behind its length. */
  sized(content: Writer): this {
    return this.unsigned(content.length).append(content.bytes);
  }

  /** A section of a module. */
  section(id: number, content: Writer): this {
    return this.byte(id).sized(content);
  }
}
