import type { LayoutDescriptor, LayoutLeaf, ScalarClass } from "./layout-descriptor.ts";

/** What a difference breaks: reading records with the generated codec, writing them, both, or neither. */
export type LayoutEffect = "decode" | "encode" | "both" | "neither";

/** One way in which a producer's layout differs from the one that a codec was generated for. */
export interface LayoutDrift {
  /** The member, from the record on; empty for the record itself. */
  readonly path: string;
  readonly kind: "size" | "endian" | "moved" | "resized" | "retyped" | "added" | "removed" | "renamed" | "values";
  readonly affects: LayoutEffect;
  /** The difference as a sentence, without full stop: "`pid` moved from byte 8 to 12". */
  readonly message: string;
}

function place(bitOffset: number): string {
  return bitOffset % 8 === 0 ? `${bitOffset / 8}` : `bit ${bitOffset}`;
}

function moved(before: number, after: number): string {
  if (before % 8 === 0 && after % 8 === 0) return `from byte ${before / 8} to ${after / 8}`;
  return `from bit ${before} to ${after}`;
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function width(bitSize: number): string {
  return bitSize % 8 === 0 ? counted(bitSize / 8, "byte") : counted(bitSize, "bit");
}

/** Bits of the whole leaf, and whether it is an array; `elements` tells their size where it is not a byte alone. */
function extent(leaf: LayoutLeaf, elements: boolean): string {
  if (leaf.count === undefined) return width(leaf.bitSize);
  const of = elements ? ` of ${width(leaf.bitSize)}` : "";
  if (leaf.count === 0) return `a flexible array${of}`;
  return elements ? `${counted(leaf.count, "element")}${of}` : `${leaf.count}`;
}

function resized(name: string, before: LayoutLeaf, after: LayoutLeaf): string {
  const size = (leaf: LayoutLeaf): number => leaf.bitSize * (leaf.count ?? 1);
  const both = before.count !== 0 && after.count !== 0;
  const verb = !both
    ? "changed"
    : size(after) > size(before)
      ? "grew"
      : size(after) < size(before)
        ? "shrank"
        : "changed";
  const elements = before.bitSize !== 8 || after.bitSize !== 8;
  // what is a value by itself, and no member, has a size and no elements that anyone counts
  if (before.path === "" && !elements && both)
    return `${name} ${verb} from ${size(before) / 8} to ${width(size(after))}`;
  return `${name} ${verb} from ${extent(before, elements)} to ${extent(after, elements)}`;
}

// Bits of these mean the same unsigned number; what the codec makes of them differs at most in its type.
const alike: ReadonlySet<ScalarClass> = new Set(["unsigned", "enum", "pointer", "bytes", "char"]);

function isNegative(value: string): boolean {
  return value.startsWith("-");
}

/** An enum that holds a negative value is a signed number. */
function holdsNegative(leaf: LayoutLeaf): boolean {
  return leaf.class === "enum" && Object.values(leaf.values ?? {}).some(isNegative);
}

function retypeEffect(before: LayoutLeaf, after: LayoutLeaf): LayoutEffect {
  // Compilers differ in the sign of char.
  const bothBytes = (kind: ScalarClass): boolean => kind === "char" || kind === "bytes" || kind === "signed";
  if (before.bitSize === 8 && (before.class === "char" || after.class === "char")) {
    if (bothBytes(before.class) && bothBytes(after.class)) return "neither";
  }
  const [old, now] = [holdsNegative(before) ? "signed" : before.class, holdsNegative(after) ? "signed" : after.class];
  if (old === now) return "neither";
  // A bool holds less than the integer that took its place, and than the one whose place it took.
  if (old === "bool") return alike.has(now) ? "decode" : "both";
  if (now === "bool") return alike.has(old) ? "encode" : "both";
  return alike.has(old) && alike.has(now) ? "neither" : "both";
}

const isNumber = /^-?\d{1,20}$/;

/**
 * Whether two values of an enum are the same bytes. Compilers of old do not tell whether an enum is signed, so that both
 * readings of a value are one.
 */
function sameValue(one: string, other: string): boolean {
  if (one === other) return true;
  // A layout may come from anywhere.
  if (!isNumber.test(one) || !isNumber.test(other)) return false;
  const [a, b] = [BigInt(one), BigInt(other)];
  const narrow = [a, b].every((value) => value >= -(2n ** 31n) && value < 2n ** 32n);
  const bits = narrow ? 32 : 64;
  return BigInt.asUintN(bits, a) === BigInt.asUintN(bits, b);
}

function compareValues(path: string, before: LayoutLeaf, after: LayoutLeaf): LayoutDrift[] {
  if (before.class !== "enum" || after.class !== "enum") return [];
  // Absent where the compiler did not tell them whole.
  if (before.values === undefined || after.values === undefined) return [];
  const [old, now] = [before.values, after.values];
  const differences: LayoutDrift[] = [];
  const of = path === "" ? "" : ` of \`${path}\``;
  const add = (affects: LayoutEffect, message: string): void => {
    differences.push({ path, kind: "values", affects, message });
  };
  for (const [name, value] of Object.entries(old)) {
    const other = Object.hasOwn(now, name) ? now[name] : undefined;
    // A value that is gone no longer comes, but may still be sent.
    if (other === undefined) add("encode", `\`${name}\`${of} (${value}) is gone`);
    else if (!sameValue(value, other)) add("both", `\`${name}\`${of} changed from ${value} to ${other}`);
  }
  const signed = holdsNegative(before);
  for (const [name, value] of Object.entries(now)) {
    if (Object.hasOwn(old, name)) continue;
    // Decoded enums are open: a new value comes as its number, unless the codec's enum has no sign.
    const lost = isNegative(value) && !signed;
    if (!lost) add("neither", `\`${name}\`${of} (${value}) is new`);
    else add("decode", `\`${name}\`${of} (${value}) is new, and negative in an enum that had no sign`);
  }
  return differences;
}

function compareLeaves(before: LayoutLeaf, after: LayoutLeaf): LayoutDrift[] {
  const { path } = before;
  const name = path === "" ? "it" : `\`${path}\``;
  const differences: LayoutDrift[] = [];
  if (before.bitOffset !== after.bitOffset) {
    const message = `${name} moved ${moved(before.bitOffset, after.bitOffset)}`;
    differences.push({ path, kind: "moved", affects: "both", message });
  }
  if (before.bitSize !== after.bitSize || before.count !== after.count) {
    differences.push({ path, kind: "resized", affects: "both", message: resized(name, before, after) });
  } else if (before.stride !== after.stride) {
    const message = `elements of ${name} are ${width(after.stride ?? 0)} apart in place of ${(before.stride ?? 0) / 8}`;
    differences.push({ path, kind: "resized", affects: "both", message });
  }
  if (before.class !== after.class) {
    const message = `${name} changed from ${before.class} to ${after.class}`;
    differences.push({ path, kind: "retyped", affects: retypeEffect(before, after), message });
  }
  if (before.endian !== after.endian) {
    const message = `${name} changed its byte order to ${after.endian ?? "that of the record"}`;
    differences.push({ path, kind: "endian", affects: "both", message });
  }
  return [...differences, ...compareValues(path, before, after)];
}

function sameBits(a: LayoutLeaf, b: LayoutLeaf): boolean {
  return (
    a.bitOffset === b.bitOffset &&
    a.bitSize === b.bitSize &&
    a.class === b.class &&
    a.count === b.count &&
    a.stride === b.stride &&
    a.endian === b.endian
  );
}

/**
 * Every difference between the layout that a codec was generated for and the one that a producer has, member by member
 * in the order of the former; none when bytes of the one are bytes of the other. The record's own name does not count.
 */
export function compareLayouts(generated: LayoutDescriptor, actual: LayoutDescriptor): LayoutDrift[] {
  const differences: LayoutDrift[] = [];
  if (generated.endian !== actual.endian) {
    const message = `the byte order changed from ${generated.endian} to ${actual.endian}`;
    differences.push({ path: "", kind: "endian", affects: "both", message });
  }
  const found = new Map(actual.leaves.map((leaf) => [leaf.path, leaf]));
  const known = new Set(generated.leaves.map((leaf) => leaf.path));
  const added = actual.leaves.filter((leaf) => !known.has(leaf.path));
  const renamed = new Set<LayoutLeaf>();
  for (const leaf of generated.leaves) {
    const { path } = leaf;
    const other = found.get(path);
    if (other !== undefined) {
      differences.push(...compareLeaves(leaf, other));
      continue;
    }
    const heir = added.find((entry) => !renamed.has(entry) && sameBits(leaf, entry));
    if (heir === undefined) {
      differences.push({ path, kind: "removed", affects: "both", message: `\`${path}\` is gone` });
      continue;
    }
    renamed.add(heir);
    differences.push({
      path,
      kind: "renamed",
      affects: "neither",
      message: `\`${path}\` is now called \`${heir.path}\``,
    });
    differences.push(...compareValues(path, leaf, heir));
  }
  for (const leaf of added) {
    if (renamed.has(leaf)) continue;
    // Its bytes are skipped by decode, and written as 0 or not at all by encode.
    const message = `\`${leaf.path}\` is new at ${leaf.bitOffset % 8 === 0 ? "byte " : ""}${place(leaf.bitOffset)}`;
    differences.push({ path: leaf.path, kind: "added", affects: "encode", message });
  }
  // of a value that is no struct, its leaf has told it
  const told = differences.some(({ kind, path }) => kind === "resized" && path === "");
  if (generated.size !== actual.size && !told) {
    const message = `it ${actual.size > generated.size ? "grew" : "shrank"} from ${generated.size} to ${counted(actual.size, "byte")}`;
    // A longer sample still decodes; a shorter one is refused.
    differences.push({ path: "", kind: "size", affects: actual.size > generated.size ? "encode" : "both", message });
  }
  return differences;
}

/** What a list of differences breaks taken together. */
export function effectOf(differences: readonly Pick<LayoutDrift, "affects">[]): LayoutEffect {
  const effects = new Set(differences.map((difference) => difference.affects));
  if (effects.has("both") || (effects.has("decode") && effects.has("encode"))) return "both";
  return effects.has("decode") ? "decode" : effects.has("encode") ? "encode" : "neither";
}
