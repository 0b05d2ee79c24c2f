import type { BytesColumn } from "./column-batch.ts";
import type { ColumnBuffer } from "./column-buffer.ts";
import { copyInto, enlarged } from "./number-buffer.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Memory of bytes or text, one behind another. A row begins where the one before it ends. */
export class BytesBuffer implements ColumnBuffer {
  /** Where each row's bytes begin, and behind the last one where they end. */
  offsets: Int32Array = new Int32Array(1);
  /** The bytes of all rows; room for more behind them. */
  data: Uint8Array = new Uint8Array(0);

  reserve(rows: number): void {
    this.offsets = enlarged(this.offsets, rows + 1);
  }

  take(rows: number): BytesColumn {
    return { offsets: this.offsets.subarray(0, rows + 1), bytes: this.data.subarray(0, this.offsets[rows]) };
  }

  blank(row: number): void {
    this.offsets[row + 1] = this.offsets[row]!;
  }

  bytes(rows: number): number {
    return 4 * rows + this.offsets[rows]!;
  }

  reset(owned: boolean): void {
    if (!owned) return;
    this.offsets = new Int32Array(1);
    this.data = new Uint8Array(0);
  }

  /** `length` bytes at `at` are row `row`. */
  put(row: number, view: DataView, at: number, length: number): void {
    const start = this.offsets[row]!;
    const end = start + length;
    if (end > this.data.length) this.data = enlarged(this.data, end);
    copyInto(this.data, start, view, at, length);
    this.offsets[row + 1] = end;
  }

  /** The text in at most `length` bytes at `at`, up to the first NUL, is row `row`. */
  putText(row: number, view: DataView, at: number, length: number): void {
    let count = 0;
    let bits = 0;
    for (; count < length; count++) {
      const byte = view.getUint8(at + count);
      if (byte === 0) break;
      bits |= byte;
    }
    this.put(row, view, at, count);
    if (bits > 127) this.#form(row);
  }

  /** What is no UTF-8 in row `row` becomes U+FFFD. */
  #form(row: number): void {
    const start = this.offsets[row]!;
    // a copy: a TextDecoder refuses shared memory, and takes a view of no other kind
    const text = decoder.decode(this.data.slice(start, this.offsets[row + 1]));
    const formed = encoder.encode(text);
    const end = start + formed.length;
    this.data = enlarged(this.data, end);
    this.data.set(formed, start);
    this.offsets[row + 1] = end;
  }
}
