/**
 * The text at an offset, of so many bytes, as one integer, the first byte the highest. What follows a NUL does not count, as it does
 * not in the text.
 */
export function textTag(view: DataView, offset: number, size: number): number {
  let tag = 0;
  let ended = false;
  for (let at = offset; at < offset + size; at++) {
    const byte: number = ended ? 0 : view.getUint8(at);
    ended ||= byte === 0;
    tag = tag * 256 + byte;
  }
  return tag;
}

/** The same of 8 bytes. */
export function wideTextTag(view: DataView, offset: number): bigint {
  const high = textTag(view, offset, 4);
  const low = high % 256 === 0 ? 0 : textTag(view, offset + 4, 4);
  return (BigInt(high) << 32n) | BigInt(low);
}
