import type { LineInfo } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import type { SectionKind } from "../context/context-section.ts";
import type { Engine } from "../run/run.ts";
import type { ContextInput } from "./context-input.ts";

/** What one run is given. */
export interface ProgramInput {
  /** By the program's type: bytes, the members of a tracepoint's record, arguments, registers. */
  readonly context?: ContextInput | undefined;
  /** Packet of a program that takes one. */
  readonly data?: Uint8Array | undefined;
}

/** What one run gave. */
export interface ProgramOutput {
  /** Of the program, as int32. */
  readonly returnValue: number;
  /** The context as the program left it, a copy. */
  readonly context: Uint8Array | undefined;
  /** The packet as the program left it. */
  readonly data: Uint8Array | undefined;
  /** Instructions that the run took. */
  readonly instructions: number;
}

/** What runs a program: its object. */
export interface ProgramRunner {
  run(program: VmProgram, input: ProgramInput): ProgramOutput;
}

/** One program of a loaded object. It dies with its object. */
export class VmProgram {
  readonly name: string;
  /** ELF section, which says where it is attached: "tracepoint/sched/sched_process_exec". */
  readonly section: string;
  /** @internal */
  readonly kind: SectionKind;
  /** @internal */
  readonly engine: Engine;
  /** @internal */
  readonly lines: ReadonlyMap<number, LineInfo>;
  readonly #runner: ProgramRunner;

  /** @internal */
  constructor(
    name: string,
    section: string,
    kind: SectionKind,
    engine: Engine,
    lines: ReadonlyMap<number, LineInfo>,
    runner: ProgramRunner,
  ) {
    this.name = name;
    this.section = section;
    this.kind = kind;
    this.engine = engine;
    this.lines = lines;
    this.#runner = runner;
  }

  /**
   * Runs the program once, as what it is attached to would.
   * @throws ProgramFault for what went wrong in the run; RingBufError EINVAL for a context or data that its type does not take.
   */
  run(input: ProgramInput = {}): ProgramOutput {
    return this.#runner.run(this, input);
  }
}

/** That a program does not take what it was given. */
export function notTaken(program: VmProgram, what: string): RingBufError {
  return new RingBufError(`program "${program.name}" (SEC("${program.section}")) ${what}`, {
    code: "EINVAL",
    syscall: "BPF_PROG_TEST_RUN",
  });
}
