import type { ElfSection } from "../elf/elf.ts";
import { BtfError } from "../error.ts";
import type { Endian } from "../types.ts";

/** Reads a section of debug information from a place on. */
export class SectionReader {
  readonly #section: ElfSection;
  readonly #view: DataView;
  readonly #little: boolean;
  at: number;

  constructor(section: ElfSection, endian: Endian, at = 0) {
    const { bytes } = section;
    this.#section = section;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = endian === "little";
    this.at = at;
  }

  get ended(): boolean {
    return this.at >= this.#view.byteLength;
  }

  /** An unsigned integer of 1, 2, 3, 4 or 8 bytes. */
  unsigned(width: number): number {
    const at = this.#take(width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at, this.#little);
    if (width === 4) return this.#view.getUint32(at, this.#little);
    const bytes = Array.from({ length: width }, (_, index) => this.#view.getUint8(at + index));
    if (this.#little) bytes.reverse();
    return bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  leb(signed = false): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.unsigned(1);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return signed && (byte & 0x40) !== 0 ? value - (1n << (shift + 7n)) : value;
    }
    throw this.#broken("a number of more than 64 bits");
  }

  /** A number that counts or points: more is nowhere. */
  count(): number {
    return Number(this.leb());
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#section.bytes.subarray(at, at + length);
  }

  text(): string {
    const { bytes } = this.#section;
    const end = bytes.indexOf(0, this.at);
    if (this.at < 0 || end < this.at) throw this.#broken("a text without an end");
    const text = new TextDecoder().decode(bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  skip(length: number): void {
    this.#take(length);
  }

  #take(length: number): number {
    const { at } = this;
    if (!(at >= 0 && length >= 0 && at + length <= this.#view.byteLength))
      throw this.#broken("a part that is not there");
    this.at = at + length;
    return at;
  }

  #broken(what: string): BtfError {
    return new BtfError("bounds", `${this.#section.name} has ${what}`, { offset: this.at });
  }
}
