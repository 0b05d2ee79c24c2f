import { describeUnknownKey, type KeysOf } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { shown } from "@rbgen/runtime/backend";

/** That an argument is none that is taken. */
export function invalid(message: string): RingBufError {
  return new RingBufError(message, { code: "EINVAL" });
}

/**
 * `options`, if it is an object that has no other keys than these; what they are is left to who takes them.
 * @throws RingBufError EINVAL, with the nearest key.
 */
export function checkOptions<Options extends object>(options: Options, what: string, keys: KeysOf<Options>): Options {
  if (typeof options !== "object" || options === null) throw invalid(`${what} is an object, not ${shown(options)}`);
  const problem = describeUnknownKey(options, keys);
  if (problem === undefined) return options;
  throw invalid(`${what}: ${problem}`);
}
