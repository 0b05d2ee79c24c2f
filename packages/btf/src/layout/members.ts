import type { ArrayType, Member, Struct, Union } from "../types.ts";
import { type Bits, bits } from "../units.ts";
import { sizeOf } from "./size.ts";
import { resolve } from "./strip.ts";

/** Bits that a member occupies: of a bit-field its width, of anything else its size. */
export function bitSizeOf(member: Member): Bits {
  return member.bitSize ?? bits(sizeOf(member.type) * 8);
}

/** Whether `member` is a flexible array: the last one, of no elements. BTF does not tell `[]` from `[0]`. */
export function isFlexible(member: Member, composite: Struct | Union): boolean {
  if (composite.members[composite.members.length - 1] !== member) return false;
  return flexibleArray(member) !== undefined;
}

/** The array without elements that the member is. */
function flexibleArray(member: Member): ArrayType | undefined {
  const type = resolve(member.type);
  return type.kind === "array" && type.count === 0 ? type : undefined;
}

/** Unused bits between members. */
export interface Hole {
  readonly bitOffset: Bits;
  readonly bitSize: Bits;
  /** The member that it follows; absent at the start. */
  readonly after: Member | undefined;
}

/**
 * Unused bits between the members of a struct, in order of offsets; a union has none. Padding at the end is not a hole.
 * @throws {@link BtfError} `size`.
 */
export function holesOf(type: Struct | Union): readonly Hole[] {
  if (type.kind === "union") return [];
  const holes: Hole[] = [];
  let end = 0;
  let after: Member | undefined;
  for (const member of inOrder(type)) {
    if (member.bitOffset > end) holes.push({ bitOffset: bits(end), bitSize: bits(member.bitOffset - end), after });
    const next = member.bitOffset + bitSizeOf(member);
    if (next >= end) {
      end = next;
      after = member;
    }
  }
  return holes;
}

/**
 * Unused bits after the last member.
 * @throws {@link BtfError} `size`.
 */
export function paddingOf(type: Struct | Union): Bits {
  let end = 0;
  for (const member of type.members) end = Math.max(end, member.bitOffset + bitSizeOf(member));
  return bits(Math.max(0, type.size * 8 - end));
}

/** Members by offset; those at the same one in the order of declaration. */
export function inOrder(type: Struct | Union): readonly Member[] {
  const { members } = type;
  for (let i = 1; i < members.length; i++) {
    if (members[i]!.bitOffset < members[i - 1]!.bitOffset) {
      return [...members].sort((a, b) => a.bitOffset - b.bitOffset);
    }
  }
  return members;
}
