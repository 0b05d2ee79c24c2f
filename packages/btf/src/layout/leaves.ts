import { BtfError } from "../error.ts";
import type { Member, Struct, Type, Union } from "../types.ts";
import { type Bits, bits } from "../units.ts";
import { bitSizeOf } from "./members.ts";
import { sizeOf } from "./size.ts";
import { resolve } from "./strip.ts";

/** Members that are looked at for the leaves of one type: nested structs can double at each step. */
const maxMembers = 200_000;
const maxDepth = 256;

/** A scalar, enum or pointer in a struct, or an array of such. */
export interface Leaf {
  /** Member names joined by dots, arrays with their dimensions: `hdr.comm[16]`, `items[4].x` (the first of four). */
  readonly path: string;
  /** The same without dimensions. */
  readonly name: string;
  /** From the start of the outermost type; of an array's first element. */
  readonly bitOffset: Bits;
  /** Of an array the bits of all elements; 0 for a flexible one. */
  readonly bitSize: Bits;
  readonly bitfield: boolean;
  /** Type of the leaf, of an array that of its elements. */
  readonly type: Type;
  /** Dimensions of an array; none for anything else. */
  readonly dimensions: readonly number[];
}

/**
 * Every leaf of a struct or union, in order: nested structs, every arm of unions, and the first element of arrays of them.
 * Anonymous members add nothing to paths, unnamed bit-fields are left out.
 * @throws {@link BtfError} `size`, `cycle`; `limit` for more than 200 000 members in all.
 */
export function leavesOf(type: Struct | Union): readonly Leaf[] {
  const leaves: Leaf[] = [];
  collect(type, "", "", 0, { leaves, budget: maxMembers }, 0);
  return leaves;
}

interface Collection {
  readonly leaves: Leaf[];
  budget: number;
}

function collect(
  type: Struct | Union,
  path: string,
  name: string,
  start: number,
  all: Collection,
  depth: number,
): void {
  if (depth > maxDepth) {
    throw new BtfError("cycle", `${type.kind} ${type.name} is nested more than ${maxDepth} deep`, { typeId: type.id });
  }
  for (const member of type.members) collectMember(member, path, name, start, all, depth);
}

function collectMember(
  member: Member,
  path: string,
  name: string,
  start: number,
  all: Collection,
  depth: number,
): void {
  all.budget -= 1;
  if (all.budget < 0) throw new BtfError("limit", `more than ${maxMembers} members`, { path });
  const dimensions: number[] = [];
  let element: Type = member.type;
  let resolved = resolve(element);
  while (resolved.kind === "array") {
    if (dimensions.length >= maxDepth) throw new BtfError("limit", "more dimensions than any compiler takes", { path });
    dimensions.push(resolved.count);
    element = resolved.element;
    resolved = resolve(element);
  }
  const shape = dimensions.map((count) => (count === 0 ? "[]" : `[${count}]`)).join("");
  const ownPath = join(path, member.name, shape);
  const ownName = join(name, member.name, "");
  const offset = start + member.bitOffset;
  if (resolved.kind === "struct" || resolved.kind === "union") {
    collect(resolved, ownPath, ownName, offset, all, depth + 1);
    return;
  }
  if (member.name === "" && member.bitSize !== undefined) return;
  // Asks for the size of the element even where there are none of it: a leaf of unknown size is an error.
  sizeOf(element);
  all.leaves.push({
    path: ownPath,
    name: ownName,
    bitOffset: bits(offset),
    bitSize: bitSizeOf(member),
    bitfield: member.bitSize !== undefined,
    type: element,
    dimensions,
  });
}

function join(path: string, name: string, shape: string): string {
  if (name === "") return path;
  return path === "" ? `${name}${shape}` : `${path}.${name}${shape}`;
}
