import type { Type } from "@rbgen/btf";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import { memberOf } from "../type/member-lookup.ts";
import type { Range } from "./definition.ts";

/** Integers of `type` that lie just at a place, by their paths: "hdr.kind". */
export function integersAt(
  type: Type,
  { bits, size }: Range,
  prefix = "",
  depth = 0,
): readonly { readonly path: string; readonly signed: boolean; readonly bool: boolean }[] {
  const plain = stripped(type);
  if (depth > 16) return [];
  if (plain.kind === "int" || plain.kind === "enum" || plain.kind === "enum64") {
    const signed = plain.kind === "int" ? plain.signed : plain.signed === true;
    const bool = plain.kind === "int" && plain.bool;
    return bits === 0 && plain.size === size && prefix !== "" ? [{ path: prefix, signed, bool }] : [];
  }
  if (plain.kind !== "struct" && plain.kind !== "union") return [];
  return plain.members.flatMap((member) => {
    const length = sizeOf(member.type);
    const own = bits - member.bitOffset;
    if (member.bitSize !== undefined || length === undefined || own < 0 || own + size * 8 > length * 8) return [];
    const path = [prefix, member.name].filter((name) => name !== "").join(".");
    return integersAt(member.type, { bits: own, size }, path, depth + 1);
  });
}

/** Whether `type` has just such an integer at a place, by the path `path`. */
export function isIntegerAt(type: Type, path: string, place: Range, signed: boolean): boolean {
  let at = type;
  let bits = 0;
  for (const name of path.split(".")) {
    const found = memberOf(at, name);
    if (found === undefined || found.member.bitSize !== undefined) return false;
    bits += found.bitOffset;
    at = found.member.type;
  }
  if (bits !== place.bits) return false;
  return integersAt(at, { bits: 0, size: place.size }, path).some((one) => one.path === path && one.signed === signed);
}

/** An integer of a record. */
export interface IntegerMember extends Range {
  readonly signed: boolean;
  /** Bits of a bit-field. */
  readonly width: number | undefined;
}

/** The integers of `type` by their paths, those of structs in it too. */
export function namedIntegers(type: Type): ReadonlyMap<string, IntegerMember> {
  const found = new Map<string, IntegerMember>();
  const add = (at: Type, prefix: string, start: number, depth: number): void => {
    const plain = stripped(at);
    if (depth > 4 || (plain.kind !== "struct" && plain.kind !== "union")) return;
    for (const member of plain.members) {
      const path = [prefix, member.name].filter((name) => name !== "").join(".");
      const own = stripped(member.type);
      const bits = start + member.bitOffset;
      if (own.kind === "int" || own.kind === "enum" || own.kind === "enum64") {
        found.set(path, { bits, size: own.size, signed: own.signed === true, width: member.bitSize });
      } else add(member.type, path, bits, depth + 1);
    }
  };
  add(type, "", 0, 0);
  return found;
}
