import type { ContextInput } from "@rbgen/vm";
import { bytesOfHex } from "../codec/hex.ts";

/** A context that somebody typed, or what is wrong with it. */
export type TypedContext = { readonly context: ContextInput | undefined } | { readonly wrong: string };

/**
 * Reads what a program is given: nothing, bytes in hex, or as JSON the members of a tracepoint's record, arguments in their
 * order, `{ "args": … }` of a probe. Integers that a number cannot hold are strings: "18446744073709551615".
 */
export function readContext(text: string): TypedContext {
  const trimmed = text.trim();
  if (trimmed === "") return { context: undefined };
  if (!/^[[{]/.test(trimmed)) {
    const bytes = bytesOfHex(trimmed);
    return typeof bytes === "string" ? { wrong: bytes } : { context: bytes };
  }
  try {
    return { context: JSON.parse(trimmed, wideIntegers) as ContextInput };
  } catch (error) {
    return { wrong: `neither hex nor JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Reads JSON's strings of ten digits and more as integers. */
export function wideIntegers(_: string, value: unknown): unknown {
  return typeof value === "string" && /^-?\d{10,}$/.test(value) ? BigInt(value) : value;
}
