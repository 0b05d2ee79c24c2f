import { alignOf, holesOf, type Member, paddingOf, type Struct, sizeOf, type Union } from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";

/** Bytes of a cache line, as pahole assumes. */
export const cacheLine = 64;

/** What a layout comes to, counted as pahole counts it. Bytes where it does not say bits. */
export interface LayoutFigures {
  readonly size: number;
  readonly align: number;
  readonly members: number;
  /** Unused bytes between members, and in how many places. */
  readonly holes: number;
  readonly holeBytes: number;
  /** Unused bits beside bit-fields, and in how many places. */
  readonly bitHoles: number;
  readonly bitHoleBits: number;
  /** Unused bytes, and bits of the last storage unit, behind the last member. */
  readonly padding: number;
  readonly paddingBits: number;
  readonly cacheLines: number;
  /** Bytes in the last cache line; 0 where it is full. */
  readonly lastCacheLine: number;
}

/**
 * The figures of a struct or union. A union has no holes.
 * @throws BtfError for a type whose layout cannot be told.
 */
export function figuresOf(type: Struct | Union): LayoutFigures {
  const size = type.size * 8;
  let [holes, holeBytes, bitHoles, bitHoleBits] = [0, 0, 0, 0];
  for (const { bitOffset, bitSize } of holesOf(type)) {
    const bytes = wholeBytes(type, bitOffset, bitOffset + bitSize);
    const bits = bitSize - bytes * 8;
    if (bytes > 0) holes += 1;
    if (bits > 0) bitHoles += 1;
    holeBytes += bytes;
    bitHoleBits += bits;
  }
  const behind = type.kind === "union" ? 0 : paddingOf(type);
  const padding = wholeBytes(type, size - behind, size);
  return {
    size: type.size,
    align: alignOf(type),
    members: type.members.length,
    holes,
    holeBytes,
    bitHoles,
    bitHoleBits,
    padding,
    paddingBits: behind - padding * 8,
    cacheLines: Math.ceil(type.size / cacheLine),
    lastCacheLine: type.size % cacheLine,
  };
}

/** Whole unused bytes between two bits: what is unused in a storage unit of the bit-fields next to them is bits of that unit. */
function wholeBytes(type: Struct | Union, from: number, to: number): number {
  let start = Math.ceil(from / 8);
  let end = Math.floor(to / 8);
  if (end <= start) return 0;
  const { members } = type;
  for (let at = members.length - 1; at >= 0; at--) {
    const member = members[at]!;
    if (member.bitOffset >= from) continue;
    if (member.bitSize === undefined) break;
    start = Math.max(start, unitOf(member).end);
  }
  for (const member of members) {
    if (member.bitOffset < to) continue;
    if (member.bitSize === undefined) break;
    end = Math.min(end, unitOf(member).start);
  }
  return Math.max(0, end - start);
}

/** The storage unit of a bit-field's declared type. */
function unitOf(member: Member): { readonly start: number; readonly end: number } {
  const size = sizeOf(member.type);
  const start = Math.floor(member.bitOffset / 8 / size) * size;
  return { start, end: start + size };
}

/** The figures in words, the facts that are worth a look first. */
export function figuresText(figures: LayoutFigures): string {
  const { size, align, members, cacheLines, lastCacheLine } = figures;
  const parts = [
    counted(size, "byte"),
    `align ${align}`,
    counted(members, "member"),
    `${counted(cacheLines, "cache line")}${lastCacheLine === 0 ? "" : `, ${counted(lastCacheLine, "byte")} in the last`}`,
  ];
  if (figures.holes > 0) parts.push(`${counted(figures.holes, "hole")} of ${counted(figures.holeBytes, "byte")}`);
  if (figures.bitHoles > 0)
    parts.push(`${counted(figures.bitHoles, "bit hole")} of ${counted(figures.bitHoleBits, "bit")}`);
  if (figures.padding > 0) parts.push(`${counted(figures.padding, "byte")} of padding`);
  if (figures.paddingBits > 0) parts.push(`${counted(figures.paddingBits, "bit")} of padding in the last unit`);
  return parts.join(" · ");
}
