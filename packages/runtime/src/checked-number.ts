import { invalid } from "./errors.ts";

/**
 * `value` if it is an integer from `least` to `most`.
 * @throws RingBufError EINVAL, with what would be taken.
 */
export function integer(value: number, name: string, least = 0, most: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(`${name} is ${shown(value)}: an integer from ${least} to ${most} is taken`);
}

/**
 * `value` if it is an integer of at least `least`, or `Infinity`.
 * @throws RingBufError EINVAL
 */
export function count(value: number, name: string, least = 0): number {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= least)) return value;
  throw invalid(`${name} is ${shown(value)}: an integer from ${least} on is taken, or Infinity`);
}

/**
 * `value` if it is a number from `least` to `most`, with a fraction or without.
 * @throws RingBufError EINVAL
 */
export function real(value: number, name: string, least: number, most: number = Number.POSITIVE_INFINITY): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw invalid(`${name} is ${shown(value)}: a number from ${least} to ${most} is taken`);
}

/**
 * `value` if it is a bigint of 64 bits, unsigned.
 * @throws RingBufError EINVAL
 */
export function unsigned64(value: bigint, name: string): bigint {
  if (typeof value === "bigint" && BigInt.asUintN(64, value) === value) return value;
  throw invalid(`${name} is ${shown(value)}: a bigint from 0n to 2n ** 64n - 1n is taken`);
}

/** Any value in a message, by its kind where it has no short form. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "object":
    case "function":
      return value === null ? "null" : `of type ${typeof value}`;
    default:
      return String(value);
  }
}
