import type { JsonValue, RecordCodec } from "@rbgen/runtime";

/** A sample as its codec's JSON, or why its bytes are none. */
export type Decoded = { readonly value: JsonValue } | { readonly wrong: string };

/** Decodes one sample by a generated codec. */
export function decodeSample(codec: RecordCodec<unknown>, bytes: Uint8Array): Decoded {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { value: codec.toJSON(codec.decode(view, 0, bytes.byteLength)) };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}
