import {
  bpfRelocationType,
  type CodePlace,
  type Elf,
  type ElfFunction,
  type ElfSection,
  type Endian,
  functionsOf,
  relocationsOf,
} from "@rbgen/btf";
import { isLegacyMaps } from "../module.ts";
import { type Instruction, instructionAt, instructionBytes } from "./instruction.ts";
import { type Atom, functionAtom, mapAtom, pointerAtom } from "./value.ts";

export type { CodePlace };

interface Section {
  readonly view: DataView;
  readonly references: ReadonlyMap<number, Atom>;
  readonly calls: ReadonlyMap<number, CodePlace | undefined>;
}

/** The code of an object, with what its relocations say that instructions refer to. */
export class ObjectCode {
  readonly functions: readonly ElfFunction[];
  readonly #elf: Elf;
  readonly #sections = new Map<number, Section>();
  readonly #ends = new Map<string, number>();
  readonly #elsewhere = new Set<string>();

  /** @throws BtfError for code or relocations that contradict the file. */
  constructor(elf: Elf) {
    this.#elf = elf;
    this.functions = functionsOf(elf);
    for (const { section, offset, bytes } of this.functions) {
      this.#ends.set(`${section.index}:${offset}`, offset + bytes.length);
      if (!this.#sections.has(section.index)) this.#sections.set(section.index, this.#read(section));
    }
  }

  get endian(): Endian {
    return this.#elf.endian;
  }

  /** Programs: what the kernel calls (libbpf `bpf_object__add_programs`). */
  get programs(): readonly ElfFunction[] {
    return this.functions.filter(({ section, symbol }) => section.name !== ".text" && symbol.bind !== "local");
  }

  /** Where the function that begins at a place ends; undefined where none begins there. */
  endOf({ section, at }: CodePlace): number | undefined {
    return this.#ends.get(`${section}:${at}`);
  }

  /** The function that begins at a place. */
  nameOf({ section, at }: CodePlace): string | undefined {
    return this.functions.find((one) => one.section.index === section && one.offset === at)?.name;
  }

  /** The instruction at a place. */
  instruction({ section, at }: CodePlace): Instruction | undefined {
    const code = this.#sections.get(section);
    if (code === undefined || at < 0 || at + instructionBytes > code.view.byteLength) return undefined;
    return instructionAt(code.view, at, this.#elf.endian);
  }

  /** What the 64-bit constant at a place stands for; undefined where it is a number. */
  reference({ section, at }: CodePlace): Atom | undefined {
    return this.#sections.get(section)?.references.get(at);
  }

  /** Where the call at a place leads. */
  callee({ section, at }: CodePlace, { immediate }: Instruction): CodePlace | undefined {
    const calls = this.#sections.get(section)?.calls;
    if (calls?.has(at) === true) return calls.get(at);
    return { section, at: at + (immediate + 1) * instructionBytes };
  }

  /** Whether the code refers to what another object defines by this name. */
  isElsewhere(name: string): boolean {
    return this.#elsewhere.has(name);
  }

  #read(section: ElfSection): Section {
    const { bytes } = section;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const little = this.#elf.endian === "little";
    const references = new Map<number, Atom>();
    const calls = new Map<number, CodePlace | undefined>();
    for (const { offset, type, symbol } of relocationsOf(this.#elf, section)) {
      if (offset % instructionBytes !== 0 || offset + instructionBytes > view.byteLength) continue;
      const addend = view.getInt32(offset + 4, little);
      const target = symbol.section;
      if (type === bpfRelocationType.call) {
        // A function by its name, or by its place in a section (libbpf `bpf_program__record_reloc`).
        const from = symbol.type === "func" ? 0 : (addend + 1) * instructionBytes;
        calls.set(offset, target && { section: target.index, at: Number(symbol.value) + from });
      } else if (type === bpfRelocationType.imm64) {
        if (target === undefined) this.#elsewhere.add(symbol.name);
        references.set(offset, referenceTo(target, symbol.name, Number(symbol.value) + addend));
      }
    }
    return { view, references, calls };
  }
}

/** `SHF_EXECINSTR` */
const executable = 4;

function referenceTo(section: ElfSection | undefined, name: string, at: number): Atom {
  // What another object defines may be a map of it.
  if (section === undefined) return mapAtom(name);
  if (section.name === ".maps" || isLegacyMaps(section.name)) return mapAtom(name);
  if ((section.flags & executable) !== 0) return functionAtom(section.index, at);
  return pointerAtom({ kind: "data", key: `d${section.index}`, section: section.name }, at);
}
