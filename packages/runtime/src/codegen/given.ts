import { outOfRange } from "./bounds.ts";

// What a program without types may give: nothing is taken for something else.

/** Refuses what is no object in place of a record or a struct. */
export function checkObject(value: unknown, record: string): void {
  if (typeof value !== "object" || value === null) noObject(value, record);
}

function noObject(value: unknown, record: string): never {
  return outOfRange("", value, `${record} is encoded from an object`);
}

// Small enough for engines to inline: what is refused is told apart elsewhere.

/** The members of a struct: none where it was left out. */
export function members<T extends object>(value: T | undefined): T {
  return typeof value === "object" && value !== null ? value : (noMembers(value) as T);
}

function noMembers(value: unknown): object {
  return value === undefined ? {} : outOfRange("", value, "is no object");
}

/** Refuses what is no array of `count` elements. */
export function checkArray(value: unknown, count: number, path: string): void {
  if (!Array.isArray(value) || value.length !== count) noArray(value, count, path);
}

function noArray(value: unknown, count: number, path: string): never {
  if (!Array.isArray(value)) outOfRange(path, value, "is no array");
  return outOfRange(path, value, `has ${value.length} elements in place of ${count}`);
}

/** Whether `value` is bytes, of any realm. */
function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** Refuses what is not bytes: the text that JSON has for them, too. */
export function checkBytes(value: unknown, path: string): void {
  if (!isBytes(value)) outOfRange(path, value, "is no Uint8Array");
}

/** Bytes that are there to be written whole. */
export function givenLength(value: Uint8Array, path: string): number {
  checkBytes(value, path);
  const count = value.length;
  return count >>> 0 === count ? count : outOfRange(path, value, "has no length that is a count");
}

/** `count` if as many elements have room. */
export function checkFit(count: number, stride: number, room: number, value: unknown, path: string): number {
  return count >>> 0 === count && count * stride <= room ? count : outOfRange(path, value, "has no room");
}

/** A `_Bool` as it is stored; 0 where it was left out. */
export function bool(value: boolean | undefined, path: string): 0 | 1 {
  if (value === true) return 1;
  return value === false || value === undefined ? 0 : outOfRange(path, value, "is no boolean");
}

/** 1 for a `_Bool` of which any bit is set. */
export function truth(bits: number | bigint | boolean): 0 | 1 {
  return bits ? 1 : 0;
}

/** `value` if a float of 32 bits holds it; what it has no digits for is rounded. */
export function float32(value: number | undefined, path: string): number {
  const number = float64(value, path);
  if (Number.isFinite(number) && !Number.isFinite(Math.fround(number)))
    outOfRange(path, value, "is too large for a float");
  return number;
}

/** `value` if it is a number; 0 where it was left out. */
export function float64(value: number | undefined, path: string): number {
  if (typeof value === "number") return value;
  return value === undefined ? 0 : outOfRange(path, value, "is no number");
}

/**
 * `value` with the kind of the one arm of `arms` (kind, then the names of its members) that it gives where it names none; as
 * it is where it gives nothing.
 * @throws EncodeError for a kind that there is not, and for members of more than one arm.
 */
export function withKind<T extends object>(
  value: T,
  property: string,
  arms: readonly (readonly [kind: string, ...members: string[]])[],
  record: string,
): T {
  const kind: unknown = Reflect.get(value, property);
  if (kind !== undefined) {
    return arms.some(([name]) => name === kind) ? value : outOfRange(property, kind, `names no arm of ${record}`);
  }
  const [only, other] = arms.filter(([, ...names]) => names.some((name) => Reflect.get(value, name) !== undefined));
  if (only === undefined) return value;
  if (other !== undefined) outOfRange(property, kind, `is left out, and more than one arm of ${record} is given`);
  return { ...value, [property]: only[0] };
}
