import { integer } from "../checked-number.ts";
import { members } from "../checked-object.ts";
import type { ArmColumn, BytesColumn, TextColumn } from "./column-batch.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The bytes of row `row`, which lie in the batch.
 * @throws RingBufError EINVAL for a row that there is not
 */
export function bytesAt(column: BytesColumn, row: number): Uint8Array {
  const { offsets, bytes } = members(column, "column", { offsets: "object", bytes: "object" });
  integer(row, "row", 0, offsets.length - 2);
  return bytes.subarray(offsets[row], offsets[row + 1]);
}

/**
 * The text of row `row`.
 * @throws RingBufError EINVAL for a row that there is not
 */
export function textAt(column: TextColumn, row: number): string {
  return decoder.decode(bytesAt(column, row));
}

/**
 * Whether row `row` is of the column's arm, and so has a value.
 * @throws RingBufError EINVAL for a row that there is not
 */
export function validAt(column: ArmColumn, row: number): boolean {
  const { validity } = members(column, "column", { validity: "object" });
  integer(row, "row", 0, 8 * validity.length - 1);
  return ((validity[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}
