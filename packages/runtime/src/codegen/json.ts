import type { JsonValue } from "../codec.ts";

/** What JSON has no form for: bigint as decimal string, bytes as hex, NaN, infinities and -0 by name. */
function replace(this: unknown, name: string, value: unknown): unknown {
  // Before its own `toJSON`, which a Buffer has.
  const given: unknown = Reflect.get(this as object, name);
  if (given instanceof Uint8Array) return Array.from(given, (byte) => (byte + 256).toString(16).slice(1)).join("");
  if (ArrayBuffer.isView(given)) return Array.from(given as unknown as ArrayLike<unknown>);
  if (Object.is(value, -0)) return "-0";
  return typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value)) ? String(value) : value;
}

/** A decoded value as JSON. */
export function toJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value, replace)) as JsonValue;
}
