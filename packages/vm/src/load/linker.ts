import {
  type Btf,
  bpfRelocationType,
  btfExtOf,
  type Elf,
  type ElfFunction,
  type ElfSection,
  type ElfSymbol,
  functionsOf,
  type LineInfo,
  relocationsOf,
} from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { patchInstruction } from "../core/patch.ts";
import { CoreResolver } from "../core/resolve.ts";
import type { LinkedProgram } from "./linked-program.ts";

/** A pointer as its two words. */
export interface Words {
  readonly low: number;
  readonly high: number;
}

/** What an object's instructions refer to. */
export interface LinkGround {
  /** Pointer to a map by its name. */
  mapPointer(name: string): Words | undefined;
  /** Pointer to a byte of a data section. */
  dataPointer(section: ElfSection, offset: number): Words | undefined;
  /** Pointer to what the kernel gives (`__kconfig`, `__ksym`); NULL for a weak one that there is not. */
  externPointer(symbol: ElfSymbol): Words | undefined;
  /** Number of a function of the kernel by its name; undefined for one that there is not. */
  kernelFunction(name: string): number | undefined;
  /** High word of pointers to functions. */
  readonly functions: number;
}

const slotBytes = 8;
const callOpcode = 0x85;
const constantOpcode = 0x18;
/** `BPF_PSEUDO_KFUNC_CALL`, in place of the source register. */
const kernelCall = 2;

interface Piece {
  readonly function: ElfFunction;
  /** Slot where it begins. */
  readonly base: number;
}

/**
 * Functions that are programs: those of sections other than `.text` (libbpf, `bpf_object__add_programs`).
 * @throws RingBufError ENOTSUP for one that is static.
 */
export function programsOf(functions: readonly ElfFunction[]): readonly ElfFunction[] {
  const programs = functions.filter(({ section }) => section.name !== ".text");
  const hidden = programs.find(({ symbol }) => symbol.bind === "local");
  if (hidden === undefined) return programs;
  const { name, section } = hidden;
  throw new RingBufError(`program "${name}" of section "${section.name}" is static, and has to be global`, {
    code: "ENOTSUP",
    syscall: "bpf_object__open",
  });
}

/** Puts programs of one object together, each with the functions that it calls (libbpf `bpf_object__relocate`). */
export class Linker {
  readonly #elf: Elf;
  readonly #functions: readonly ElfFunction[];
  readonly #ground: LinkGround;
  /** Copies of the code of sections, with CO-RE relocations applied. */
  readonly #code = new Map<number, Uint8Array>();
  readonly #poisoned = new Map<string, string>();
  readonly #lines = new Map<string, readonly LineInfo[]>();
  /** Ids of the types of functions, by section and offset. */
  readonly #types = new Map<string, number>();

