import { diffLayouts, type LayoutDifference, type Leaf, leavesOf, resolve, type Type } from "@rbgen/btf";

/** What a difference breaks for code that was generated from the old layout: reading, writing, both, or neither. */
export type Effect = "decode" | "encode" | "both" | "neither";

/** One difference of two layouts of a type. */
export interface Drift {
  /** The member; empty for the type itself. */
  readonly path: string;
  readonly kind: "kind" | "size" | "added" | "removed" | "renamed" | "moved" | "resized" | "retyped" | "values";
  readonly affects: Effect;
  /** A sentence without full stop: "`pid` moved from byte 8 to 12". */
  readonly message: string;
}

function place(leaf: Leaf): string {
  return leaf.bitfield || leaf.bitOffset % 8 !== 0 ? `bit ${leaf.bitOffset}` : `byte ${leaf.bitOffset / 8}`;
}

/** Elements over all dimensions; BTF made by pahole has flattened them. */
function countOf(leaf: Leaf): number {
  return leaf.dimensions.reduce((product, count) => product * count, 1);
}

function bitsOfElement(leaf: Leaf): number {
  const count = countOf(leaf);
  return count === 0 ? 0 : leaf.bitSize / count;
}

/** How a leaf is counted in a sentence: an array by its elements where they are bytes. */
function extent(leaf: Leaf): string {
  if (leaf.dimensions.length === 0)
    return leaf.bitSize % 8 === 0 ? `${leaf.bitSize / 8} bytes` : `${leaf.bitSize} bits`;
  const count = countOf(leaf);
  if (count === 0) return "a flexible array";
  return bitsOfElement(leaf) === 8 ? `${count}` : `${count} elements of ${bitsOfElement(leaf) / 8} bytes`;
}

function resized(before: Leaf, after: Leaf): Drift {
  const grew = after.bitSize - before.bitSize;
  const both = before.bitSize > 0 && after.bitSize > 0;
  const verb = !both || grew === 0 ? "changed" : grew > 0 ? "grew" : "shrank";
  const message = `\`${before.name}\` ${verb} from ${extent(before)} to ${extent(after)}`;
  return { path: before.name, kind: "resized", affects: "both", message };
}

/** The class of values of a scalar, as a word. */
function classOf(type: Type): string {
  const at = resolve(type);
  switch (at.kind) {
    case "int":
      return at.bool ? "bool" : at.char ? "char" : at.signed ? "signed" : "unsigned";
    case "enum":
    case "enum64":
      return at.signed ? "signed enum" : "enum";
    case "ptr":
      return "pointer";
    default:
      return at.kind;
  }
}

/** Classes whose bits are the same number. */
const alike: ReadonlySet<string> = new Set(["unsigned", "enum", "pointer", "char", "bool"]);

function retyped(before: Leaf, after: Leaf): Drift {
  const [one, other] = [classOf(before.type), classOf(after.type)];
  // Compilers differ in the sign of char; a bool holds less than the integer in its place.
  const chars = bitsOfElement(before) === 8 && [one, other].includes("char") && [one, other].includes("signed");
  const same = one !== "bool" && alike.has(one) && alike.has(other);
  const message = `\`${before.name}\` changed from ${one} to ${other}`;
  return { path: before.name, kind: "retyped", affects: chars || same ? "neither" : "both", message };
}

