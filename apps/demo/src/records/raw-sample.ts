import type { RecordCodec } from "@rbgen/runtime";
import { events } from "../types.gen.ts";

function readOnly(): never {
  throw new Error("samples are only read here");
}

/** Samples as they lie in the ring of events, copied and not decoded: whoever gets them has the generated decoder. */
export const rawSample: RecordCodec<Uint8Array> = {
  name: "sample",
  size: 0,
  minByteLength: 0,
  endian: events.endian,
  layout: events.layout,
  layoutHash: events.layoutHash,
  decode(view, offset = 0, byteLength = view.byteLength - offset) {
    return new Uint8Array(view.buffer, view.byteOffset + offset, byteLength).slice();
  },
  encode: readOnly,
  byteLengthOf: (bytes) => bytes.byteLength,
  toJSON: (bytes) => [...bytes],
  createView: readOnly,
  createWriter: readOnly,
};
