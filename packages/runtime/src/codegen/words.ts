import { bigint, safeNumber } from "./integers.ts";

// 64-bit integers by their two words: numbers become none by way of a bigint, which costs more than the record's other members.

const wordRange = 0x100000000;

/**
 * The 64-bit integer at `offset` as a number.
 * @throws DecodeError beyond 2^53, where a number would round.
 */
export function safeInt64(
  view: DataView,
  offset: number,
  signed: boolean,
  littleEndian: boolean,
  record: string,
  path: string,
): number {
  const at = littleEndian ? offset + 4 : offset;
  const high = signed ? view.getInt32(at, littleEndian) : view.getUint32(at, littleEndian);
  // a sum that was rounded is beyond 2^53, too
  const value = high * wordRange + view.getUint32(littleEndian ? offset : offset + 4, littleEndian);
  if (Number.isSafeInteger(value)) return value;
  const whole = signed ? view.getBigInt64(offset, littleEndian) : view.getBigUint64(offset, littleEndian);
  return safeNumber(whole, record, path);
}

// Small enough for engines to inline: a bigint that fits is what most give, and all else is looked at apart.

/**
 * Writes an unsigned integer of 64 bits, given as bigint or whole number; 0 where it was left out.
 * @throws EncodeError ERANGE
 */
export function writeUint64(
  value: bigint | number | undefined,
  view: DataView,
  offset: number,
  littleEndian: boolean,
  path: string,
): void {
  if (typeof value === "bigint" && BigInt.asUintN(64, value) === value) view.setBigUint64(offset, value, littleEndian);
  else writeOther(value, view, offset, false, littleEndian, path);
}

/**
 * The same of a signed one.
 * @throws EncodeError ERANGE
 */
export function writeInt64(
  value: bigint | number | undefined,
  view: DataView,
  offset: number,
  littleEndian: boolean,
  path: string,
): void {
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) view.setBigInt64(offset, value, littleEndian);
  else writeOther(value, view, offset, true, littleEndian, path);
}

function writeOther(
  value: bigint | number | undefined,
  view: DataView,
  offset: number,
  signed: boolean,
  littleEndian: boolean,
  path: string,
): void {
  if (typeof value === "number" && Number.isSafeInteger(value) && (signed || value >= 0)) {
    view.setUint32(littleEndian ? offset : offset + 4, value >>> 0, littleEndian);
    view.setInt32(littleEndian ? offset + 4 : offset, Math.floor(value / wordRange), littleEndian);
  } else {
    // left out, which is 0, or refused
    view.setBigUint64(offset, bigint(value, 64, path, signed), littleEndian);
  }
}
