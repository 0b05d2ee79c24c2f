import { BtfError, resolve, type Struct, sizeOf, type Type, type Union } from "@rbgen/btf";
import type { LeafLayout } from "./document.ts";
import { typeText } from "./type-text.ts";

/** No real type has as many; one that is made to explode is refused. */
const maxLeaves = 200_000;
const maxDepth = 256;

/**
 * Every scalar, enum, pointer and array of such in `type`, nested structs and unions opened: paths of member names,
 * offsets from the start of `type`. An array of structs shows its first element.
 * @throws BtfError `limit` for a type with more than 200 000 of them; `size` for a member without a size.
 */
export function leavesOf(type: Struct | Union, name: string): LeafLayout[] {
  const leaves: LeafLayout[] = [];
  const open = (composite: Struct | Union, prefix: string, base: number, depth: number): void => {
    if (depth > maxDepth) throw new BtfError("cycle", "types lie too deep inside of each other", { path: name });
    for (const member of composite.members) {
      const path = member.name === "" ? prefix : prefix === "" ? member.name : `${prefix}.${member.name}`;
      const bitOffset = base + member.bitOffset;
      if (member.bitSize !== undefined) {
        if (member.name !== "") add(path, bitOffset, member.bitSize, member.type);
        continue;
      }
      const { element, dimensions } = opened(member.type);
      if (element.kind === "struct" || element.kind === "union") {
        open(element, path + dimensions, bitOffset, depth + 1);
      } else add(path + dimensions, bitOffset, sizeOf(member.type) * 8, member.type);
    }
  };
  const add = (path: string, bitOffset: number, bitSize: number, leaf: Type): void => {
    if (leaves.length >= maxLeaves) {
      throw new BtfError("limit", `it opens into more than ${maxLeaves} members`, { path: name });
    }
    leaves.push({ path, bitOffset, bitSize, type: typeText(leaf) });
  };
  open(type, "", 0, 0);
  return leaves;
}

/** The element of an array over all dimensions, and those: `[2][3]`, `[]`. */
function opened(type: Type): { readonly element: Type; readonly dimensions: string } {
  let element = resolve(type);
  let dimensions = "";
  for (let depth = 0; element.kind === "array"; depth += 1) {
    if (depth > maxDepth) throw new BtfError("cycle", "an array holds itself");
    dimensions += element.count === 0 ? "[]" : `[${element.count}]`;
    element = resolve(element.element);
  }
  return { element, dimensions };
}
