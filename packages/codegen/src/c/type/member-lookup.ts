import type { Member, Type } from "@rbgen/btf";
import type { Complaints } from "../text/complaints.ts";
import { stripped } from "./ctype.ts";

/** Member `name` of a struct or union, also inside of anonymous ones, with its offset from the start. */
export function findMember(
  type: Type,
  name: string,
  pos: number,
  complaints: Complaints,
): { readonly member: Member; readonly bitOffset: number } {
  const record = stripped(type);
  if (record.kind === "struct" || record.kind === "union") {
    const found = lookUp(record.members, name);
    if (found !== undefined) return found;
    const where = record.name === "" ? `this ${record.kind}` : `${record.kind} ${record.name}`;
    return complaints.poison("RB2022", pos, `${where} has no member '${name}'`);
  }
  if (record.kind === "fwd")
    return complaints.poison(
      "RB2004",
      pos,
      `${record.of} ${record.name} is not defined, so its member '${name}' is not known`,
    );
  return complaints.poison("RB2006", pos, `'${name}' is asked of what is no struct or union`);
}

/** The same, without a word where there is none. */
export function memberOf(
  type: Type,
  name: string,
): { readonly member: Member; readonly bitOffset: number } | undefined {
  const record = stripped(type);
  return record.kind === "struct" || record.kind === "union" ? lookUp(record.members, name) : undefined;
}

/** Arrays and functions as the pointers that they become in expressions. */
export function decayed(type: Type): Type {
  const plain = stripped(type);
  if (plain.kind === "array") return { kind: "ptr", target: plain.element };
  return plain.kind === "func_proto" ? { kind: "ptr", target: plain } : plain;
}

function lookUp(
  members: readonly Member[],
  name: string,
): { readonly member: Member; readonly bitOffset: number } | undefined {
  for (const member of members) {
    if (member.name === name) return { member, bitOffset: member.bitOffset };
    if (member.name !== "") continue;
    const inner = stripped(member.type);
    if (inner.kind !== "struct" && inner.kind !== "union") continue;
    const found = lookUp(inner.members, name);
    if (found !== undefined) return { member: found.member, bitOffset: member.bitOffset + found.bitOffset };
  }
  return undefined;
}
