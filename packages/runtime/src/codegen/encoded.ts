import type { OwnedBytes } from "../codec.ts";
import { lengthMask as longestSample } from "../ring/header.ts";
import { outOfRange } from "./bounds.ts";

/** What `encode` writes for `value`, in memory of its own of `byteLength` bytes. */
export function encoded<Value>(
  value: Value,
  byteLength: number,
  encode: (value: Value, view: DataView) => number,
): OwnedBytes {
  if (byteLength > longestSample) outOfRange("", byteLength, `${byteLength} bytes are more than any sample has`);
  const bytes = new Uint8Array(byteLength);
  const written = encode(value, new DataView(bytes.buffer));
  // A value whose accessors say less the second time.
  return written === byteLength ? bytes : bytes.slice(0, written);
}
