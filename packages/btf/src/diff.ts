import { alignOf, resolve, sizeOf } from "./layout.ts";
import { type Leaf, leavesOf } from "./leaves.ts";
import type { Enum, Enum64, Kind, Type } from "./types.ts";
import type { Bytes } from "./units.ts";

/** One difference between two layouts. */
export type LayoutDifference =
  /** The types are of different kinds: nothing else was compared. */
  | { readonly what: "kind"; readonly path: string; readonly before: Kind; readonly after: Kind }
  /** Size or alignment of the whole. */
  | { readonly what: "size" | "align"; readonly path: string; readonly before: Bytes; readonly after: Bytes }
  | { readonly what: "added"; readonly path: string; readonly after: Leaf }
  | { readonly what: "removed"; readonly path: string; readonly before: Leaf }
  /**
   * `renamed`: another name for the same bits; `moved`: another offset; `resized`: another width; `count`: other
   * dimensions; `retyped`: other values (signed, float, pointer, …).
   */
  | {
      readonly what: "renamed" | "moved" | "resized" | "count" | "retyped";
      readonly path: string;
      readonly before: Leaf;
      readonly after: Leaf;
    }
  /** An enumerator that only one has, or with another value. */
  | {
      readonly what: "enumerator";
      readonly path: string;
      readonly name: string;
      readonly before: bigint | undefined;
      readonly after: bigint | undefined;
    };

/**
 * Every difference between two layouts, member by member, in order of the old layout, then what is new. None: bytes of
 * the one are bytes of the other. What a pointer points at and what types are called makes no difference.
 * @throws {@link BtfError} `size`, `cycle`, `limit`.
 */
export function diffLayouts(before: Type, after: Type): readonly LayoutDifference[] {
  const [one, other] = [resolve(before), resolve(after)];
  const differences: LayoutDifference[] = [];
  if (isEnum(one) && isEnum(other)) {
    wholes(one, other, differences);
    enumerators(one, other, "", differences);
    return differences;
  }
  if (one.kind !== other.kind) return [{ what: "kind", path: "", before: one.kind, after: other.kind }];
  wholes(one, other, differences);
  if ((one.kind === "struct" || one.kind === "union") && (other.kind === "struct" || other.kind === "union")) {
    compareLeaves(leavesOf(one), leavesOf(other), differences);
    return differences;
  }
  // Anything else is one leaf: that of a struct with it alone.
  const alone = (type: Type): readonly Leaf[] =>
    leavesOf({ kind: "struct", name: "", size: sizeOf(type), members: [{ name: "value", type, bitOffset: zero }] });
  compareLeaves(alone(one), alone(other), differences);
  return differences;
}

const zero: Leaf["bitOffset"] = 0 as Leaf["bitOffset"];

function wholes(one: Type, other: Type, differences: LayoutDifference[]): void {
  const [size, newSize] = [sizeOf(one), sizeOf(other)];
  if (size !== newSize) differences.push({ what: "size", path: "", before: size, after: newSize });
  const [align, newAlign] = [alignOf(one), alignOf(other)];
  if (align !== newAlign) differences.push({ what: "align", path: "", before: align, after: newAlign });
}

function compareLeaves(before: readonly Leaf[], after: readonly Leaf[], differences: LayoutDifference[]): void {
  const byName = new Map(after.map((leaf) => [leaf.name, leaf]));
  const oldNames = new Set(before.map((leaf) => leaf.name));
  const newcomers = new Map(
    after.filter((leaf) => !oldNames.has(leaf.name)).map((leaf) => [`${leaf.bitOffset}+${leaf.bitSize}`, leaf]),
  );
  const renamed = new Set<Leaf>();
  for (const leaf of before) {
    const same = byName.get(leaf.name);
    if (same !== undefined) {
      compareLeaf(leaf, same, differences);
      continue;
    }
    const there = newcomers.get(`${leaf.bitOffset}+${leaf.bitSize}`);
    if (there !== undefined && !renamed.has(there) && valuesOf(there.type) === valuesOf(leaf.type)) {
      renamed.add(there);
      differences.push({ what: "renamed", path: leaf.path, before: leaf, after: there });
      compareLeaf(leaf, there, differences);
    } else differences.push({ what: "removed", path: leaf.path, before: leaf });
  }
  for (const leaf of after) {
    if (!oldNames.has(leaf.name) && !renamed.has(leaf))
      differences.push({ what: "added", path: leaf.path, after: leaf });
  }
}

