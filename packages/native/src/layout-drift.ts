import { type Btf, type Member, resolve, type Struct, sizeOf, type Type, type Union } from "@rbgen/btf";
import { compareLayouts, type LayoutDescriptor, type LayoutDifference, type LayoutLeaf } from "@rbgen/runtime";

/**
 * Differences between the layout that a codec was generated for and the struct of that name in `btf`: those of an
 * object, or none where it does not hold the struct (compilers leave out what no map, global or function mentions).
 */
export function layoutDrift(layout: LayoutDescriptor, btf: Btf): readonly LayoutDifference[] {
  const record = btf.findKind("struct", layout.name)[0];
  if (record === undefined) return [];
  const leaves: LayoutLeaf[] = [];
  for (const leaf of layout.leaves) {
    const place = find(record, leaf.path.split("."), 0);
    if (place !== undefined) leaves.push({ ...leaf, ...place });
  }
  return compareLayouts(layout, { ...layout, size: record.size, endian: btf.endian, leaves });
}

/** Where a path of member names leads; unnamed members are passed through, and arrays stand for their first element. */
function find(record: Struct | Union, path: readonly string[], base: number): Partial<LayoutLeaf> | undefined {
  const [name, ...rest] = path;
  for (const member of record.members) {
    const at = base + member.bitOffset;
    const inner = elementOf(member.type);
    const composite = inner.kind === "struct" || inner.kind === "union" ? inner : undefined;
    if (member.name === "" && composite !== undefined) {
      const found = find(composite, path, at);
      if (found !== undefined) return found;
    }
    if (member.name !== name) continue;
    return rest.length > 0 && composite !== undefined ? find(composite, rest, at) : placeOf(member, inner, at);
  }
  return undefined;
}

function placeOf(member: Member, element: Type, bitOffset: number): Partial<LayoutLeaf> {
  const bitSize = member.bitSize ?? 8 * (element.kind === "void" ? 0 : sizeOf(element));
  // Text, bytes and enumerators are as the generator took them; sign and kind of plain numbers are compared.
  if (element.kind === "int" && !element.char && !element.bool && element.size > 1) {
    return { bitOffset, bitSize, class: element.signed ? "signed" : "unsigned" };
  }
  if (element.kind === "float") return { bitOffset, bitSize, class: "float" };
  if (element.kind === "ptr") return { bitOffset, bitSize, class: "pointer" };
  return { bitOffset, bitSize };
}

function elementOf(type: Type): ReturnType<typeof resolve> {
  let element = resolve(type);
  for (let depth = 0; element.kind === "array" && depth < 16; depth++) element = resolve(element.element);
  return element;
}
