import { readDebugTypes } from "../dwarf/debug-info.ts";
import type { DebugTypes } from "../dwarf/types.ts";
import type { Btf } from "../format/btf.ts";
import { compareLayouts, effectOf, type LayoutDrift } from "../layout/compare-layouts.ts";
import { type LayoutDescriptor, type LayoutLeaf, layoutOf } from "../layout/layout-descriptor.ts";
import type { Type } from "../types.ts";

/** What records of a layout are for: only what changes that is a reason not to go on. */
export type LayoutUse = "decode" | "encode" | "both";

function hinders(drift: readonly LayoutDrift[], use: LayoutUse): boolean {
  const effect = effectOf(drift);
  return effect !== "neither" && (effect === "both" || use === "both" || effect === use);
}

/** Whether `value` has the form of a layout, of one record or several: what a codec carries may come from anywhere. */
export function isLayoutDescriptor(value: unknown): value is LayoutDescriptor {
  const { name, size, endian, leaves, records } = (value ?? {}) as Partial<LayoutDescriptor>;
  return (
    typeof name === "string" &&
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    (endian === "little" || endian === "big") &&
    Array.isArray(leaves) &&
    leaves.every(isLeaf) &&
    (records === undefined ||
      (Array.isArray(records) && records.every((record) => isLayoutDescriptor(record) && record.records === undefined)))
  );
}

function isLeaf(leaf: Partial<LayoutLeaf> | null | undefined): boolean {
  const numbers = [leaf?.bitOffset, leaf?.bitSize, leaf?.count ?? 0, leaf?.stride ?? 0];
  return typeof leaf?.path === "string" && typeof leaf.class === "string" && numbers.every(Number.isSafeInteger);
}

/** The records that a layout is of, one or several. */
export function recordsOf(layout: LayoutDescriptor): readonly LayoutDescriptor[] {
  return layout.records ?? [layout];
}

/**
 * Differences between the layout that a codec was generated for and the type of that name in `btf`, over all members; of a
 * ring of several records, those of each, with its name in front of the sentence. Where an object's BTF does not hold the type
 * (compilers leave out what no map, global or function mentions), its debug information counts; none where that has
 * none either. Of several types of one name, the one that fits best counts.
 */
export function recordDrift(layout: LayoutDescriptor, btf: Btf): readonly LayoutDrift[] {
  const { records } = layout;
  if (records === undefined) return closestDrift(layout, btf, "both");
  return records.flatMap((record) =>
    closestDrift(record, btf, "both").map((drift) => ({ ...drift, message: `${record.name}: ${drift.message}` })),
  );
}

function closestDrift(layout: LayoutDescriptor, btf: Btf, use: LayoutUse): readonly LayoutDrift[] {
  let best: readonly LayoutDrift[] | undefined;
  for (const type of typesNamed(layout.name, btf)) {
    const differences = compareLayouts(layout, layoutOf(type, layout.name, btf.endian));
    if (!hinders(differences, use)) return differences;
    if (best === undefined || differences.length < best.length) best = differences;
  }
  return best ?? [];
}

/** Whether `btf`, or the debug information beside it, tells anything of a type called `name`. */
export function knowsType(name: string, btf: Btf): boolean {
  return typesNamed(name, btf).length > 0;
}

function typesNamed(name: string, btf: Btf): readonly Type[] {
  if (name === "") return [];
  const own = [...btf.findKind("struct", name), ...btf.findKind("union", name), ...btf.findKind("typedef", name)];
  return own.length > 0 ? own : (debugTypes(btf)?.find(name) ?? []).filter(({ kind }) => kind !== "enum");
}

const debugTypesOf = new WeakMap<Btf, { readonly types: DebugTypes | undefined }>();

/** Read once a type is missed, which for most objects is never: debug information is several times as long as BTF. */
function debugTypes(btf: Btf): DebugTypes | undefined {
  const { elf } = btf;
  if (elf === undefined) return undefined;
  const known = debugTypesOf.get(btf) ?? { types: readDebugTypes(elf, btf) };
  debugTypesOf.set(btf, known);
  return known.types;
}

/**
 * The differences between a layout and the types of `btf` in words, of the first record that has some; undefined where none
 * hinders this use of the records.
 */
export function describeDrift(layout: LayoutDescriptor, btf: Btf, use: LayoutUse): string | undefined {
  for (const record of recordsOf(layout)) {
    const drift = inWords(record, closestDrift(record, btf, use), use);
    if (drift !== undefined) return drift;
  }
  return undefined;
}

/** The same for one layout of a producer, whose records are read and written. */
export function describeDriftBetween(layout: LayoutDescriptor, actual: LayoutDescriptor): string | undefined {
  return inWords(layout, compareLayouts(layout, actual), "both");
}

function inWords(layout: LayoutDescriptor, drift: readonly LayoutDrift[], use: LayoutUse): string | undefined {
  if (!hinders(drift, use)) return undefined;
  return `${layout.name} differs from the one generated for: ${drift.map(({ message }) => message).join("; ")}`;
}

/**
 * What to tell of the records that nothing was found to hold against: then a record of another layout and the same length is
 * read as the generated file says it is. Undefined where `isTold` holds of the name of each.
 */
export function describeUncompared(layout: LayoutDescriptor, isTold: (record: string) => boolean): string | undefined {
  const untold = recordsOf(layout).filter((record) => hasMembers(record) && !isTold(record.name));
  if (untold.length === 0) return undefined;
  const names = untold.map(({ name }) => JSON.stringify(name)).join(", ");
  return (
    `nothing tells the layout of ${names}, so that it is not compared with the one generated for. ` +
    "RB_RECORD(map, record) of rbgen.h keeps a type in the object; debug information, which -g writes and a strip removes, has it, too"
  );
}

/** A scalar alone has none, and no type of the object that could differ. */
function hasMembers({ leaves }: LayoutDescriptor): boolean {
  return leaves.some(({ path }) => path !== "");
}
