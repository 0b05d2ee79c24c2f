import { type RecordCodec, recordColumns } from "../codec.ts";
import { UnsupportedError } from "../errors.ts";
import type { BatchFiller } from "./record-buffer.ts";

/**
 * What fills the columns of a codec's records, in memory of its own.
 * @param reuse whether a batch may lie where the one before it did
 * @throws UnsupportedError where it was generated without them
 */
export function fillerOf<Columns>(
  codec: RecordCodec<unknown, never, unknown, unknown, Columns>,
  reuse: boolean,
): BatchFiller<Columns> {
  const columns = codec[recordColumns];
  if (columns !== undefined) return columns.createBuffer().filler(columns, reuse);
  throw new UnsupportedError(
    `the codec of ${codec.name} has no columns: generate it with --columns, or with columns in --only where that is given`,
  );
}
