import { type Attachable, attachView, type Lease, type Leased, takeLease } from "../codec.ts";

/** `cursor`, over a member of a record, put where the cursor over that record stands. */
export function leased<Cursor extends Leased>(cursor: Cursor, lease: Lease): Cursor {
  cursor[takeLease](lease);
  return cursor;
}

/** `writer`, over a member of a record, put on the member's bytes. */
export function attached<Writer extends Attachable>(
  writer: Writer,
  view: DataView | null,
  offset: number,
  byteLength: number,
): Writer {
  writer[attachView](view, offset, byteLength, true);
  return writer;
}
