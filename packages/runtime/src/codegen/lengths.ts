import { DecodeError } from "../errors.ts";
import { isCount, outOfRange } from "./bounds.ts";
import { bool } from "./given.ts";
import { filled, longestFill, utf8Length } from "./strings.ts";
import { valueText } from "./value-text.ts";

/**
 * Elements of an array that takes `bytes`, as a length member says, out of `available`: none of a negative length, and as many as
 * there are of one that is too long.
 * @throws DecodeError for a length that ends within an element
 */
export function clampCount(bytes: number, available: number, stride: number, record: string, path: string): number {
  if (bytes <= 0) return 0;
  if (bytes > available) return Math.max(0, Math.floor(available / stride));
  if (bytes % stride === 0) return bytes / stride;
  throw new DecodeError(record, bytes, available, path, `has ${bytes} bytes, no multiple of ${stride}`);
}

/**
 * Refuses a length by which another number of elements would be read than was written, or another `cut` than was given.
 * @throws EncodeError
 */
export function checkClamped(
  bytes: number,
  available: number,
  stride: number,
  count: number,
  cut: boolean | undefined,
  path: string,
  cutPath: string,
): void {
  bool(cut, cutPath);
  const isCut = bytes > available;
  const read = bytes <= 0 ? 0 : isCut ? Math.max(0, Math.floor(available / stride)) : bytes / stride;
  if (isCut ? cut !== true : cut === true) {
    outOfRange(
      cutPath,
      cut,
      isCut ? `is not true, and ${path} says more than is given` : `is true, and nothing is cut`,
    );
  }
  if (read !== count) outOfRange(path, bytes, "is not the length of what is given");
}

/** The member of which `counted` is `factor` times and `constant`: what is left out follows from what it counts. */
export function solvedLength(counted: number, factor: number, constant: number, value: unknown, path: string): number {
  const solved = (counted - constant) / factor;
  return Number.isInteger(solved) ? solved : outOfRange(path, value, "has a length that no member says");
}

/** A length by the members that it is computed of; undefined where its only one was left out, NaN where one is no number. */
export function givenSum(
  constant: number,
  ...parts: readonly (readonly [given: unknown, factor: number])[]
): number | undefined {
  const [only, other] = parts;
  if (other === undefined && only?.[0] === undefined) return undefined;
  let sum = constant;
  for (const [given, factor] of parts) {
    if (given === undefined) continue;
    sum += typeof given === "number" || typeof given === "bigint" ? Number(given) * factor : Number.NaN;
  }
  return sum;
}

/**
 * Bytes of a list whose items are padded: as many as a member says, which `before` bytes count in, too, where that has its items,
 * which end at `bare`, and leaves out no more than what the last one is padded with; all of its `length` where not.
 */
export function paddedLength(length: number, bare: number, told: unknown, before: number): number {
  const says = typeof told === "number" || typeof told === "bigint" ? Number(told) - before : undefined;
  return says !== undefined && says >= bare && says <= length ? says : length;
}

/** Bytes of a list whose last item is cut: as many as a member says, which `before` bytes count in, too, and those of its items where it says fewer. */
export function endOfCut(length: number, told: unknown, before: number): number {
  const says = typeof told === "number" || typeof told === "bigint" ? Number(told) - before : length;
  return says > length && says - length <= longestFill ? says : length;
}

/** Whether a value gives one of these properties as true, each by the names that lead to it: through a list by its last item. */
export function isGivenCut(value: unknown, ...paths: readonly (readonly string[])[]): boolean {
  return paths.some((names) => {
    let found = value;
    for (const name of names) {
      const holder = Array.isArray(found) ? (found.at(-1) as unknown) : found;
      found = (holder as Record<string, unknown> | null | undefined)?.[name];
    }
    return found === true;
  });
}

/** Bytes of a text that may be cut: as many as its member says, none of a negative length, and its own where it was cut. */
export function countCutText(
  text: string | undefined,
  told: unknown,
  before: number,
  most: number,
  cut: boolean | undefined,
  bounded: boolean,
  path: string,
): number {
  const own = utf8Length(text, path);
  if (told === undefined) return own;
  if (cut === true) return bounded ? most : own;
  const length = typeof told === "number" || typeof told === "bigint" ? Number(told) - before : Number.NaN;
  if (length < 0) return 0;
  return isCount(length)
    ? filled(length, text, told, path)
    : outOfRange(path, told, `is told to have ${valueText(told)} bytes`);
}
