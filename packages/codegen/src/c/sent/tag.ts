import type { Type } from "@rbgen/btf";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import { memberOf } from "../type/member-lookup.ts";
import type { Stored, StoredConstants } from "./stored-constants.ts";

/** A record, and what is stored into it wherever it is sent. */
export interface StoredRecord {
  readonly type: Type;
  readonly stored: StoredConstants;
}

/** A member that tells records apart, and the constants that each of them has there, in the order of the records. */
export interface Tag {
  readonly path: string;
  readonly values: readonly (readonly bigint[])[];
}

/**
 * The members that tell several records apart: integers of the same name, size and sign at one place of all, in which each
 * stores constants that no other one does. Where another is there, one that holds the record's own length is none.
 */
export function tagsOf(records: readonly StoredRecord[]): readonly Tag[] {
  const [first, ...others] = records;
  if (first === undefined || others.length === 0) return [];
  const found = [...first.stored].flatMap(([key, place]): (Tag & { readonly length: boolean })[] => {
    for (const { path, signed } of integersAt(first.type, place)) {
      if (!others.every(({ type }) => isIntegerAt(type, path, place, signed))) continue;
      const values = records.map(({ stored }) => valuesIn(stored.get(key), signed));
      const seen = new Set<bigint>();
      const told = values.every((own) => own.length > 0 && own.every((value) => !seen.has(value) && seen.add(value)));
      if (!told) return [];
      const length = values.every((own, index) => own.length === 1 && Number(own[0]) === sizeOf(records[index]!.type));
      return [{ path, values, length }];
    }
    return [];
  });
  const telling = found.filter(({ length }) => !length);
  return telling.length > 0 ? telling : found;
}

function valuesIn(stored: Stored | undefined, signed: boolean): readonly bigint[] {
  if (stored === undefined) return [];
  return signed ? [...stored.values].map((value) => BigInt.asIntN(stored.size * 8, value)) : [...stored.values];
}

/** Integers of `type` that lie just at a place, by their paths: "hdr.kind". */
export function integersAt(
  type: Type,
  { bits, size }: Pick<Stored, "bits" | "size">,
  prefix = "",
  depth = 0,
): readonly { readonly path: string; readonly signed: boolean }[] {
  const plain = stripped(type);
  if (depth > 16) return [];
  if (plain.kind === "int" || plain.kind === "enum" || plain.kind === "enum64") {
    const signed = plain.kind === "int" ? plain.signed : plain.signed === true;
    return bits === 0 && plain.size === size && prefix !== "" ? [{ path: prefix, signed }] : [];
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

function isIntegerAt(type: Type, path: string, place: Stored, signed: boolean): boolean {
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
