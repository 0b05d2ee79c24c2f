import type { Codec } from "./virtual-machine.ts";

/** A value of C as JSON has it, as `toJSON` of a codec gives it. */
export type JsonValue =
  | number
  | string
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** What was read: by its codec, or its bytes in hexadecimal, and why they were not decoded where there is a codec. */
export interface ReadValue {
  readonly value: JsonValue;
  readonly error?: string;
}

/** Bytes in hexadecimal, as codecs give those of what has no other form. */
export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What `bytes` are by the codec of their type. */
export function readBytes(bytes: Uint8Array, codec: Codec | undefined): ReadValue {
  if (codec === undefined) return { value: hex(bytes) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readBy(
    codec,
    () => codec.decode(view, 0, bytes.byteLength),
    () => hex(bytes),
  );
}

/** What `get` gives by its codec, else what `plain` is. */
export function readBy(codec: Codec, get: () => unknown, plain: () => JsonValue): ReadValue {
  try {
    return { value: codec.toJSON(get()) as JsonValue };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { value: plain(), error: error.message };
  }
}
