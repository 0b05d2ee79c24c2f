import { BtfError } from "../error.ts";
import type { Elf, ElfSection, ElfSymbol } from "./elf.ts";

/** A place in a section that wants the value of a symbol. */
export interface ElfRelocation {
  /** Bytes from the start of the section that it applies to. */
  readonly offset: number;
  /** What to write, and where: a number of the machine's ABI. BPF's are in {@link bpfRelocationType}. */
  readonly type: number;
  readonly symbol: ElfSymbol;
  /** What is added to the symbol's value (`SHT_RELA`); absent where it stands at the place itself (`SHT_REL`, BPF's form). */
  readonly addend: bigint | undefined;
}

/** Relocation types of BPF (LLVM, "BPF backend: relocations"). */
export const bpfRelocationType = {
  none: 0,
  /** `R_BPF_64_64`: the 64-bit immediate of a `ld_imm64`, two halves of 32 bits at bytes 4 and 12. */
  imm64: 1,
  /** `R_BPF_64_ABS64`: 64 bits of data. */
  abs64: 2,
  /** `R_BPF_64_ABS32`: 32 bits of data. */
  abs32: 3,
  /** `R_BPF_64_NODYLD32`: 32 bits of `.BTF` and `.BTF.ext`, which a dynamic linker leaves alone. */
  nodyld32: 4,
  /** `R_BPF_64_32`: the immediate of a `call`, in instructions. */
  call: 10,
} as const;

const sectionTypeRela = 4;
const sectionTypeRel = 9;

/**
 * The relocations that apply to `section`, in the order of the file; none for a section without.
 * @throws {@link BtfError} `elf` for a table that is none or a symbol that is missing, `bounds` for a place outside of the section.
 */
export function relocationsOf(elf: Elf, section: ElfSection): readonly ElfRelocation[] {
  const relocations: ElfRelocation[] = [];
  for (const table of elf.sections) {
    const rela = table.type === sectionTypeRela;
    if ((table.type === sectionTypeRel || rela) && table.info === section.index) {
      readTable(elf, table, rela, section, relocations);
    }
  }
  return relocations;
}

function readTable(elf: Elf, table: ElfSection, rela: boolean, section: ElfSection, into: ElfRelocation[]): void {
  const wide = elf.bits === 64;
  const word = wide ? 8 : 4;
  const entry = word * (rela ? 3 : 2);
  if (table.entrySize !== entry || table.bytes.length % entry !== 0) {
    throw new BtfError(
      "elf",
      `${nameOf(table)}: relocations of ${table.entrySize} bytes in a table of ${table.bytes.length}`,
    );
  }
  const { symbols } = elf;
  if (table.bytes.length > 0 && elf.symbolTable?.index !== table.link) {
    throw new BtfError("elf", `${nameOf(table)}: its symbols are in section ${table.link}, which is no symbol table`);
  }
  const little = elf.endian === "little";
  const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
  for (let at = 0; at < table.bytes.length; at += entry) {
    const offset = wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
    // The symbol is in the upper bits: of 64 the upper half, of 32 the upper 24.
    const low = view.getUint32(at + word + (wide && !little ? 4 : 0), little);
    const high = wide ? view.getUint32(at + word + (little ? 4 : 0), little) : low >>> 8;
    const type = wide ? low : low & 0xff;
    const symbol = symbols[high];
    if (symbol === undefined) {
      throw new BtfError(
        "elf",
        `${nameOf(table)}: relocation ${at / entry} is of symbol ${high}, the last one is ${symbols.length - 1}`,
      );
    }
    if (offset >= section.size) {
      throw new BtfError(
        "bounds",
        `${nameOf(table)}: relocation ${at / entry} is at byte ${offset} of a section of ${section.size}`,
      );
    }
    let addend: bigint | undefined;
    if (rela) addend = wide ? view.getBigInt64(at + 16, little) : BigInt(view.getInt32(at + 8, little));
    into.push({ offset, type, symbol, addend });
  }
}

function nameOf(section: ElfSection): string {
  return section.name === "" ? `section ${section.index}` : section.name;
}
