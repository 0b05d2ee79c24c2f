import type { Btf, Elf } from "@rbgen/btf";
import type { ProgramDefinition } from "../module.ts";

/** `SHF_EXECINSTR` */
const executable = 4;

/**
 * Programs of an object, in order of their symbols: global functions in executable sections other than `.text`, which
 * holds subprograms (libbpf `bpf_object__add_programs`).
 */
export function readPrograms(elf: Elf, btf: Btf): readonly ProgramDefinition[] {
  const programs: ProgramDefinition[] = [];
  for (const symbol of elf.symbols) {
    const { section } = symbol;
    if (symbol.type !== "func" || symbol.bind === "local" || section === undefined) continue;
    if ((section.flags & executable) === 0 || section.name === ".text") continue;
    const proto = btf.findKind("func", symbol.name)[0];
    programs.push({ name: symbol.name, section: section.name, ...(proto === undefined ? {} : { proto }) });
  }
  return programs;
}
