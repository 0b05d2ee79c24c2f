import { type Btf, bytes, type Datasec, type Elf, layOutKconfig, type SectionVariable } from "@rbgen/btf";

const data = /^\.(?:rodata|data|bss|kconfig|struct_ops)(?:\.|$)/;

/** Whether libbpf makes a map of the section: that of a license, for one, holds no variables of a program. */
export function isDataSection(name: string): boolean {
  return data.test(name);
}

/**
 * Sections of global variables. A compiler leaves offsets and section sizes to the linker: they come from the symbols,
 * as libbpf takes them (`btf_fixup_datasec`); those of `.kconfig` are where libbpf puts them.
 */
export function readDataSections(btf: Btf, elf: Elf | undefined): readonly Datasec[] {
  const sections: Datasec[] = [];
  for (const datasec of btf.findAll("datasec")) {
    if (!isDataSection(datasec.name)) continue;
    if (datasec.name === ".kconfig") sections.push(layOutKconfig(datasec));
    else sections.push(elf === undefined ? datasec : placed(datasec, elf));
  }
  return sections;
}

function placed(datasec: Datasec, elf: Elf): Datasec {
  const offsets = new Map<string, number>();
  for (const symbol of elf.symbols) {
    if (symbol.section?.name === datasec.name) offsets.set(symbol.name, Number(symbol.value));
  }
  const variables = datasec.variables
    .map((entry): SectionVariable => {
      const offset = offsets.get(entry.variable.name);
      return offset === undefined ? entry : { ...entry, offset: bytes(offset) };
    })
    .sort((a, b) => a.offset - b.offset);
  const size = elf.section(datasec.name)?.size;
  return {
    kind: "datasec",
    ...(datasec.id === undefined ? {} : { id: datasec.id }),
    name: datasec.name,
    size: size === undefined ? datasec.size : bytes(size),
    variables,
  };
}
