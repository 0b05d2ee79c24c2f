import { type Btf, compareLayouts, effectOf, type LayoutDrift, layoutOf, type Type } from "@rbgen/btf";
import type { LayoutDescriptor, LayoutLeaf } from "@rbgen/runtime";
import { shown } from "./arguments.ts";
import { ringError } from "./errno.ts";

/** What records of a layout are for: only what changes that is a reason not to go on. */
export type LayoutUse = "decode" | "encode" | "both";

function hinders(drift: readonly LayoutDrift[], use: LayoutUse): boolean {
  const effect = effectOf(drift);
  return effect !== "neither" && (effect === "both" || use === "both" || effect === use);
}

/**
 * `layout`, if it has the form of one; `from` is what it came from.
 * @throws RingBufError EINVAL.
 */
export function checkedLayout(layout: LayoutDescriptor | undefined, from: unknown = layout): LayoutDescriptor {
  const { name, size, endian, leaves } = layout ?? ({} as Partial<LayoutDescriptor>);
  const formed =
    typeof name === "string" &&
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    (endian === "little" || endian === "big") &&
    Array.isArray(leaves) &&
    leaves.every(isLeaf);
  if (formed) return layout as LayoutDescriptor;
  throw ringError("EINVAL", `${shown(from)} is no codec, or its layout is none that rbgen generates`);
}

function isLeaf(leaf: Partial<LayoutLeaf> | null | undefined): boolean {
  const numbers = [leaf?.bitOffset, leaf?.bitSize, leaf?.count ?? 0, leaf?.stride ?? 0];
  return typeof leaf?.path === "string" && typeof leaf.class === "string" && numbers.every(Number.isSafeInteger);
}

/**
 * Differences between the layout that a codec was generated for and the type of that name in `btf`, over all members:
 * none where `btf` does not hold the type (compilers leave out what no map, global or function mentions). Of several
 * types of one name, the one that fits best counts.
 * @throws RingBufError EINVAL for what is no layout, or no Btf.
 */
export function layoutDrift(layout: LayoutDescriptor, btf: Btf): readonly LayoutDrift[] {
  return closestDrift(layout, btf, "both");
}

function closestDrift(layout: LayoutDescriptor, btf: Btf, use: LayoutUse): readonly LayoutDrift[] {
  checkedLayout(layout);
  if (typeof btf?.findKind !== "function") throw ringError("EINVAL", `${shown(btf)} is no Btf`);
  let best: readonly LayoutDrift[] | undefined;
  for (const type of typesNamed(layout.name, btf)) {
    const differences = compareLayouts(layout, layoutOf(type, layout.name, btf.endian));
    if (!hinders(differences, use)) return differences;
    if (best === undefined || differences.length < best.length) best = differences;
  }
  return best ?? [];
}

/** Whether `btf` tells anything of a type called `name`. */
export function knowsType(name: string, btf: Btf): boolean {
  return typesNamed(name, btf).length > 0;
}

function typesNamed(name: string, btf: Btf): readonly Type[] {
  if (name === "") return [];
  return [...btf.findKind("struct", name), ...btf.findKind("union", name), ...btf.findKind("typedef", name)];
}

/** The differences in words, or undefined where none hinders this use of the records. */
export function describeDrift(layout: LayoutDescriptor, btf: Btf, use: LayoutUse): string | undefined {
  return inWords(layout, closestDrift(layout, btf, use), use);
}

/** The same for one layout of a producer, whose records are read and written. */
export function driftBetween(layout: LayoutDescriptor, actual: LayoutDescriptor): string | undefined {
  return inWords(layout, compareLayouts(layout, actual), "both");
}

function inWords(layout: LayoutDescriptor, drift: readonly LayoutDrift[], use: LayoutUse): string | undefined {
  if (!hinders(drift, use)) return undefined;
  return `${layout.name} differs from the one generated for: ${drift.map(({ message }) => message).join("; ")}`;
}
