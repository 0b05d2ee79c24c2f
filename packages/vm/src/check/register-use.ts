import type { Instruction, Operand } from "../instruction/instruction.ts";

/** What an instruction does with registers, as bits: r0 is bit 0. */
export interface RegisterUse {
  readonly reads: number;
  readonly sets: number;
  /** Those that hold nothing afterwards. */
  readonly loses: number;
}

const returnRegister = 1;
const callerSaved = 0b111110;

export function registerUse(instruction: Instruction): RegisterUse {
  switch (instruction.kind) {
    case "alu":
      return use((1 << instruction.dst) | bitOf(instruction.operand), 1 << instruction.dst);
    case "neg":
    case "swap":
      return use(1 << instruction.dst, 1 << instruction.dst);
    case "move":
      return use(bitOf(instruction.operand), 1 << instruction.dst);
    case "constant":
      return use(0, 1 << instruction.dst);
    case "load":
      return use(1 << instruction.src, 1 << instruction.dst);
    case "store":
      return use((1 << instruction.dst) | bitOf(instruction.operand), 0);
    case "atomic": {
      const { operation, fetch, dst, src } = instruction;
      const reads = (1 << dst) | (1 << src);
      if (operation === "cmpxchg") return use(reads | returnRegister, returnRegister);
      return use(reads, fetch ? 1 << src : 0);
    }
    case "branch":
      return use((1 << instruction.dst) | bitOf(instruction.operand), 0);
    case "packet":
      return {
        reads: instruction.src === undefined ? 1 << 6 : (1 << 6) | (1 << instruction.src),
        sets: 1,
        loses: callerSaved,
      };
    case "call":
    case "helper":
    case "kfunc":
      return { reads: 0, sets: returnRegister, loses: callerSaved };
    case "call-register":
      return { reads: 1 << instruction.register, sets: returnRegister, loses: callerSaved };
    case "exit":
      return use(returnRegister, 0);
    case "jump":
    case "may-goto":
      return use(0, 0);
  }
}

function use(reads: number, sets: number): RegisterUse {
  return { reads, sets, loses: 0 };
}

function bitOf(operand: Operand): number {
  return "register" in operand ? 1 << operand.register : 0;
}