function compareLeaf(before: Leaf, after: Leaf, differences: LayoutDifference[]): void {
  const { path } = before;
  if (before.bitOffset !== after.bitOffset) differences.push({ what: "moved", path, before, after });
  if (before.dimensions.join() !== after.dimensions.join()) differences.push({ what: "count", path, before, after });
  else if (before.bitSize !== after.bitSize) differences.push({ what: "resized", path, before, after });
  if (valuesOf(before.type) !== valuesOf(after.type)) differences.push({ what: "retyped", path, before, after });
  const [one, other] = [resolve(before.type), resolve(after.type)];
  if (isEnum(one) && isEnum(other) && one !== other) enumerators(one, other, path, differences);
}

/** What values a scalar has, apart from its width: that is compared on its own. */
function valuesOf(type: Type): string {
  const at = resolve(type);
  switch (at.kind) {
    case "int":
      if (at.bool) return "bool";
      return at.char ? "char" : at.signed ? "signed" : "unsigned";
    case "enum":
    case "enum64":
      return at.signed ? "signed enum" : "enum";
    default:
      return at.kind;
  }
}

function isEnum(type: Type): type is Enum | Enum64 {
  return type.kind === "enum" || type.kind === "enum64";
}

function enumerators(one: Enum | Enum64, other: Enum | Enum64, path: string, differences: LayoutDifference[]): void {
  const now = new Map(other.values.map(({ name, value }) => [name, value]));
  const known = new Set<string>();
  for (const { name, value } of one.values) {
    known.add(name);
    const after = now.get(name);
    if (after !== value) differences.push({ what: "enumerator", path, name, before: value, after });
  }
  for (const { name, value } of other.values) {
    if (!known.has(name)) differences.push({ what: "enumerator", path, name, before: undefined, after: value });
  }
}

/** The difference in a line of text: `pid moved from byte 8 to 12`. */
export function describeDifference(difference: LayoutDifference): string {
  const { what, path } = difference;
  switch (what) {
    case "kind":
      return `was ${difference.before}, is ${difference.after}`;
    case "size":
    case "align":
      return `${what} was ${difference.before}, is ${difference.after} bytes`;
    case "added":
      return `${path} added at ${place(difference.after)}`;
    case "removed":
      return `${path} removed, was at ${place(difference.before)}`;
    case "renamed":
      return `${path} is now ${difference.after.path}`;
    case "moved":
      return `${path} moved from ${place(difference.before)} to ${place(difference.after)}`;
    case "resized":
      return `${path} was ${difference.before.bitSize}, is ${difference.after.bitSize} bits`;
    case "count":
      return `${path} is now ${difference.after.path}`;
    case "retyped":
      return `${path} was ${valuesOf(difference.before.type)}, is ${valuesOf(difference.after.type)}`;
    case "enumerator": {
      const { name, before, after } = difference;
      const of = path === "" ? name : `${path}: ${name}`;
      if (after === undefined) return `${of} removed, was ${before}`;
      return before === undefined ? `${of} added, is ${after}` : `${of} was ${before}, is ${after}`;
    }
  }
}

function place(leaf: Leaf): string {
  return leaf.bitfield || leaf.bitOffset % 8 !== 0 ? `bit ${leaf.bitOffset}` : `byte ${leaf.bitOffset / 8}`;
}
