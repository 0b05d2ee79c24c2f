import { hashOf, type Strings, utf8Of } from "../strings.ts";
import { kindMask, kindNumber, kindShift } from "./constants.ts";

/** Bit k: types of kind k have a name that can be looked up. */
const namedKinds: number =
  ~0 &
  ~(
    (1 << kindNumber.ptr) |
    (1 << kindNumber.array) |
    (1 << kindNumber.const) |
    (1 << kindNumber.volatile) |
    (1 << kindNumber.restrict) |
    (1 << kindNumber.func_proto) |
    (1 << kindNumber.decl_tag) |
    (1 << kindNumber.type_tag)
  );

/** Types by name: chains over hashes of names, so that no string is made for a name that nobody asks for. */
export class NameIndex {
  readonly #words: Uint32Array;
  readonly #index: Uint32Array;
  readonly #strings: Strings;
  /** By hash: the first type of the chain plus one. */
  readonly #heads: Uint32Array;
  /** By type: the next type of its chain plus one. */
  readonly #next: Uint32Array;

  constructor(words: Uint32Array, index: Uint32Array, strings: Strings) {
    this.#words = words;
    this.#index = index;
    this.#strings = strings;
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(16, index.length)));
    this.#heads = new Uint32Array(buckets);
    this.#next = new Uint32Array(index.length);
    // From the last to the first, so that chains are in order of ids.
    for (let i = index.length - 1; i >= 0; i--) {
      const at = index[i]!;
      const name = words[at]!;
      const kind = (words[at + 1]! >>> kindShift) & kindMask;
      if (name === 0 || kind > kindNumber.enum64 || ((namedKinds >>> kind) & 1) === 0) continue;
      const bucket = strings.hash(name) & (buckets - 1);
      this.#next[i] = this.#heads[bucket]!;
      this.#heads[bucket] = i + 1;
    }
  }

  /** Types with this name, as indexes into the file's own types, in order. */
  find(name: string): number[] {
    const utf8 = utf8Of(name);
    const found: number[] = [];
    let link = this.#heads[hashOf(utf8) & (this.#heads.length - 1)]!;
    while (link !== 0) {
      const i = link - 1;
      if (this.#strings.equals(this.#words[this.#index[i]!]!, utf8)) found.push(i);
      link = this.#next[i]!;
    }
    return found;
  }
}
