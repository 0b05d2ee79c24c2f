import { BtfError } from "../error.ts";
import type { Elf, ElfSection, ElfSymbol } from "./elf.ts";

/** Code of a function in a BPF object. */
export interface ElfFunction {
  readonly name: string;
  readonly symbol: ElfSymbol;
  readonly section: ElfSection;
  /** From the start of the section, bytes: a multiple of 8, the size of an instruction. */
  readonly offset: number;
  /** Its instructions: a view of the file. */
  readonly bytes: Uint8Array;
}

const sectionTypeProgbits = 1;
/** `SHF_EXECINSTR`. */
const executable = 4;
const instructionSize = 8;

/**
 * Every function of a BPF object, by section and place: programs, and in `.text` the subprograms that they share (as libbpf,
 * `bpf_object__add_programs`). Functions of other objects are not among them.
 * @throws {@link BtfError} `elf` for code that is not a sequence of instructions, `bounds` where it leaves its section.
 */
export function functionsOf(elf: Elf): readonly ElfFunction[] {
  const functions: ElfFunction[] = [];
  for (const symbol of elf.symbols) {
    const { name, section } = symbol;
    if (symbol.type !== "func" || section === undefined || !isCode(section)) continue;
    const end = symbol.value + symbol.size;
    if (end > BigInt(section.bytes.length)) {
      throw new BtfError("bounds", `${name} ends at byte ${end} of ${section.name}, which has ${section.bytes.length}`);
    }
    const [offset, size] = [Number(symbol.value), Number(symbol.size)];
    if (size === 0 || size % instructionSize !== 0 || offset % instructionSize !== 0) {
      throw new BtfError(
        "elf",
        `${name} has ${size} bytes at byte ${offset} of ${section.name}: no whole instructions`,
      );
    }
    functions.push({ name, symbol, section, offset, bytes: section.bytes.subarray(offset, offset + size) });
  }
  return functions.sort((a, b) => a.section.index - b.section.index || a.offset - b.offset);
}

/** Whether the section holds code: programs, or subprograms where it is `.text`. */
function isCode(section: ElfSection): boolean {
  return section.type === sectionTypeProgbits && (section.flags & executable) !== 0;
}
