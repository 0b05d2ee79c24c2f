import type { LayoutDescriptor } from "@rbgen/btf";
import type { RecordCodec } from "@rbgen/runtime";

/** What only codecs of a record can do. */
function never(): never {
  throw new TypeError("samples as bytes have no members");
}

/** Samples as they are, for a ring whose records have `layout`. */
export function rawCodec(layout: LayoutDescriptor, endian: "little" | "big"): RecordCodec<Uint8Array, Uint8Array> {
  return {
    name: layout.name,
    size: layout.size,
    minByteLength: 0,
    layout,
    layoutHash: "",
    endian,
    decode: (view, offset = 0, byteLength = view.byteLength - offset) => {
      const copy = new Uint8Array(byteLength);
      copy.set(new Uint8Array(view.buffer, view.byteOffset + offset, byteLength));
      return copy;
    },
    encode: (bytes, view, offset = 0) => {
      new Uint8Array(view.buffer, view.byteOffset + offset, bytes.length).set(bytes);
      return bytes.length;
    },
    byteLengthOf: (bytes) => bytes.length,
    toJSON: (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    createView: never,
    createWriter: never,
  };
}
