import { BtfError, type Elf, type ElfRelocation, type ElfSection, relocationsOf } from "@rbgen/btf";

/**
 * Maps that the slots of other maps hold from the start, by the map with the slots: an object has a relocation in `.maps` for
 * each (libbpf's `bpf_object__collect_map_relos`).
 */
export function mapSlots(elf: Elf): ReadonlyMap<string, readonly string[]> {
  const slots = new Map<string, string[]>();
  const section = elf.sections.find(({ name }) => name === ".maps");
  if (section === undefined) return slots;
  const maps = elf.symbols.filter((symbol) => symbol.type === "object" && symbol.section?.index === section.index);
  for (const { offset, symbol } of relocationsIn(elf, section)) {
    const holder = maps.find(({ value, size }) => value <= offset && offset < value + size);
    if (holder === undefined || !maps.includes(symbol)) continue;
    const held = slots.get(holder.name) ?? [];
    if (!held.includes(symbol.name)) held.push(symbol.name);
    slots.set(holder.name, held);
  }
  return slots;
}

/** None where they contradict the file: reading what its programs send tells of that. */
function relocationsIn(elf: Elf, section: ElfSection): readonly ElfRelocation[] {
  try {
    return relocationsOf(elf, section);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    return [];
  }
}
