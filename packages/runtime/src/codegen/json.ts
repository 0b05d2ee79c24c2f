import type { JsonValue } from "../codec.ts";

/** A decoded value as JSON: bigint as decimal string, bytes as hex, NaN and infinities by name. */
export function toJson(value: unknown): JsonValue {
  switch (typeof value) {
    case "bigint":
      return String(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      break;
    default:
      return value as JsonValue;
  }
  if (value instanceof Uint8Array) {
    let hex = "";
    for (const byte of value) hex += byte.toString(16).padStart(2, "0");
    return hex;
  }
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, member]) => [name, toJson(member)]));
}
