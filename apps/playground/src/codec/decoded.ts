import type { RecordCodec } from "@rbgen/runtime";
import { printable, printableJson } from "../display-text.ts";

/** A sample as its codec's JSON, and the struct that a record of several kinds is; or why its bytes are none. */
export type Decoded = { readonly text: string; readonly kind?: string } | { readonly wrong: string };

/** Decodes one sample by a generated codec; the JSON is of one line, or indented. What reorders text is escaped. */
export function decodeSample(codec: RecordCodec<unknown>, bytes: Uint8Array, indent = 0): Decoded {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const value = codec.toJSON(codec.decode(view, 0, bytes.byteLength));
    const text = printableJson(value, indent);
    const kind = typeof value === "object" && value !== null && "kind" in value ? value["kind"] : undefined;
    return typeof kind === "string" ? { text, kind } : { text };
  } catch (error) {
    return { wrong: printable(error instanceof Error ? error.message : String(error)) };
  }
}
