import { isCount, lostBytes, outOfRange, within } from "./bounds.ts";
import { valueText } from "./value-text.ts";

// What a program without types may give: nothing is taken for something else, and whatever it is, it is an EncodeError. What
// a getter or a trap of the value throws passes through as it is, and so does the TypeError of a proxy that was revoked.

function isArray(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && kindOf.call(value) !== undefined);
}

/** Built-in objects that have no member of a record: arrays and views of bytes are told apart without their tag. */
const builtIns = new Set(
  `Arguments ArrayBuffer SharedArrayBuffer Boolean Number String Symbol BigInt Date Error Map Set Promise RegExp WeakMap WeakRef WeakSet`
    .split(" ")
    .map((name) => `[object ${name}]`),
);

/** Whether members may be asked of it: a literal, an instance of a class, or what has no prototype. */
function isStruct(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return !(Array.isArray(value) || ArrayBuffer.isView(value) || builtIns.has(Object.prototype.toString.call(value)));
}

/** Refuses what is no object in place of a record or a struct. */
export function checkObject(value: unknown, record: string): void {
  if (!isLiteral(value)) checkAnyObject(value, record);
}

function checkAnyObject(value: unknown, record: string): void {
  if (!isStruct(value)) outOfRange("", value, `${record} is encoded from an object`);
}

// Small enough for engines to inline: what is refused is told apart elsewhere.

function isLiteral(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The members of a struct: none where it was left out. */
export function members<T extends object>(value: T | undefined): T {
  return isLiteral(value) ? value! : (otherMembers(value) as T);
}

/** What is given, or what follows from the others where it was left out; null is given, and refused where it is taken. */
export function orElse<T>(given: T | undefined, derived: T): T {
  return given === undefined ? derived : given;
}

function otherMembers(value: unknown): object {
  if (value === undefined) return {};
  return isStruct(value) ? (value as object) : outOfRange("", value, "is no object");
}

/** Refuses what is no array of `count` elements. */
export function checkArray(value: unknown, count: number, path: string): void {
  if (!(Array.isArray(value) && value.length === count)) checkAnyArray(value, count, path);
}

function checkAnyArray(value: unknown, count: number, path: string): void {
  if (!isArray(value)) outOfRange(path, value, "is no array");
  const { length } = value;
  if (length !== count) outOfRange(path, value, `has ${valueText(length)} elements in place of ${count}`);
}

/** Elements of an array; none where it was left out. */
export function countElements(value: ArrayLike<unknown> | undefined, path: string): number {
  if (value === undefined) return 0;
  if (!isArray(value)) outOfRange(path, value, "is no array");
  const { length } = value;
  return isCount(length) ? length : outOfRange(path, value, "has no length that is a count");
}

/**
 * The byte behind the elements of an array in which each takes as many bytes as `length` says of it, and stands `strides[0]`
 * bytes behind the last one; of an array of arrays, with the strides of each.
 */
export function endOfElements(
  value: readonly unknown[] | undefined,
  strides: readonly number[],
  length: (item: never) => number,
  path: string,
): number {
  const [stride = 0, ...inner] = strides;
  const count = countElements(value, path);
  let end = 0;
  let i = 0;
  try {
    for (; i < count; i++) {
      const item: unknown = value?.[i];
      const own = inner.length === 0 ? length(members(item as never)) : endOfElements(item as never, inner, length, "");
      end = Math.max(end, i * stride + own);
    }
  } catch (error) {
    throw within(error, path, i);
  }
  return end;
}

// Getters of their own that a subclass, or a proxy in front of bytes, cannot answer in place of: what they tell is so.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

function ownGetter(name: PropertyKey): (this: unknown) => unknown {
  return Object.getOwnPropertyDescriptor(typedArray, name)!.get!;
}

const kindOf = ownGetter(Symbol.toStringTag);
const lengthOf = ownGetter("length");

/**
 * How many bytes `value` is, whatever realm it is of and whatever it tells of itself.
 * @throws EncodeError where it is none
 */
export function givenLength(value: Uint8Array, path: string): number {
  return kindOf.call(value) === "Uint8Array"
    ? (lengthOf.call(value) as number)
    : outOfRange(path, value, "is no Uint8Array");
}

/** How many bytes are given; none where they were left out. */
export function countBytes(value: Uint8Array | undefined, path: string): number {
  return value === undefined ? 0 : givenLength(value, path);
}

/** `count` if as many elements have room. */
export function checkFit(count: number, stride: number, room: number, value: unknown, path: string): number {
  return isCount(count) && count * stride <= room ? count : outOfRange(path, value, `has no room${lostBytes(value)}`);
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
 * The kind of the one arm of `arms` (kind, then the names of its members) that a value gives which names none, or else of the arm that
 * its `tag` means: one of `told` by its value, or `other`. Undefined where that is none.
 * @throws EncodeError for members of more than one arm.
 */
export function givenArm<Kind extends string>(
  value: object,
  property: string,
  arms: readonly (readonly [kind: Kind, ...members: string[]])[],
  record: string,
  tag?: unknown,
  told: readonly (readonly [tag: string, kind: Kind])[] = [],
  rest?: Kind,
): Kind | undefined {
  const [only, other] = arms.filter(([, ...names]) => names.some((name) => Reflect.get(value, name) !== undefined));
  if (other !== undefined) outOfRange(property, undefined, `is left out, and more than one arm of ${record} is given`);
  if (only !== undefined) return only[0];
  const text = typeof tag === "boolean" ? `${Number(tag)}` : `${tag as number | bigint | string}`;
  return told.find(([own]) => own === text)?.[1] ?? rest;
}
