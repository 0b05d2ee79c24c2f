/**
 * A bit-field that no load of up to 4 bytes covers. `at` counts bits from the start of the bytes, as the target does:
 * from the lowest bit of a byte on little-endian ones, from the highest on big-endian ones.
 */
export function readBits(
  view: DataView,
  offset: number,
  at: number,
  size: number,
  signed: boolean,
  littleEndian: boolean,
): bigint {
  const first = offset + (at >> 3);
  const last = offset + ((at + size - 1) >> 3);
  let value = 0n;
  if (littleEndian) for (let i = last; i >= first; i--) value = (value << 8n) | BigInt(view.getUint8(i));
  else for (let i = first; i <= last; i++) value = (value << 8n) | BigInt(view.getUint8(i));
  value >>= BigInt(littleEndian ? at & 7 : 7 - ((at + size - 1) & 7));
  return signed ? BigInt.asIntN(size, value) : BigInt.asUintN(size, value);
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
  let rest = BigInt.asUintN(size, value);
  // From the least significant bit on: upwards in memory on little-endian targets, downwards on big-endian ones.
  for (let done = 0; done < size; ) {
    const bit = littleEndian ? at + done : at + size - 1 - done;
    const byte = offset + (bit >> 3);
    const shift = littleEndian ? bit & 7 : 7 - (bit & 7);
    const count = Math.min(8 - shift, size - done);
    const mask = ((1 << count) - 1) << shift;
    view.setUint8(byte, (view.getUint8(byte) & ~mask) | ((Number(rest & 0xffn) << shift) & mask));
    rest >>= BigInt(count);
    done += count;
  }
}
