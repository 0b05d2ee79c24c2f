import { lowWord } from "../ring/header.ts";
import type { NumberColumn } from "./column-batch.ts";
import type { ColumnBuffer } from "./column-buffer.ts";
import type { ElementName } from "./column-type.ts";

type ArrayConstructor = new (length: number) => NumberColumn;

const constructors: Readonly<Record<ElementName, ArrayConstructor>> = {
  Int8: Int8Array,
  Uint8: Uint8Array,
  Int16: Int16Array,
  Uint16: Uint16Array,
  Int32: Int32Array,
  Uint32: Uint32Array,
  Float32: Float32Array,
  Float64: Float64Array,
  BigInt64: BigInt64Array,
  BigUint64: BigUint64Array,
};

/** Elements that a typed array of offsets can count. */
const most = 2 ** 31 - 1;

/**
 * So many elements that `needed` fit, and that growing costs little in the end.
 * @throws RangeError beyond 2^31 - 1
 */
export function grown(length: number, needed: number): number {
  if (needed > most) throw new RangeError(`a column has ${needed} elements: no more than ${most} can be counted`);
  return Math.min(Math.max(needed, 2 * length), most);
}

/** `array`, or a longer one that begins with what it holds. */
export function enlarged<Elements extends NumberColumn>(array: Elements, needed: number): Elements {
  if (needed <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => Elements)(grown(array.length, needed));
  (larger as Uint8Array).set(array as Uint8Array);
  return larger;
}

/** Memory of a typed array; `stride` elements in each row. */
export class NumberBuffer<Elements extends NumberColumn = NumberColumn> implements ColumnBuffer {
  /** The numbers of all rows; room for more behind them. */
  array: Elements;
  /** The same memory as words, of elements with 8 bytes: filled by {@link putInt64}. */
  words: Uint32Array = new Uint32Array(0);
  readonly #make: ArrayConstructor;
  /** As the elements are: a bigint or a number. */
  readonly #zero: never;
  readonly #stride: number;
  /** Whether a row is an object with the stride, and not an element. */
  readonly #list: boolean;

  constructor(of: ElementName, stride?: number) {
    this.#make = constructors[of];
    this.#stride = stride ?? 1;
    this.#list = stride !== undefined;
    this.array = new this.#make(0) as Elements;
    this.#zero = new this.#make(1)[0] as never;
  }

  reserve(rows: number): void {
    const array = enlarged(this.array, rows * this.#stride);
    if (array === this.array) return;
    this.array = array;
    if (array.BYTES_PER_ELEMENT === 8) this.words = new Uint32Array(array.buffer);
  }

  take(rows: number): unknown {
    const values = this.array.subarray(0, rows * this.#stride);
    return this.#list ? { stride: this.#stride, values } : values;
  }

  blank(row: number): void {
    const start = row * this.#stride;
    this.array.fill(this.#zero, start, start + this.#stride);
  }

  reset(owned: boolean): void {
    if (!owned) return;
    this.array = new this.#make(0) as Elements;
    this.words = new Uint32Array(0);
  }

  bytes(rows: number): number {
    return rows * this.#stride * this.array.BYTES_PER_ELEMENT;
  }

  /** `stride` bytes at `at` into row `row`. */
  put(row: number, view: DataView, at: number): void {
    const stride = this.#stride;
    copyInto(this.array as Uint8Array, row * stride, view, at, stride);
  }
}

/** Puts a 64-bit integer into element `index` by its words: a bigint on the way would cost more than the record. */
export function putInt64(words: Uint32Array, index: number, low: number, high: number): void {
  words[2 * index + lowWord] = low;
  words[2 * index + 1 - lowWord] = high;
}

/** From so many bytes on, one call costs less than a loop, though it needs an object for its source. */
const long = 512;

/** Copies `length` bytes at `at` of `view` to `to` in `target`; without an object, unless they are many. */
export function copyInto(target: Uint8Array, to: number, view: DataView, at: number, length: number): void {
  if (length >= long) target.set(new Uint8Array(view.buffer, view.byteOffset + at, length), to);
  else for (let i = 0; i < length; i++) target[to + i] = view.getUint8(at + i);
}
