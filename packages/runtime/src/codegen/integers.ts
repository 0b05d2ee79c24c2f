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
  const big = wholeNumber(value, path);
  return BigInt.asUintN(bits, big) === big ? big : outOfRange(path, value);
}

/** `value` as a signed integer of `bits` bits, given as bigint or whole number. */
export function bigint(value: bigint | number | undefined, bits: number, path: string): bigint {
  if (typeof value === "bigint" && BigInt.asIntN(bits, value) === value) return value;
  const big = wholeNumber(value, path);
  return BigInt.asIntN(bits, big) === big ? big : outOfRange(path, value);
}

/** A number above 2^53 may stand for its neighbours: only exact ones pass. */
function wholeNumber(value: bigint | number | undefined, path: string): bigint {
  if (value === undefined) return 0n;
  if (typeof value === "bigint") return value;
  if (!Number.isSafeInteger(value)) outOfRange(path, value, "is no whole number below 2^53; give a bigint");
  return BigInt(value);
}

/** A 64-bit integer as a number. @throws DecodeError beyond 2^53, where a number would round. */
export function safeNumber(value: bigint, record: string, path: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new DecodeError(record, 0, 0, path, `${value} does not fit a number; generate this member as bigint`);
  }
  return number;
}

/** A 128-bit integer of two's complement or unsigned. */
export function readInt128(view: DataView, offset: number, signed: boolean, littleEndian: boolean): bigint {
  const low = view.getBigUint64(littleEndian ? offset : offset + 8, littleEndian);
  const at = littleEndian ? offset + 8 : offset;
  return ((signed ? view.getBigInt64(at, littleEndian) : view.getBigUint64(at, littleEndian)) << 64n) | low;
}

/** The counterpart of {@link readInt128}; `value` was checked. */
export function writeInt128(value: bigint, view: DataView, offset: number, littleEndian: boolean): void {
  view.setBigUint64(littleEndian ? offset : offset + 8, BigInt.asUintN(64, value), littleEndian);
  view.setBigUint64(littleEndian ? offset + 8 : offset, BigInt.asUintN(64, value >> 64n), littleEndian);
}

/** A half-precision float, which DataView cannot read everywhere yet. */
export function readFloat16(view: DataView, offset: number, littleEndian: boolean): number {
  const bits = view.getUint16(offset, littleEndian);
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size =
    exponent === 31
      ? fraction === 0
        ? Infinity
        : NaN
      : exponent === 0
        ? fraction * 2 ** -24
        : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 === 0 ? size : -size;
}

/** Writes a half-precision float, rounded to the nearest, ties to even. */
export function writeFloat16(value: number, view: DataView, offset: number, littleEndian: boolean): void {
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  let bits = 0x7e00;
  if (size >= 65520) bits = 0x7c00;
  else if (!Number.isNaN(size)) {
    const exponent = Math.max(-14, Math.floor(Math.log2(size === 0 ? 2 ** -24 : size)));
    const scaled = size * 2 ** (10 - exponent);
    const floor = Math.floor(scaled);
    const up = scaled - floor > 0.5 || (scaled - floor === 0.5 && floor % 2 === 1) ? 1 : 0;
    bits = ((exponent + 14) << 10) + floor + up;
  }
  view.setUint16(offset, sign | bits, littleEndian);
}
