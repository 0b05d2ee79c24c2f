import { type Btf, type Elf, type ElfSymbol, meantSection } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { checkCode } from "../check/check-code.ts";
import type { SectionKind } from "../context/context-section.ts";
import { type EngineName, engineOf } from "../engine/engine.ts";
import { helperFor, helperName, kernelFunctionFor, kernelFunctionNumber } from "../helpers/helper-table.ts";
import { decode } from "../instruction/decode.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import type { LinkedProgram } from "../load/linked-program.ts";
import { Linker, type Words } from "../load/linker.ts";
import { returnsInteger } from "../load/returns-integer.ts";
import { ProgramArray } from "../maps/reference-maps.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { Code } from "../run/code.ts";
import type { ObjectMaps } from "./object-maps.ts";
import { placeIn, type VmProgram } from "./vm-program.ts";

/** What programs are loaded with. */
export interface ProgramGround {
  readonly btf: Btf;
  readonly elf: Elf;
  /** Types of the kernel that it is fitted to. */
  readonly target: Btf;
  readonly memory: VmMemory;
  readonly maps: ObjectMaps;
  readonly engine: EngineName;
  /** Pointer to a variable that the kernel gives; undefined for one that there is not. */
  extern(symbol: ElfSymbol): Words | undefined;
}

/**
 * Links, checks and compiles the programs that are wanted.
 * @throws RingBufError with file and line.
 */
export function loadPrograms(ground: ProgramGround, programs: readonly VmProgram[]): void {
  const { memory, maps } = ground;
  const functions = memory.allocate(0, { kind: "function", name: "functions", access: "none" });
  const linker = new Linker(ground.btf, ground.elf, [ground.target], {
    functions: functions.id,
    mapPointer(name) {
      const map = maps.find(name);
      return map && { low: 0, high: map.region.id };
    },
    dataPointer(section, offset) {
      const region = maps.section(section.index);
      return region && { low: offset, high: region.id };
    },
    externPointer(symbol) {
      const number = kernelFunctionNumber(symbol.name);
      return number === undefined ? ground.extern(symbol) : { low: number, high: functions.id };
    },
    kernelFunction: kernelFunctionNumber,
  });
  const wanted = programs.filter((program) => program.wanted);
  for (const linked of linker.programs((name) => wanted.some((program) => program.name === name))) {
    const program = wanted.find(({ name }) => name === linked.name) as VmProgram;
    if (program.kind === undefined) {
      const meant = meantSection(program.section);
      throw new RingBufError(
        `program "${program.name}": SEC("${program.section}") does not say what type it has${meant === undefined ? "" : `; ${meant}`}`,
        {
          code: "EINVAL",
          syscall: "bpf_object__load",
        },
      );
    }
    const code = checked(linked, program.kind, ground.btf);
    expectOneType(linked, program.kind, memory);
    program.loaded = { engine: engineOf(ground.engine, code, memory), lines: linked.lines };
  }
}

/** @throws RingBufError EINVAL where it calls by a map that is of programs of another type (kernel/bpf/core.c, `bpf_check_tail_call`). */
function expectOneType(linked: LinkedProgram, { type }: SectionKind, memory: VmMemory): void {
  for (const { high } of linked.constants.values()) {
    const map = memory.regionOf(high)?.owner;
    if (map instanceof ProgramArray && !map.admits(type)) {
      throw new RingBufError(
        `program "${linked.name}" has type ${type}, and calls by map "${map.name}", which is of programs of type ${map.programType}`,
        { code: "EINVAL", syscall: "BPF_PROG_LOAD" },
      );
    }
  }
}

function checked(linked: LinkedProgram, { type, prefix }: SectionKind, btf: Btf): Code {
  try {
    return checkCode({
      instructions: decode(linked.code, {
        resolve: (_pseudo, _low, _high, slot) => linked.constants.get(slot) ?? "a constant without relocation",
      }),
      helperOf({ kind, id }, slot) {
        const poisoned = linked.poisoned.get(slot);
        if (poisoned !== undefined) return (execution) => execution.fault(`not for this kernel: ${poisoned}`);
        return kind === "helper" ? helperFor(id, type, prefix) : kernelFunctionFor(id, type);
      },
      callbacks: linked.callbacks,
      returnsInteger: (start) => returnsInteger(btf, linked.functionTypes.get(start)),
      type,
      names: linked.names,
      notes: {
        placeOf: (slot) => placeIn(linked.lines, slot),
        beginsLine: (slot) => linked.lines.has(slot),
        nameOf: helperName,
      },
    });
  } catch (error) {
    if (!(error instanceof InstructionError)) throw error;
    const note = placeIn(linked.lines, error.index);
    const where = note === undefined ? `instruction ${error.index}` : `${note.place}: ${note.source.trim()}`;
    throw new RingBufError(`program "${linked.name}": ${error.reason}\n    at ${where}`, {
      code: "EINVAL",
      syscall: "BPF_PROG_LOAD",
      cause: error,
    });
  }
}
