/**
 * Arithmetic of 64 bits on pairs of int32 that needs more than a line. Each leaves its high word in {@link wide}`.high`
 * and returns the low one.
 */
export const wide: { high: number } = { high: 0 };

/** `low × low'` as 64 bits, unsigned: the high word. */
function highOfProduct(left: number, right: number): number {
  const [a, b] = [left & 0xffff, left >>> 16];
  const [c, d] = [right & 0xffff, right >>> 16];
  const low = Math.imul(a, c) >>> 0;
  const middle = (Math.imul(b, c) >>> 0) + (low >>> 16);
  const cross = (Math.imul(a, d) >>> 0) + (middle & 0xffff);
  return (Math.imul(b, d) + (middle >>> 16) + (cross >>> 16)) | 0;
}

export function multiply(low: number, high: number, otherLow: number, otherHigh: number): number {
  wide.high = (highOfProduct(low, otherLow) + Math.imul(low, otherHigh) + Math.imul(high, otherLow)) | 0;
  return Math.imul(low, otherLow);
}

/** Quotient or remainder, unsigned; by 0 they are 0 and the dividend. */
export function divide(low: number, high: number, otherLow: number, otherHigh: number, remainder: boolean): number {
  if (high === 0 && otherHigh === 0) {
    const [left, right] = [low >>> 0, otherLow >>> 0];
    wide.high = 0;
    if (right === 0) return remainder ? low : 0;
    return remainder ? (left % right) | 0 : Math.floor(left / right) | 0;
  }
  if (otherLow === 0 && otherHigh === 0) {
    wide.high = remainder ? high : 0;
    return remainder ? low : 0;
  }
  const [left, right] = [unsigned(low, high), unsigned(otherLow, otherHigh)];
  return split(remainder ? left % right : left / right);
}

/** Quotient or remainder, signed and truncated; by 0 they are 0 and the dividend, the least by −1 is itself and 0. */
export function divideSigned(
  low: number,
  high: number,
  otherLow: number,
  otherHigh: number,
  remainder: boolean,
): number {
  if (otherLow === 0 && otherHigh === 0) {
    wide.high = remainder ? high : 0;
    return remainder ? low : 0;
  }
  const left = BigInt.asIntN(64, unsigned(low, high));
  const right = BigInt.asIntN(64, unsigned(otherLow, otherHigh));
  return split(remainder ? left % right : left / right);
}

/** Shifts by the low 6 bits of `by`. */
export function shiftLeft(low: number, high: number, by: number): number {
  const bits = by & 63;
  if (bits === 0) {
    wide.high = high;
    return low;
  }
  if (bits >= 32) {
    wide.high = low << (bits - 32);
    return 0;
  }
  wide.high = (high << bits) | (low >>> (32 - bits));
  return low << bits;
}

export function shiftRight(low: number, high: number, by: number): number {
  const bits = by & 63;
  if (bits === 0) {
    wide.high = high;
    return low;
  }
  if (bits >= 32) {
    wide.high = 0;
    return (high >>> (bits - 32)) | 0;
  }
  wide.high = high >>> bits;
  return (low >>> bits) | (high << (32 - bits));
}

export function shiftRightSigned(low: number, high: number, by: number): number {
  const bits = by & 63;
  if (bits === 0) {
    wide.high = high;
    return low;
  }
  wide.high = bits >= 32 ? high >> 31 : high >> bits;
  return bits >= 32 ? high >> (bits - 32) : (low >>> bits) | (high << (32 - bits));
}

/** Quotient or remainder of 32 bits, signed and truncated. */
export function divideSigned32(left: number, right: number, remainder: boolean): number {
  if (right === 0) return remainder ? left : 0;
  return remainder ? (left % right) | 0 : (left / right) | 0;
}

/** The bytes of a word the other way round. */
export function swapBytes(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function unsigned(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function split(value: bigint): number {
  wide.high = Number(BigInt.asIntN(32, value >> 32n));
  return Number(BigInt.asIntN(32, value));
}
