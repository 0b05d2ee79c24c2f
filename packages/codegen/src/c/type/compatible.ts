import type { Type } from "@rbgen/btf";
import { basic, type CArray, stripped, type TagNode, tagOf } from "./ctype.ts";

const deepestComparison = 64;

/** Whether two types are compatible (C11 6.2.7), outer qualifiers left aside; types too deep to compare are not. */
export function compatible(a: Type, b: Type, depth = 0): boolean {
  const x = stripped(a);
  const y = stripped(b);
  if (x === y) return true;
  if (depth > deepestComparison) return false;
  if (x.kind === "ptr" && y.kind === "ptr") {
    return qualifiersOf(x.target) === qualifiersOf(y.target) && compatible(x.target, y.target, depth + 1);
  }
  if (x.kind === "array" && y.kind === "array") {
    const open = (x as CArray).unsized === true || (y as CArray).unsized === true;
    return (open || x.count === y.count) && compatible(x.element, y.element, depth + 1);
  }
  if (x.kind === "int") return x === integerOf(y);
  if (y.kind === "int") return y === integerOf(x);
  if (x.kind === "func_proto" && y.kind === "func_proto") {
    return (
      x.params.length === y.params.length &&
      compatible(x.result, y.result, depth + 1) &&
      x.params.every((param, i) => compatible(param.type, y.params[i]!.type, depth + 1))
    );
  }
  return false;
}

/** Bits for each qualifier that `type` has itself or through the typedefs that lead to it. */
export function qualifiersOf(type: Type): number {
  let qualifiers = 0;
  for (let at = type; ; ) {
    if (at.kind === "const") qualifiers |= 1;
    else if (at.kind === "volatile") qualifiers |= 2;
    else if (at.kind === "restrict") qualifiers |= 4;
    else if (at.kind !== "typedef" && at.kind !== "type_tag") return qualifiers;
    at = at.target;
  }
}

/** The integer type that an enum is compatible with: of its size and sign. */
function integerOf(type: Type): Type | undefined {
  if (type.kind !== "enum" && type.kind !== "enum64") return undefined;
  const { schar, uchar, short, ushort, int, uint, long, ulong } = basic;
  const pair = ({ 1: [schar, uchar], 2: [short, ushort], 4: [int, uint], 8: [long, ulong] } as const)[
    Number(type.size)
  ];
  return pair?.[type.signed ? 0 : 1];
}

/**
 * Whether two definitions of one name say the same, so that the second is no clash: `vmlinux.h` and the C library define
 * many types twice, with other words for the same integers.
 */
export function agree(a: Type, b: Type, depth = 0): boolean {
  if (compatible(a, b)) return true;
  if (depth > deepestComparison) return false;
  const x = stripped(a);
  const y = stripped(b);
  if (x.kind === "int" && y.kind === "int") return x.size === y.size && x.signed === y.signed && x.bool === y.bool;
  if (x.kind === "ptr" && y.kind === "ptr") return agree(x.target, y.target, depth + 1);
  if (x.kind === "array" && y.kind === "array") return x.count === y.count && agree(x.element, y.element, depth + 1);
  const own = tagOf(x);
  const other = tagOf(y);
  return own !== undefined && other !== undefined && own.name === other.name && sameDefinition(own, other, depth + 1);
}

/** Whether two structs, unions or enums have the same members, places and values. */
export function sameDefinition(a: TagNode, b: TagNode, depth = 0): boolean {
  if (a.kind !== b.kind || a.kind === "fwd" || a.size !== b.size || a.align !== b.align) return false;
  if (a.values?.length !== b.values?.length || a.members?.length !== b.members?.length) return false;
  const values = a.values?.every(({ name, value }, i) => name === b.values?.[i]?.name && value === b.values[i].value);
  const members = a.members?.every((member, i) => {
    const other = b.members?.[i];
    return (
      member.name === other?.name &&
      member.bitOffset === other.bitOffset &&
      member.bitSize === other.bitSize &&
      agree(member.type, other.type, depth + 1)
    );
  });
  return values !== false && members !== false;
}
