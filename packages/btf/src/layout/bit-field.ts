import { BtfError } from "../error.ts";
import type { Member, Struct, Union } from "../types.ts";
import { type Bits, type Bytes, bits, bytes } from "../units.ts";
import { sizeOf } from "./size.ts";

/** Where the bits of a bit-field are. */
export interface BitFieldStorage {
  /** First byte of the unit, from the start of the struct. */
  readonly byteOffset: Bytes;
  /** Bytes of the unit: 1, 2, 4, 8 or 16, or what else holds the bits of a packed one. */
  readonly byteSize: Bytes;
  /** How far the unit, read in the target's byte order, is shifted right to bring the field to bit 0. */
  readonly shift: Bits;
  readonly bitSize: Bits;
}

/**
 * The storage unit that a compiler reads a bit-field by: the one of its declared type, or, where the field crosses that
 * (packed structs) or the unit reaches beyond the struct, the bytes that it touches.
 * @throws {@link BtfError} `type` for a member that is not a bit-field; `size`.
 */
export function bitFieldStorage(member: Member, composite: Struct | Union, endian: "little" | "big"): BitFieldStorage {
  const { bitOffset, bitSize } = member;
  if (bitSize === undefined) {
    throw new BtfError("type", `member ${member.name} is not a bit-field`, {
      path: `${composite.name}.${member.name}`,
    });
  }
  let byteSize = sizeOf(member.type) as number;
  let byteOffset = Math.floor(bitOffset / (byteSize * 8)) * byteSize;
  if (!inOneUnit(bitOffset, bitSize, byteSize) || byteOffset + byteSize > composite.size) {
    byteOffset = Math.floor(bitOffset / 8);
    byteSize = Math.ceil((bitOffset + bitSize) / 8) - byteOffset;
  }
  const fromStart = bitOffset - byteOffset * 8;
  const shift = endian === "little" ? fromStart : byteSize * 8 - fromStart - bitSize;
  return { byteOffset: bytes(byteOffset), byteSize: bytes(byteSize), shift: bits(shift), bitSize };
}

/** Whether a bit-field lies in one storage unit of its type. */
export function inOneUnit(offset: number, width: number, size: number): boolean {
  const unit = size * 8;
  return Math.floor(offset / unit) === Math.floor((offset + width - 1) / unit);
}
