import { describePresent } from "./present.ts";

/** Each key that an object of options may have; of several types of options, those of all. */
export type KeysOf<Options> = Readonly<Record<Options extends unknown ? keyof Options : never, true>>;

/**
 * What is told of the first key of `options` that is none of `keys`: `there is no "mapps"; there are "maps", "rodata"; did you mean
 * "maps"?`. Undefined where all are known. Only own keys count, whatever their values are: JavaScript takes any.
 */
export function describeUnknownKey<Options extends object>(
  options: Options,
  keys: KeysOf<Options>,
): string | undefined {
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(keys, key));
  return unknown === undefined
    ? undefined
    : `there is no "${unknown}"${describePresent(unknown, Object.keys(keys), "there are")}`;
}
