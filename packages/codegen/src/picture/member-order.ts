import { alignOf, isFlexible, type Member, type Struct, sizeOf } from "@rbgen/btf";

/** Another order of a struct's members, in which it is smaller. */
export interface MemberOrder {
  /** Bytes of the struct in that order, and how many fewer that is. */
  readonly size: number;
  readonly saved: number;
  readonly members: readonly Member[];
}

/**
 * The order of members that saves holes and padding: by alignment, the largest first, bit-fields together. Undefined where
 * none is smaller, and where the layout is not what C makes of the members by themselves (packed, aligned by hand).
 */
export function smallerOrder(type: Struct): MemberOrder | undefined {
  const placed = layOut(type.members);
  const natural =
    placed.size === type.size && type.members.every((member, index) => member.bitOffset === placed.offsets[index]);
  if (!natural) return undefined;
  const tail = type.members.filter((member) => isFlexible(member, type));
  const movable = type.members.filter((member) => !tail.includes(member));
  const whole = movable.filter(({ bitSize }) => bitSize === undefined).sort((a, b) => alignment(b) - alignment(a));
  const fields = movable.filter(({ bitSize }) => bitSize !== undefined);
  let best: MemberOrder | undefined;
  // Bit-fields share what the members around them leave, so each place among those is tried.
  for (let at = whole.length; at >= (fields.length === 0 ? whole.length : 0); at--) {
    const before = whole[at - 1];
    const after = whole[at];
    if (before !== undefined && after !== undefined && alignment(before) === alignment(after)) continue;
    const members = [...whole.slice(0, at), ...fields, ...whole.slice(at), ...tail];
    const { size } = layOut(members);
    if (size < (best?.size ?? type.size)) best = { size, saved: type.size - size, members };
  }
  return best;
}

function alignment(member: Member): number {
  return Math.max(alignOf(member.type), member.align ?? 1);
}

/** What C makes of members in a row, after the System V ABI; offsets in bits, the size in bytes. */
function layOut(members: readonly Member[]): { readonly offsets: readonly number[]; readonly size: number } {
  const offsets: number[] = [];
  let end = 0;
  let align = 1;
  for (const member of members) {
    const unit = sizeOf(member.type) * 8;
    const { bitSize } = member;
    if (bitSize === undefined) end = roundUp(end, alignment(member) * 8);
    else if (Math.floor(end / unit) !== Math.floor((end + bitSize - 1) / unit)) end = roundUp(end, unit);
    offsets.push(end);
    end += bitSize ?? unit;
    if (member.name !== "" || bitSize === undefined) align = Math.max(align, alignment(member));
  }
  return { offsets, size: roundUp(end, align * 8) / 8 };
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
