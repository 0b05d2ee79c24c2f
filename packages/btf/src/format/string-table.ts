import { utf8Of } from "../strings.ts";

/** A string section that is being written: each text once, the empty one first. */
export class StringTable {
  readonly #start: number;
  readonly #offsets: Map<string, number> = new Map([["", 0]]);
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** @param start first offset: where the base's strings end, 0 without one. */
  constructor(start: number) {
    this.#start = start;
    if (start === 0) this.#length = 1;
  }

  /** Offset of `text`. */
  add(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const utf8 = utf8Of(text);
    const offset = this.#start + this.#length;
    this.#parts.push(utf8);
    this.#length += utf8.length + 1;
    this.#offsets.set(text, offset);
    return offset;
  }

  /** The section. */
  bytes(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = this.#start === 0 ? 1 : 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length + 1;
    }
    return all;
  }
}
