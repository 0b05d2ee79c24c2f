import { readString } from "../codegen/strings.ts";
import type { DictionaryColumn } from "./column-batch.ts";
import type { ColumnBuffer } from "./column-buffer.ts";
import { enlarged } from "./number-buffer.ts";

const fewest = 64;
/** Entries that are looked at for one key: a table half full of fair keys hardly ever has so many in a row. */
const mostProbes = 64;

/**
 * Memory of strings that repeat: a number for each, and each of them once. Found by the bytes of their arrays, all of which
 * are compared; no string is made for a row whose bytes came before in the batch, but where so many of them have one hash that
 * they were made to.
 */
export class DictionaryBuffer implements ColumnBuffer {
  /** Codes, one per row. */
  array: Int32Array = new Int32Array(0);
  readonly #size: number;
  readonly #words: number;
  #values: string[] = [];
  /** Arrays that differ behind the NUL are of one string. */
  readonly #codes = new Map<string, number>();
  /** Bytes of each array as words, and the code of its string. */
  #keys: Int32Array;
  #entries = 0;
  /** Where the key of the last string begins. */
  #last = 0;
  /** Hash table of entries, counted from 1; a power of two, at most half full. */
  #slots: Int32Array = new Int32Array(2 * fewest);

  /** @param size bytes of the strings' arrays */
  constructor(size: number) {
    this.#size = size;
    this.#words = Math.ceil(size / 4);
    this.#keys = new Int32Array(fewest * (this.#words + 1));
  }

  reserve(rows: number): void {
    this.array = enlarged(this.array, rows);
  }

  take(rows: number): DictionaryColumn {
    return { codes: this.array.subarray(0, rows), values: this.#values };
  }

  blank(row: number): void {
    this.array[row] = 0;
  }

  bytes(rows: number): number {
    return 4 * rows;
  }

  reset(owned: boolean): void {
    if (owned) this.array = new Int32Array(0);
    this.#values = [];
    this.#codes.clear();
    this.#slots.fill(0);
    this.#entries = 0;
    this.#last = 0;
  }

  /** Codes, the keys with theirs, and the slots of the hash table: for who finds codes as {@link code} does. */
  get memory(): readonly [codes: Int32Array, keys: Int32Array, slots: Int32Array] {
    return [this.array, this.#keys, this.#slots];
  }

  /** The code of the string in the array at `at`. */
  code(view: DataView, at: number): number {
    const keys = this.#keys;
    // a run of the same string is found without a hash; names of processes and interfaces without a loop
    let key = this.#last;
    if (this.#size === 16) {
      const same =
        view.getInt32(at, true) === keys[key] &&
        view.getInt32(at + 4, true) === keys[key + 1] &&
        view.getInt32(at + 8, true) === keys[key + 2] &&
        view.getInt32(at + 12, true) === keys[key + 3];
      return same && this.#entries > 0 ? keys[key + 4]! : this.#find(view, at);
    }
    const end = at + (this.#size & ~3);
    let from = at;
    while (from < end && view.getInt32(from, true) === keys[key]) {
      from += 4;
      key += 1;
    }
    if (from === end && this.#entries > 0 && (this.#size & 3) === 0) return keys[key]!;
    return this.#find(view, at);
  }

  #find(view: DataView, at: number): number {
    const words = this.#words;
    const keys = this.#keys;
    const mask = this.#slots.length - 1;
    let slot = this.#hash(view, at) & mask;
    for (let probes = 0; probes < mostProbes; probes++, slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]!;
      if (entry === 0) return this.#add(view, at);
      const key = (entry - 1) * (words + 1);
      let word = 0;
      while (word < words && keys[key + word] === this.#word(view, at, word)) word += 1;
      if (word < words) continue;
      this.#last = key;
      return keys[key + words]!;
    }
    return this.#codeOf(view, at);
  }

  /** The code of the array's string, by the string. */
  #codeOf(view: DataView, at: number): number {
    const text = readString(view, at, this.#size);
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.#values.push(text) - 1;
      this.#codes.set(text, code);
    }
    return code;
  }

  /** Four bytes of the array, or what is left of them at its end. */
  #word(view: DataView, at: number, word: number): number {
    const from = word * 4;
    if (from + 4 <= this.#size) return view.getInt32(at + from, true);
    let rest = 0;
    for (let i = this.#size - 1; i >= from; i--) rest = (rest << 8) | view.getUint8(at + i);
    return rest;
  }

  /** As `hash_of` of the addon has it. */
  #hash(view: DataView, at: number): number {
    let hash = 0;
    for (let word = 0; word < this.#words; word++) {
      hash = Math.imul(hash ^ this.#word(view, at, word), 0x9e3779b1) ^ (hash >>> 15);
    }
    return hash ^ (hash >>> 16);
  }

  #add(view: DataView, at: number): number {
    const code = this.#codeOf(view, at);
    const key = this.#entries * (this.#words + 1);
    this.#keys = enlarged(this.#keys, key + this.#words + 1);
    for (let word = 0; word < this.#words; word++) this.#keys[key + word] = this.#word(view, at, word);
    this.#keys[key + this.#words] = code;
    this.#entries += 1;
    this.#last = key;
    if (2 * this.#entries > this.#slots.length) this.#rehash();
    else this.#settle(this.#entries, this.#hash(view, at));
    return code;
  }

  #settle(entry: number, hash: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let probes = 0; probes < mostProbes; probes++, slot = (slot + 1) & mask) {
      if (slots[slot] !== 0) continue;
      slots[slot] = entry;
      return;
    }
    // it is found by its string
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let entry = 1; entry <= this.#entries; entry++) {
      const key = (entry - 1) * (this.#words + 1);
      let hash = 0;
      for (let word = 0; word < this.#words; word++) {
        hash = Math.imul(hash ^ this.#keys[key + word]!, 0x9e3779b1) ^ (hash >>> 15);
      }
      this.#settle(entry, hash ^ (hash >>> 16));
    }
  }
}

/** Memory of numbers of values that are known before. */
export class KindBuffer implements ColumnBuffer {
  /** The codes of all rows; room for more behind them. */
  array: Int32Array = new Int32Array(0);
  readonly #values: readonly string[];

  constructor(values: readonly string[]) {
    this.#values = values;
  }

  reserve(rows: number): void {
    this.array = enlarged(this.array, rows);
  }

  take(rows: number): DictionaryColumn {
    return { codes: this.array.subarray(0, rows), values: this.#values };
  }

  /** No kind at all, so that no column is of it. */
  blank(row: number): void {
    this.array[row] = -1;
  }

  bytes(rows: number): number {
    return 4 * rows;
  }

  reset(owned: boolean): void {
    if (owned) this.array = new Int32Array(0);
  }
}
