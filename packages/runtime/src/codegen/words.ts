import { DecodeError } from "../errors.ts";
import { lowWord } from "../ring/header.ts";
import { bigint } from "./integers.ts";

// 64-bit integers by their two words: numbers become none by way of a bigint, which costs more than the record's other members.
// Both words have the same offsets in both orders, and are chosen after: an offset that depends on the order costs twice as much.

const wordRange = 0x100000000;
/** Numbers above are beyond 2^53, as are those below its opposite. */
const mostHigh = 0x1fffff;

interface Versions {
  readonly v8?: string;
  readonly bun?: string;
}
const { v8, bun } = (globalThis as { process?: { versions?: Versions } }).process?.versions ?? {};

/**
 * Whether a 64-bit access of a DataView is a call that allocates, as in V8 before 13 (Node 20 and 22), where bigints that
 * are made of two words are kept in registers: three in a record cost half as much, and nothing where nobody asks for
 * them. Other engines have it the other way round.
 */
const byWords = bun === undefined && v8 !== undefined && Number.parseInt(v8, 10) < 13;

function uint64ByWords(view: DataView, offset: number, littleEndian: boolean): bigint {
  const first = view.getUint32(offset, littleEndian);
  const second = view.getUint32(offset + 4, littleEndian);
  return littleEndian
    ? BigInt.asUintN(64, (BigInt(second) << 32n) | BigInt(first))
    : BigInt.asUintN(64, (BigInt(first) << 32n) | BigInt(second));
}

function int64ByWords(view: DataView, offset: number, littleEndian: boolean): bigint {
  const first = view.getUint32(offset, littleEndian);
  const second = view.getUint32(offset + 4, littleEndian);
  return littleEndian
    ? BigInt.asIntN(64, (BigInt(second) << 32n) | BigInt(first))
    : BigInt.asIntN(64, (BigInt(first) << 32n) | BigInt(second));
}

/** The unsigned integer of 64 bits at `offset`. */
export const readUint64: (view: DataView, offset: number, littleEndian: boolean) => bigint = byWords
  ? uint64ByWords
  : (view, offset, littleEndian) => view.getBigUint64(offset, littleEndian);

/** The signed one. */
export const readInt64: (view: DataView, offset: number, littleEndian: boolean) => bigint = byWords
  ? int64ByWords
  : (view, offset, littleEndian) => view.getBigInt64(offset, littleEndian);

/** Where a bigint is taken apart. */
const scratch = new BigUint64Array(1);
const halves = new Uint32Array(scratch.buffer);

/** Stores the low 64 bits of a bigint. */
const store64: (view: DataView, offset: number, value: bigint, littleEndian: boolean) => void = byWords
  ? (view, offset, value, littleEndian) => {
      scratch[0] = value;
      const low = halves[lowWord]!;
      const high = halves[1 - lowWord]!;
      view.setUint32(offset, littleEndian ? low : high, littleEndian);
      view.setUint32(offset + 4, littleEndian ? high : low, littleEndian);
    }
  : (view, offset, value, littleEndian) => view.setBigUint64(offset, value, littleEndian);

/**
 * The unsigned integer of 64 bits at `offset` as a number.
 * @throws DecodeError beyond 2^53, where a number would round.
 */
export function safeUint64(
  view: DataView,
  offset: number,
  littleEndian: boolean,
  record: string,
  path: string,
): number {
  const first = view.getUint32(offset, littleEndian);
  const second = view.getUint32(offset + 4, littleEndian);
  const high = littleEndian ? second : first;
  const low = littleEndian ? first : second;
  return high <= mostHigh ? high * wordRange + low : beyond(high, low, record, path);
}

/**
 * The same of a signed one.
 * @throws DecodeError beyond 2^53 on either side
 */
export function safeInt64(view: DataView, offset: number, littleEndian: boolean, record: string, path: string): number {
  const first = view.getUint32(offset, littleEndian);
  const second = view.getUint32(offset + 4, littleEndian);
  const high = (littleEndian ? second : first) | 0;
  const low = littleEndian ? first : second;
  const value = high * wordRange + low;
  return Number.isSafeInteger(value) ? value : beyond(high, low, record, path);
}

function beyond(high: number, low: number, record: string, path: string): never {
  const value = (BigInt(high) << 32n) | BigInt(low);
  throw new DecodeError(record, 0, 0, path, `${value} is beyond 2^53`);
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
  if (typeof value === "bigint" && BigInt.asUintN(64, value) === value) store64(view, offset, value, littleEndian);
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
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) store64(view, offset, value, littleEndian);
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
    const low = value >>> 0;
    const high = Math.floor(value / wordRange);
    view.setInt32(offset, littleEndian ? low : high, littleEndian);
    view.setInt32(offset + 4, littleEndian ? high : low, littleEndian);
  } else {
    // left out, which is 0, or refused
    view.setBigUint64(offset, bigint(value, 64, path, signed), littleEndian);
  }
}
