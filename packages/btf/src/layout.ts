import { BtfError } from "./error.ts";
import type { ArrayType, Member, Struct, Type, Union } from "./types.ts";
import { type Bits, type Bytes, bits, bytes } from "./units.ts";

/** A chain of typedefs and qualifiers longer than any compiler's is a circle, or made to be one. */
const maxChain = 256;

/** The largest size that counts exactly, in bits too. */
const maxSize = Math.floor(Number.MAX_SAFE_INTEGER / 8);

/**
 * The type behind typedefs, qualifiers and type tags.
 * @throws {@link BtfError} `cycle` for a typedef of itself.
 */
export function resolve(
  type: Type,
): Exclude<Type, { kind: "typedef" | "const" | "volatile" | "restrict" | "type_tag" }> {
  let at = type;
  for (let step = 0; step < maxChain; step++) {
    switch (at.kind) {
      case "typedef":
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      default:
        return at;
    }
  }
  throw chainError(type);
}

/**
 * The type behind qualifiers and type tags; a typedef is kept.
 * @throws {@link BtfError} `cycle` for a qualifier of itself.
 */
export function skipQualifiers(type: Type): Exclude<Type, { kind: "const" | "volatile" | "restrict" | "type_tag" }> {
  let at = type;
  for (let step = 0; step < maxChain; step++) {
    switch (at.kind) {
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      default:
        return at;
    }
  }
  throw chainError(type);
}

function chainError(type: Type): BtfError {
  return new BtfError("cycle", `${type.kind} leads to itself, or through more than ${maxChain} others`, {
    typeId: type.id,
  });
}

/**
 * `sizeof`, in bytes.
 * @throws {@link BtfError} `size` for a type without one (void, a function, a forward declaration) or with one that
 * cannot be counted; `cycle`.
 */
export function sizeOf(type: Type): Bytes {
  let count = 1;
  let at = type;
  for (let step = 0; step < maxChain; step++) {
    switch (at.kind) {
      case "int":
      case "float":
      case "enum":
      case "enum64":
      case "struct":
      case "union":
      case "datasec":
        return product(at.size, count, type);
      case "ptr":
        return product(at.size ?? 8, count, type);
      case "array":
        count *= at.count;
        at = at.element;
        break;
      case "typedef":
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      case "var":
        at = at.type;
        break;
      case "void":
      case "fwd":
      case "func":
      case "func_proto":
      case "decl_tag":
        throw new BtfError("size", `${at.kind}${"name" in at ? ` ${at.name}` : ""} has no size`, { typeId: at.id });
    }
  }
  throw chainError(type);
}

function product(size: number, count: number, type: Type): Bytes {
  const all = size * count;
  if (all > maxSize) throw new BtfError("size", "an array too large to count its bits", { typeId: type.id });
  return bytes(all);
}

const aligns: WeakMap<Struct | Union, Bytes> = new WeakMap();

/**
 * `_Alignof`, in bytes. BTF does not record it: it is what the members ask for, or 1 where {@link isPacked}, unless
 * the type graph says more. So it may be less than an `aligned` attribute made it; it is never more.
 * @throws {@link BtfError} `size`, `cycle`.
 */
export function alignOf(type: Type): Bytes {
  return alignment(type, new Set());
}

function alignment(type: Type, open: Set<Type>): Bytes {
  let at = type;
  for (let step = 0; step < maxChain; step++) {
    switch (at.kind) {
      case "int":
      case "enum":
      case "enum64":
        return at.size;
      case "float":
        return bytes(at.size === 12 ? 4 : at.size);
      case "ptr":
        return at.size ?? bytes(8);
      case "struct":
      case "union":
        return alignmentOfComposite(at, open);
      case "array":
        at = at.element;
        break;
      case "typedef":
        if (at.align !== undefined) return at.align;
        at = at.target;
        break;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      case "var":
        at = at.type;
        break;
      case "void":
      case "fwd":
      case "func":
      case "func_proto":
      case "datasec":
      case "decl_tag":
        throw new BtfError("size", `${at.kind} has no alignment`, { typeId: at.id });
    }
  }
  throw chainError(type);
}

function alignmentOfComposite(type: Struct | Union, open: Set<Type>): Bytes {
  const known = aligns.get(type);
  if (known !== undefined) return known;
  if (open.has(type)) throw new BtfError("cycle", `${type.kind} ${type.name} contains itself`, { typeId: type.id });
  if (open.size >= maxChain) throw new BtfError("limit", "types nested too deep", { typeId: type.id });
  open.add(type);
  const natural = naturalAlignment(type, open);
  open.delete(type);
  const align = type.align ?? (type.packed === true || natural === undefined ? bytes(1) : natural);
  aligns.set(type, align);
  return align;
}

/** What the members ask for; undefined where a member, or the size, contradicts it, so that the type must be packed. */
function naturalAlignment(type: Struct | Union, open: Set<Type>): Bytes | undefined {
  let align = 1;
  let fits = true;
  for (const member of type.members) {
    const own = Math.max(alignment(member.type, open), member.align ?? 1);
    if (member.bitSize === undefined) {
      if (member.bitOffset % (own * 8) !== 0) fits = false;
    } else if (!inOneUnit(member.bitOffset, member.bitSize, sizeOf(member.type))) fits = false;
    // An unnamed bit-field takes its place and asks for nothing.
    if (member.name !== "" || member.bitSize === undefined) align = Math.max(align, own);
  }
  return fits && type.size % align === 0 ? bytes(align) : undefined;
}

/** Whether a bit-field lies in one storage unit of its type. */
function inOneUnit(offset: number, width: number, size: number): boolean {
  const unit = size * 8;
  return Math.floor(offset / unit) === Math.floor((offset + width - 1) / unit);
}

/**
 * Whether the layout is one that only `packed` makes: a member at an offset that its type's alignment does not allow, or
 * a size that is not a multiple of the alignment. A struct declared packed whose layout is the same without is not.
 * @throws {@link BtfError} `size`, `cycle`.
 */
export function isPacked(type: Struct | Union): boolean {
  return type.packed ?? naturalAlignment(type, new Set([type])) === undefined;
}

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
