/** Sets bits of a byte, and leaves those of `kept` as they are. */
export function setBits8(view: DataView, offset: number, kept: number, bits: number): void {
  view.setUint8(offset, (view.getUint8(offset) & kept) | bits);
}

/** The same of two bytes. */
export function setBits16(view: DataView, offset: number, kept: number, bits: number, littleEndian?: boolean): void {
  view.setUint16(offset, (view.getUint16(offset, littleEndian) & kept) | bits, littleEndian);
}

/** The same of four. */
export function setBits32(view: DataView, offset: number, kept: number, bits: number, littleEndian?: boolean): void {
  view.setUint32(offset, (view.getUint32(offset, littleEndian) & kept) | bits, littleEndian);
}

// For bit-fields that no load of up to 4 bytes covers, which are rare: bit by bit. `at` counts bits from the start of the
// bytes, as the target does: from the lowest bit of a byte on little-endian ones, from the highest on big-endian ones.

function maskOf(bit: number, littleEndian: boolean): number {
  return 1 << ((littleEndian ? bit : ~bit) & 7);
}

/** The `size` bits at `at`, as a signed or unsigned integer. */
export function readBits(
  view: DataView,
  offset: number,
  at: number,
  size: number,
  signed: boolean,
  littleEndian: boolean,
): bigint {
  let value = 0n;
  for (let i = 0; i < size; i++) {
    const bit = at + (littleEndian ? size - 1 - i : i);
    value = value + value + (view.getUint8(offset + (bit >> 3)) & maskOf(bit, littleEndian) ? 1n : 0n);
  }
  return signed ? BigInt.asIntN(size, value) : value;
}

/** Puts a checked value into a bit-field, and leaves the bits beside it as they are. */
export function writeBits(
  value: bigint,
  view: DataView,
  offset: number,
  at: number,
  size: number,
  littleEndian: boolean,
): void {
  for (let i = 0; i < size; i++) {
    const bit = at + (littleEndian ? i : size - 1 - i);
    const byte = offset + (bit >> 3);
    const mask = maskOf(bit, littleEndian);
    const old = view.getUint8(byte);
    view.setUint8(byte, (value >> BigInt(i)) & 1n ? old | mask : old & ~mask);
  }
}
