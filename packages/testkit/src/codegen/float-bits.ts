const scratch = new DataView(new ArrayBuffer(8));

/** The bits of a float of `size` bytes. */
export function bitsOfFloat(value: number, size: 4 | 8): bigint {
  if (size === 8) scratch.setFloat64(0, value);
  else scratch.setFloat32(0, value);
  return size === 8 ? scratch.getBigUint64(0) : BigInt(scratch.getUint32(0));
}

/** The float of `size` bytes that has these bits. */
export function floatOfBits(bits: bigint, size: 4 | 8): number {
  if (size === 8) {
    scratch.setBigUint64(0, bits);
    return scratch.getFloat64(0);
  }
  scratch.setUint32(0, Number(BigInt.asUintN(32, bits)));
  return scratch.getFloat32(0);
}
