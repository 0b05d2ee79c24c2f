import { DecodeError } from "../errors.ts";
import { outOfRange } from "./bounds.ts";
import { valueText } from "./value-text.ts";

// Small enough for engines to inline wherever they are called: a value that fits passes the tests, and undefined fails them.
// An `index` is that of an element, and `path` its array's then: a loop needs no handler of its own to tell which it was.

/** 0 for a value that was left out; any other does not fit, and is told with what would: it may come from far away. */
function absent(value: unknown, bits: number, path: string, signed?: boolean, index?: number): number {
  if (value === undefined) return 0;
  const most = BigInt.asUintN(signed ? bits - 1 : bits, -1n);
  const place = index === undefined ? path : `${path}[${index}]`;
  return outOfRange(place, value, `${valueText(value)} is no integer from ${signed ? ~most : 0} to ${most}`);
}

function absentUint(value: unknown, most: number, path: string, index?: number): number {
  return absent(value, 32 - Math.clz32(most), path, false, index);
}

/** `value` if it is an unsigned integer of 32 bits; 0 where it was left out. */
export function uint32(value: number | undefined, path: string, index?: number): number {
  if (typeof value === "number") {
    const bits = value >>> 0;
    if (bits === value) return bits;
  }
  absentUint(value, 0xffff_ffff, path, index);
  return 0;
}

/** The same of 64 bits, given as bigint or whole number. */
export function uint64(value: bigint | number | undefined, path: string): bigint {
  return typeof value === "bigint" && BigInt.asUintN(64, value) === value ? value : biguint(value, 64, path);
}

/** `value` if it is an unsigned integer of fewer than 32 bits, of which `most` has all set; 0 where it was left out. */
export function uint(value: number | undefined, most: number, path: string, index?: number): number {
  if (typeof value === "number") {
    const bits = value & most;
    if (bits === value) return bits;
  }
  absentUint(value, most, path, index);
  return 0;
}

/** `value` if it is a signed integer of `bits` ≤ 32 bits; 0 where it was left out. */
export function int(value: number | undefined, bits: number, path: string, index?: number): number {
  if (typeof value === "number") {
    const own = (value << (32 - bits)) >> (32 - bits);
    if (own === value) return own;
  }
  absent(value, bits, path, true, index);
  return 0;
}

/** `value` as an unsigned integer of `bits` bits, given as bigint or whole number. */
export function biguint(value: bigint | number | undefined, bits: number, path: string): bigint {
  return bigint(value, bits, path, false);
}

/**
 * `value` as a signed integer of `bits` bits, given as bigint or whole number; 0 where it was left out. A number above 2^53
 * may stand for its neighbours: only exact ones pass.
 */
export function bigint(value: bigint | number | undefined, bits: number, path: string, signed = true): bigint {
  if (typeof value === "bigint" || Number.isSafeInteger(value)) {
    const big = BigInt(value!);
    if ((signed ? BigInt.asIntN : BigInt.asUintN)(bits, big) === big) return big;
  }
  if (
    typeof value === "number" &&
    Number.isInteger(value) &&
    Math.abs(value) > Number.MAX_SAFE_INTEGER &&
    Math.abs(value) < 2 ** bits
  ) {
    outOfRange(path, value, "is a number beyond 2^53, which stands for its neighbours, too: give a bigint");
  }
  return BigInt(absent(value, bits, path, signed));
}

/**
 * A 64-bit integer as a number.
 * @throws DecodeError beyond 2^53, where a number would round.
 */
export function safeNumber(value: bigint, record: string, path: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new DecodeError(record, 0, 0, path, `${value} is beyond 2^53`);
  }
  return number;
}