  /** @throws CoreError, BtfError for objects that contradict themselves. */
  constructor(btf: Btf, elf: Elf, targets: readonly Btf[], ground: LinkGround) {
    this.#elf = elf;
    this.#functions = functionsOf(elf);
    this.#ground = ground;
    for (const { section } of this.#functions) {
      // a Buffer's own slice() is no copy
      if (!this.#code.has(section.index)) this.#code.set(section.index, new Uint8Array(section.bytes));
    }
    const ext = btfExtOf(btf);
    if (ext === undefined) return;
    for (const { section, records } of ext.lines) this.#lines.set(section, records);
    for (const { section, records } of ext.functions) {
      for (const { offset, typeId } of records) this.#types.set(`${section} ${offset}`, typeId);
    }
    const resolver = new CoreResolver(btf, targets);
    for (const { section: name, records } of ext.relocations) {
      const section = elf.section(name);
      const code = section && this.#code.get(section.index);
      if (code === undefined) continue;
      for (const relocation of records) {
        const patch = patchInstruction(code, relocation.offset, elf.endian, resolver.resolve(relocation));
        if (patch.kind === "poison") this.#poisoned.set(`${section?.index} ${relocation.offset}`, patch.reason);
      }
    }
  }

  /**
   * The programs that are `wanted`, by their names.
   * @throws RingBufError EINVAL
   */
  programs(wanted: (name: string) => boolean): readonly LinkedProgram[] {
    return programsOf(this.#functions)
      .filter(({ name }) => wanted(name))
      .map((main) => this.#link(main));
  }

  #link(main: ElfFunction): LinkedProgram {
    const pieces: Piece[] = [];
    const bases = new Map<ElfFunction, number>();
    let slots = 0;
    const place = (one: ElfFunction): number => {
      const known = bases.get(one);
      if (known !== undefined) return known;
      const base = slots;
      bases.set(one, base);
      pieces.push({ function: one, base });
      slots += one.bytes.length / slotBytes;
      return base;
    };
    place(main);
    const calls: { slot: number; target: ElfFunction }[] = [];
    const constants = new Map<number, Words>();
    const callbacks = new Map<number, number>();
    const lines = new Map<number, LineInfo>();
    const poisoned = new Map<number, string>();
    const kernelCalls: { slot: number; id: number }[] = [];
    // the list grows as calls are met
    for (let index = 0; index < pieces.length; index += 1) {
      const { function: one, base } = pieces[index] as Piece;
      const refuse = (offset: number, what: string): RingBufError => this.#refused(main, one, offset, what);
      const view = this.#viewOf(one.section);
      const end = one.offset + one.bytes.length;
      const slotAt = (offset: number): number => base + (offset - one.offset) / slotBytes;
      const related = new Set<number>();
      for (const relocation of relocationsOf(this.#elf, one.section)) {
        const { offset, symbol, type } = relocation;
        if (offset < one.offset || offset >= end) continue;
        if ((offset - one.offset) % slotBytes !== 0 || offset + slotBytes > end) {
          throw refuse(offset, "has a relocation that begins at no instruction");
        }
        related.add(offset);
        if (type === bpfRelocationType.call) {
          if (symbol.section === undefined) {
            const id = this.#ground.kernelFunction(symbol.name);
            if (id === undefined && symbol.bind !== "weak") {
              throw refuse(offset, `calls ${symbol.name}, a kernel function that this virtual machine does not have`);
            }
            // a program that asks by bpf_ksym_exists does not come here
            if (id === undefined) poisoned.set(slotAt(offset), `the kernel has no function ${symbol.name}`);
            kernelCalls.push({ slot: slotAt(offset), id: id ?? 0 });
            continue;
          }
          const from = symbol.type === "func" ? 0 : (view.getInt32(offset + 4, true) + 1) * slotBytes;
          const target = this.#functionAt(symbol.section, Number(symbol.value) + from);
          if (target === undefined) throw refuse(offset, `calls no function of the object at ${symbol.name}`);
          place(target);
          calls.push({ slot: slotAt(offset), target });
        } else if (type === bpfRelocationType.imm64) {
          const addend = view.getInt32(offset + 4, true);
          const callback = symbol.section && this.#functionAt(symbol.section, Number(symbol.value) + addend);
          if (callback !== undefined) {
            const start = place(callback);
            callbacks.set(slotAt(offset), start);
            constants.set(slotAt(offset), { low: start, high: this.#ground.functions });
            continue;
          }
          const words = this.#pointerTo(symbol, addend);
          if (words === undefined)
            throw refuse(offset, `refers to ${symbol.name}, which this virtual machine does not have`);
          constants.set(slotAt(offset), words);
        } else throw refuse(offset, `has a relocation of type ${type}`);
      }
      for (let offset = one.offset; offset < end; offset += slotBytes) {
        const opcode = view.getUint8(offset);
        const why = this.#poisoned.get(`${one.section.index} ${offset}`);
        if (why !== undefined) poisoned.set(slotAt(offset), why);
        if (opcode === callOpcode && view.getUint8(offset + 1) >> 4 === 1 && !related.has(offset)) {
          const target = this.#functionAt(one.section, offset + (view.getInt32(offset + 4, true) + 1) * slotBytes);
          if (target === undefined) throw refuse(offset, "calls no function of the object");
          place(target);
          calls.push({ slot: slotAt(offset), target });
        }
        if (opcode === constantOpcode) offset += slotBytes;
      }
      for (const line of this.#lines.get(one.section.name) ?? []) {
        if (line.offset >= one.offset && line.offset < end) lines.set(slotAt(line.offset), line);
      }
    }
    const code = new Uint8Array(slots * slotBytes);
    for (const { function: one, base } of pieces) {
      const bytes = this.#code.get(one.section.index) as Uint8Array;
      code.set(bytes.subarray(one.offset, one.offset + one.bytes.length), base * slotBytes);
    }
    const view = new DataView(code.buffer);
    for (const { slot, target } of calls) {
      view.setInt32(slot * slotBytes + 4, (bases.get(target) as number) - slot - 1, true);
    }
    for (const { slot, id } of kernelCalls) {
      code[slot * slotBytes + 1] = kernelCall << 4;
      view.setInt32(slot * slotBytes + 4, id, true);
    }
    // a source register tells that the number stands for something
    for (const slot of constants.keys())
      code[slot * slotBytes + 1] = ((code[slot * slotBytes + 1] as number) & 15) | 0x10;
    const names = new Map(pieces.map(({ function: one, base }) => [base, one.name]));
    const functionTypes = new Map<number, number>();
    for (const { function: one, base } of pieces) {
      const type = this.#types.get(`${one.section.name} ${one.offset}`);
      if (type !== undefined) functionTypes.set(base, type);
    }
    return {
      name: main.name,
      section: main.section.name,
      code,
      constants,
      names,
      functionTypes,
      callbacks,
      lines,
      poisoned,
    };
  }

  #pointerTo(symbol: ElfSymbol, addend: number): Words | undefined {
    const { section } = symbol;
    if (section === undefined) return this.#ground.externPointer(symbol);
    if (section.name === ".maps") return this.#ground.mapPointer(symbol.name);
    return this.#ground.dataPointer(section, Number(symbol.value) + addend);
  }

  #functionAt(section: ElfSection, offset: number): ElfFunction | undefined {
    return this.#functions.find((one) => one.section.index === section.index && one.offset === offset);
  }

  #viewOf(section: ElfSection): DataView {
    const bytes = this.#code.get(section.index) as Uint8Array;
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #refused(main: ElfFunction, one: ElfFunction, offset: number, what: string): RingBufError {
    const lines = this.#lines.get(one.section.name) ?? [];
    const line = lines.filter((info) => info.offset <= offset).at(-1);
    const where =
      line === undefined ? `byte ${offset} of ${one.section.name}` : `${line.file}:${line.line}:${line.column}`;
    const via = main === one ? "" : `, of program ${main.name},`;
    return new RingBufError(`${where}: ${one.name}${via} ${what}`, { code: "EINVAL", syscall: "bpf_object__load" });
  }
}
