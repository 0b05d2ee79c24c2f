import { type Bits, resolve, sizeOf, type Type } from "@rbgen/btf";

/**
 * The bytes of a value that takes the place of another one, as they are where the two are alike: what a codec does not read, padding
 * and what stands behind the NUL of a text, stays with its member.
 * @param there the bytes now
 * @param before what the value now encodes to
 * @param next what the new value encodes to
 */
export function keptBytes(there: Uint8Array, before: Uint8Array, next: Uint8Array, type: Type): Uint8Array {
  const changed = new Uint8Array(there.length);
  markChanged(type, 0, before, next, changed);
  return there.map((byte, at) => (byte & ~changed[at]!) | (next[at]! & changed[at]!));
}

/** Sets the bits of all members whose values differ: those of an array of scalars, which may be text, together. */
function markChanged(type: Type, bitOffset: number, before: Uint8Array, next: Uint8Array, changed: Uint8Array): void {
  const bare = resolve(type);
  if (bare.kind === "struct" || bare.kind === "union") {
    for (const member of bare.members) {
      const from = bitOffset + member.bitOffset;
      if (member.bitSize === undefined) markChanged(member.type, from, before, next, changed);
      else markBits(from, member.bitSize, before, next, changed);
    }
    return;
  }
  const element = bare.kind === "array" ? resolve(bare.element) : undefined;
  if (bare.kind === "array" && (element?.kind === "array" || element?.kind === "struct" || element?.kind === "union")) {
    const stride = sizeOf(element) * 8;
    for (let at = 0; at < bare.count; at += 1) {
      markChanged(element, bitOffset + at * stride, before, next, changed);
    }
    return;
  }
  const from = bitOffset / 8;
  // what a flexible array holds goes on to the end
  const end = bare.kind === "array" && bare.count === 0 ? next.length : from + sizeOf(bare);
  for (let at = from; at < end; at += 1) {
    if (before[at] === next[at]) continue;
    changed.fill(0xff, from, end);
    return;
  }
}

function markBits(from: number, size: Bits, before: Uint8Array, next: Uint8Array, changed: Uint8Array): void {
  for (let bit = from; bit < from + size; bit += 1) {
    const [at, mask] = [bit >> 3, 1 << (bit & 7)];
    if (((before[at]! ^ next[at]!) & mask) !== 0) changed[at]! |= mask;
  }
}
