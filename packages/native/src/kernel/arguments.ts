import { inspect } from "node:util";
import { describeUnknownKey, type KeysOf } from "@rbgen/btf";
import { memoryOf } from "@rbgen/runtime/backend";
import { ringError } from "./errno.ts";

/** A value that somebody gave, for a message: short, of one line, and of any kind. */
export function shown(value: unknown): string {
  const options = { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 100 };
  const text = typeof value === "string" ? JSON.stringify(value) : inspect(value, options);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/**
 * `bytes`, if it is a Uint8Array that tells its true length; what its buffer has lost is none.
 * @throws RingBufError EINVAL.
 */
export function checkBytes(bytes: Uint8Array, what: string): Uint8Array {
  const memory = bytes instanceof Uint8Array ? memoryOf(bytes) : undefined;
  if (memory !== undefined) return memory;
  throw ringError("EINVAL", `${what} is a Uint8Array, not ${shown(bytes)}`);
}

/**
 * `options`, if it may have members.
 * @throws RingBufError EINVAL.
 */
export function checkObject<Options extends object>(options: Options, what: string): Options {
  if (typeof options === "object" && options !== null) return options;
  throw ringError("EINVAL", `${what} is an object, not ${shown(options)}`);
}

/**
 * `options`, if it is an object that has no other keys than these; what they are is left to who takes them.
 * @throws RingBufError EINVAL, with the nearest key.
 */
export function checkOptions<Options extends object>(options: Options, what: string, keys: KeysOf<Options>): Options {
  const problem = describeUnknownKey(checkObject(options, what), keys);
  if (problem === undefined) return options;
  throw ringError("EINVAL", `${what}: ${problem}`);
}