function driftOf(difference: LayoutDifference): Drift | undefined {
  const { what, path } = difference;
  switch (what) {
    case "kind":
      return {
        path,
        kind: "kind",
        affects: "both",
        message: `it was a ${difference.before} and is a ${difference.after}`,
      };
    case "size": {
      const { before, after } = difference;
      // A longer sample still decodes; a shorter one is refused.
      const message = `it ${after > before ? "grew" : "shrank"} from ${before} to ${after} bytes`;
      return { path, kind: "size", affects: after > before ? "encode" : "both", message };
    }
    case "align":
      // No byte of a record moves with it, and BTF does not record it.
      return undefined;
    case "added": {
      // Its bytes are skipped by decode, and not written by encode.
      const { name } = difference.after;
      return {
        path: name,
        kind: "added",
        affects: "encode",
        message: `\`${name}\` is new at ${place(difference.after)}`,
      };
    }
    case "removed": {
      const { name } = difference.before;
      return { path: name, kind: "removed", affects: "both", message: `\`${name}\` is gone` };
    }
    case "renamed": {
      const { name } = difference.before;
      const message = `\`${name}\` is now called \`${difference.after.name}\``;
      return { path: name, kind: "renamed", affects: "neither", message };
    }
    case "moved": {
      const { before, after } = difference;
      const message = `\`${before.name}\` moved from ${place(before)} to ${place(after).replace(/^byte /, "")}`;
      return { path: before.name, kind: "moved", affects: "both", message };
    }
    case "count": {
      const { before, after } = difference;
      const same = countOf(before) === countOf(after) && before.bitSize === after.bitSize;
      return same ? undefined : resized(before, after);
    }
    case "resized":
      return resized(difference.before, difference.after);
    case "retyped":
      return retyped(difference.before, difference.after);
    case "enumerator": {
      const { name, before, after } = difference;
      const of = path === "" ? `\`${name}\`` : `\`${name}\` of \`${path}\``;
      // A value that is gone no longer comes, but may still be sent; a new one is decoded as its number.
      if (after === undefined) return { path, kind: "values", affects: "encode", message: `${of} (${before}) is gone` };
      if (before === undefined) return { path, kind: "values", affects: "neither", message: `${of} (${after}) is new` };
      return { path, kind: "values", affects: "both", message: `${of} changed from ${before} to ${after}` };
    }
  }
}

/** Elements of the arrays of structs that lead to each leaf: `items[4].x` has 4. */
function outerCounts(type: Type): ReadonlyMap<string, { readonly leaf: Leaf; readonly count: number }> {
  const at = resolve(type);
  if (at.kind !== "struct" && at.kind !== "union") return new Map();
  return new Map(
    leavesOf(at).map((leaf) => {
      const numbers = [...leaf.path.matchAll(/\[(\d*)\]/g)].map((match) => Number(match[1]));
      const outer = numbers.slice(0, numbers.length - leaf.dimensions.length);
      return [leaf.name, { leaf, count: outer.reduce((product, count) => product * count, 1) }];
    }),
  );
}

/** Changes in the length of arrays of structs, whose leaves are those of their first element. */
function* outerDrift(before: Type, after: Type): Iterable<Drift> {
  const now = outerCounts(after);
  const told = new Set<string>();
  for (const [name, { count }] of outerCounts(before)) {
    const other = now.get(name);
    const array = name.slice(0, Math.max(0, name.lastIndexOf(".")));
    if (other === undefined || other.count === count || told.has(array)) continue;
    told.add(array);
    const message = `\`${array}\` changed from ${count} to ${other.count} elements`;
    yield { path: array, kind: "resized", affects: "both", message };
  }
}

/**
 * Every difference between two layouts of a type, and what each breaks. How compilers spell types, the dimensions of an
 * array of so many elements, and the sign of `char` are no differences.
 * @throws BtfError for a type whose layout cannot be told.
 */
export function compareTypes(before: Type, after: Type): readonly Drift[] {
  const drifts = diffLayouts(before, after).flatMap((difference) => driftOf(difference) ?? []);
  return [...drifts, ...outerDrift(before, after)];
}

/** What several differences break taken together. */
export function effectOf(drifts: readonly Drift[]): Effect {
  const effects = new Set(drifts.map((drift) => drift.affects));
  if (effects.has("both") || (effects.has("decode") && effects.has("encode"))) return "both";
  return effects.has("decode") ? "decode" : effects.has("encode") ? "encode" : "neither";
}
