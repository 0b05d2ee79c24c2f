import { type Btf, isLayoutDescriptor, type LayoutDrift, recordDrift } from "@rbgen/btf";
import type { LayoutDescriptor } from "@rbgen/runtime";
import { shown } from "./arguments.ts";
import { ringError } from "./errno.ts";

/**
 * `layout`, if it has the form of one; `from` is what it came from.
 * @throws RingBufError EINVAL.
 */
export function checkedLayout(layout: LayoutDescriptor | undefined, from: unknown = layout): LayoutDescriptor {
  if (isLayoutDescriptor(layout)) return layout;
  throw ringError("EINVAL", `${shown(from)} is no codec, or its layout is none that rbgen generates`);
}

/**
 * Differences between the layout that a codec was generated for and the type of that name in `btf`, over all members; of a
 * ring of several records, those of each, with its name in front of the sentence. Where an object's BTF does not hold the type
 * (compilers leave out what no map, global or function mentions), its debug information counts; none where that has
 * none either. Of several types of one name, the one that fits best counts.
 * @throws RingBufError EINVAL for what is no layout, or no Btf.
 */
export function layoutDrift(layout: LayoutDescriptor, btf: Btf): readonly LayoutDrift[] {
  checkedLayout(layout);
  if (typeof btf?.findKind !== "function") throw ringError("EINVAL", `${shown(btf)} is no Btf`);
  return recordDrift(layout, btf);
}
