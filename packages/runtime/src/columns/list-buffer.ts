import type { FixedListColumn, ListColumn } from "./column-batch.ts";
import type { ColumnBuffer } from "./column-buffer.ts";
import { enlarged, grown } from "./number-buffer.ts";

/** Memory of lists whose elements vary in number. A row's elements begin where those of the row before end. */
export class ListBuffer implements ColumnBuffer {
  /** Where each row's elements begin, and behind the last one where they end. */
  offsets: Int32Array = new Int32Array(1);
  /** Takes the elements. */
  readonly of: ColumnBuffer;
  /** Elements that there is room for. */
  #room = 0;

  constructor(of: ColumnBuffer) {
    this.of = of;
  }

  reserve(rows: number): void {
    this.offsets = enlarged(this.offsets, rows + 1);
  }

  take(rows: number): ListColumn {
    return { offsets: this.offsets.subarray(0, rows + 1), values: this.of.take(this.offsets[rows]!) };
  }

  blank(row: number): void {
    this.offsets[row + 1] = this.offsets[row]!;
  }

  bytes(rows: number): number {
    return 4 * rows + this.of.bytes(this.offsets[rows]!);
  }

  reset(owned: boolean): void {
    if (owned) {
      this.offsets = new Int32Array(1);
      this.#room = 0;
    }
    this.of.reset(owned);
  }

  /** Makes room for `count` elements of row `row`; the first of them is element so many of all. */
  begin(row: number, count: number): number {
    const start = this.offsets[row]!;
    this.grow(start + count);
    return start;
  }

  /** Makes room for `elements` elements of all rows so far. */
  grow(elements: number): void {
    if (elements <= this.#room) return;
    this.#room = grown(this.#room, elements);
    this.of.reserve(this.#room);
  }
}

/** Memory of lists with `count` elements in each row. */
export class FixedListBuffer implements ColumnBuffer {
  /** Takes the elements. */
  readonly of: ColumnBuffer;
  readonly #count: number;

  constructor(of: ColumnBuffer, count: number) {
    this.of = of;
    this.#count = count;
  }

  reserve(rows: number): void {
    this.of.reserve(rows * this.#count);
  }

  take(rows: number): FixedListColumn {
    return { stride: this.#count, values: this.of.take(rows * this.#count) };
  }

  blank(row: number): void {
    const start = row * this.#count;
    for (let i = 0; i < this.#count; i++) this.of.blank(start + i);
  }

  bytes(rows: number): number {
    return this.of.bytes(rows * this.#count);
  }

  reset(owned: boolean): void {
    this.of.reset(owned);
  }
}
