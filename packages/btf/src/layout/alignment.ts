import { BtfError } from "../error.ts";
import type { Struct, Type, Union } from "../types.ts";
import { type Bytes, bytes } from "../units.ts";
import { inOneUnit } from "./bit-field.ts";
import { sizeOf } from "./size.ts";
import { chainError, maxChain } from "./strip.ts";

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

/**
 * Whether the layout is one that only `packed` makes: a member at an offset that its type's alignment does not allow, or
 * a size that is not a multiple of the alignment. A struct declared packed whose layout is the same without is not.
 * @throws {@link BtfError} `size`, `cycle`.
 */
export function isPacked(type: Struct | Union): boolean {
  return type.packed ?? naturalAlignment(type, new Set([type])) === undefined;
}
