import { BtfError } from "./error.ts";

const decoder: TextDecoder = new TextDecoder("utf-8", { fatal: true });
const encoder: TextEncoder = new TextEncoder();

/** Bytes of a string that its hash reads: enough to tell names apart, and a bound on strings that overlap. */
const hashedBytes = 64;

/** Text of `bytes`; ASCII, which names are, without the cost of a decoder. */
function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= 48) {
    let text = "";
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte > 0x7f) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  return decoder.decode(bytes.subarray(start, end));
}

/**
 * A section of NUL-terminated strings, read on demand and kept: BTF's, or an ELF string table.
 * Offsets of a split BTF go on where its base's strings end.
 */
export class Strings {
  readonly #bytes: Uint8Array;
  readonly #base: Strings | undefined;
  readonly #first: number;
  readonly #known: Map<number, string> = new Map();
  #budget: number;

  /** @param bytes ends with a NUL byte, which the caller has checked. */
  constructor(bytes: Uint8Array, base?: Strings) {
    this.#bytes = bytes;
    this.#base = base;
    this.#first = base === undefined ? 0 : base.end;
    // Strings may share tails; a file in which each offset is another long string is made to exhaust memory.
    this.#budget = bytes.length * 16 + 65_536;
  }

  /** The first offset beyond this section. */
  get end(): number {
    return this.#first + this.#bytes.length;
  }

  /**
   * The string at `offset`.
   * @throws {@link BtfError} `string` for an offset outside, or bytes that are not UTF-8; `limit` where strings overlap without end.
   */
  at(offset: number): string {
    if (offset < this.#first) return this.#base!.at(offset);
    const known = this.#known.get(offset);
    if (known !== undefined) return known;
    const start = offset - this.#first;
    const end = start < this.#bytes.length ? this.#bytes.indexOf(0, start) : -1;
    if (end < 0) throw new BtfError("string", `string offset ${offset} is outside of the string section`);
    this.#budget -= end - start;
    if (this.#budget < 0) throw new BtfError("limit", "strings overlap each other more than any compiler's do");
    let text: string;
    try {
      text = decodeText(this.#bytes, start, end);
    } catch (cause) {
      throw new BtfError("string", `the string at offset ${offset} is not UTF-8`, { cause });
    }
    this.#known.set(offset, text);
    return text;
  }

  /** A hash of the string at `offset`, the same as {@link hashOf} gives for it. */
  hash(offset: number): number {
    if (offset < this.#first) return this.#base!.hash(offset);
    return hashBytes(this.#bytes, offset - this.#first);
  }

  /** Whether the string at `offset` is `utf8`, which has no NUL. */
  equals(offset: number, utf8: Uint8Array): boolean {
    if (offset < this.#first) return this.#base!.equals(offset, utf8);
    const start = offset - this.#first;
    const bytes = this.#bytes;
    for (let i = 0; i < utf8.length; i++) if (bytes[start + i] !== utf8[i]) return false;
    return bytes[start + utf8.length] === 0;
  }
}

function hashBytes(bytes: Uint8Array, start: number): number {
  let hash = 0x811c9dc5;
  const end = Math.min(bytes.length, start + hashedBytes);
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0) break;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The hash of `utf8`, as {@link Strings.hash} gives it. */
export function hashOf(utf8: Uint8Array): number {
  return hashBytes(utf8, 0);
}

/** UTF-8 of `text`. */
export function utf8Of(text: string): Uint8Array {
  return encoder.encode(text);
}
