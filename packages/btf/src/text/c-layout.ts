import { BtfError } from "../error.ts";
import { alignOf } from "../layout/alignment.ts";
import { inOrder } from "../layout/members.ts";
import { sizeOf } from "../layout/size.ts";
import type { Member, Struct, Union } from "../types.ts";

/** What a body of C has in order: members as they are, and bits that nobody uses. */
export type BodyItem = { readonly member: Member } | { readonly paddingBits: number; readonly at: number };

/** A struct or union as C can declare it. */
export interface BodyPlan {
  readonly items: readonly BodyItem[];
  readonly packed: boolean;
  /** Alignment to ask for by an attribute; absent where the members bring it. */
  readonly align: number | undefined;
}

/**
 * How a compiler for x86-64 or BPF comes to the layout: which members need padding before them that no rule makes,
 * and whether the whole has to be packed. Rules: System V ABI, as clang and gcc follow it.
 * @throws {@link BtfError} `c-text` where members overlap or lie beyond the end, which no attribute makes.
 */
export function planBody(type: Struct | Union): BodyPlan {
  const wanted = alignOf(type);
  const attempts = type.packed === true ? [true] : [false, true];
  for (const packed of attempts) {
    const plan = type.kind === "struct" ? planStruct(type, packed, wanted) : planUnion(type, packed, wanted);
    if (plan !== undefined) return plan;
  }
  throw new BtfError("c-text", `no C declaration has the layout of ${type.kind} ${type.name || "(anonymous)"}`, {
    typeId: type.id,
  });
}

function planStruct(type: Struct, packed: boolean, wanted: number): BodyPlan | undefined {
  const items: BodyItem[] = [];
  let position = 0;
  let align = 1;
  for (const member of inOrder(type)) {
    const own = memberAlign(member, packed);
    const natural = naturalOffset(member, position, own);
    if (natural > member.bitOffset) return undefined;
    if (natural < member.bitOffset) {
      items.push({ paddingBits: member.bitOffset - position, at: position });
      // After the padding the rules must lead to where the member is.
      if (naturalOffset(member, member.bitOffset, own) !== member.bitOffset) return undefined;
    }
    items.push({ member });
    position = member.bitOffset + (member.bitSize ?? sizeOf(member.type) * 8);
    if (member.name !== "" || member.bitSize === undefined) align = Math.max(align, own);
  }
  return closed(type, items, position, align, packed, wanted);
}

function planUnion(type: Union, packed: boolean, wanted: number): BodyPlan | undefined {
  const items: BodyItem[] = [];
  let end = 0;
  let align = 1;
  for (const member of type.members) {
    if (member.bitOffset !== 0) return undefined;
    items.push({ member });
    end = Math.max(end, member.bitSize ?? sizeOf(member.type) * 8);
    if (member.name !== "" || member.bitSize === undefined) align = Math.max(align, memberAlign(member, packed));
  }
  // Padding of a union is an arm as long as the whole.
  const size = type.size * 8;
  if (end < size && roundUp(end, align * 8) !== size) {
    items.push({ paddingBits: size, at: 0 });
    end = size;
  }
  return closed(type, items, end, align, packed, wanted);
}

function closed(
  type: Struct | Union,
  items: BodyItem[],
  end: number,
  align: number,
  packed: boolean,
  wanted: number,
): BodyPlan | undefined {
  const size = type.size * 8;
  const whole = Math.max(align, wanted);
  if (end > size || size % (whole * 8) !== 0) return undefined;
  if (roundUp(end, whole * 8) !== size) {
    items.push({ paddingBits: size - end, at: end });
  }
  return { items, packed, align: wanted > align ? wanted : undefined };
}

function memberAlign(member: Member, packed: boolean): number {
  const asked = member.align ?? 1;
  return packed ? asked : Math.max(alignOf(member.type), asked);
}

/** Where a compiler puts the member, the bits before `position` being taken. */
function naturalOffset(member: Member, position: number, align: number): number {
  if (member.bitSize === undefined) return roundUp(position, align * 8);
  const unit = sizeOf(member.type) * 8;
  // A packed bit-field follows at the next bit, whatever it crosses.
  if (align === 1 && unit !== 8) return position;
  return (position % (align * 8)) + member.bitSize > unit ? roundUp(position, align * 8) : position;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
