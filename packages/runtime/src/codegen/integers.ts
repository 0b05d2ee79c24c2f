import { DecodeError } from "../errors.ts";
import { outOfRange } from "./bounds.ts";

// The first test of each is the only one that a value which fits takes, and engines inline it; undefined fails it too.

/** `value` if it is an unsigned integer of `bits` ≤ 32 bits; 0 where it was left out. */
export function uint(value: number | undefined, bits: number, path: string): number {
  if (value! >>> 0 === value && (bits === 32 || value >>> bits === 0)) return value;
  return value === undefined ? 0 : outOfRange(path, value);
}

/** `value` if it is a signed integer of `bits` ≤ 32 bits; 0 where it was left out. */
export function int(value: number | undefined, bits: number, path: string): number {
  if ((value! << (32 - bits)) >> (32 - bits) === value) return value;
  return value === undefined ? 0 : outOfRange(path, value);
}

/** `value` as an unsigned integer of `bits` bits, given as bigint or whole number. */
export function biguint(value: bigint | number | undefined, bits: number, path: string): bigint {
  if (typeof value === "bigint" && BigInt.asUintN(bits, value) === value) return value;
  return converted(value, bits, path, BigInt.asUintN);
}

/** `value` as a signed integer of `bits` bits, given as bigint or whole number. */
export function bigint(value: bigint | number | undefined, bits: number, path: string): bigint {
  if (typeof value === "bigint" && BigInt.asIntN(bits, value) === value) return value;
  return converted(value, bits, path, BigInt.asIntN);
}

/** What is left out is 0. A number above 2^53 may stand for its neighbours: only exact ones pass. */
function converted(
  value: bigint | number | undefined,
  bits: number,
  path: string,
  wrap: (bits: number, value: bigint) => bigint,
): bigint {
  if (value === undefined) return 0n;
  if (Number.isSafeInteger(value)) {
    const big = BigInt(value);
    if (wrap(bits, big) === big) return big;
  }
  return outOfRange(path, value);
}

/** A 64-bit integer as a number. @throws DecodeError beyond 2^53, where a number would round. */
export function safeNumber(value: bigint, record: string, path: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new DecodeError(record, 0, 0, path, `${value} is beyond 2^53: read it as bigint`);
  }
  return number;
}
