import type { Endian, Type } from "@rbgen/btf";
import { resolve } from "./resolve.ts";

/** The type of the member at `path` ("hdr.kind") of a struct or union. */
function memberAt(type: Type, path: string): Type | undefined {
  let at: Type | undefined = type;
  for (const name of path.split(".")) at = at && memberNamed(at, name);
  return at;
}

function memberNamed(type: Type, name: string): Type | undefined {
  const { type: plain } = resolve(type);
  if (plain.kind !== "struct" && plain.kind !== "union") return undefined;
  for (const member of plain.members) {
    const found = member.name === name ? member.type : member.name === "" ? memberNamed(member.type, name) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a member's typedef (`__be16`) gives it another byte order than the program's integers have. */
export function isSwapped(type: Type, path: string, endian: Endian): boolean {
  const member = memberAt(type, path);
  const own = member && resolve(member).endian;
  return own !== undefined && own !== endian;
}

/** An integer that the program stores in a member, as it is read there: `bpf_htons(ETH_P_IP)` in a `__be16` is ETH_P_IP. */
export function asRead(value: bigint, type: Type, path: string, endian: Endian): bigint {
  const member = memberAt(type, path);
  const plain = member && resolve(member).type;
  if (plain === undefined || !("size" in plain) || !isSwapped(type, path, endian)) return value;
  let rest = BigInt.asUintN(plain.size * 8, value);
  let swapped = 0n;
  for (let i = 0; i < plain.size; i++) {
    swapped = (swapped << 8n) | (rest & 255n);
    rest >>= 8n;
  }
  return "signed" in plain && plain.signed ? BigInt.asIntN(plain.size * 8, swapped) : swapped;
}
