import { type Fields, instructionClass, sourceRegister } from "./fields.ts";
import type { Condition, Instruction } from "./instruction.ts";
import { InstructionError } from "./instruction-error.ts";

const conditions: readonly (Condition | undefined)[] = [
  undefined, // ja
  "eq",
  "gt",
  "ge",
  "set",
  "ne",
  "sgt",
  "sge",
  undefined, // call
  undefined, // exit
  "lt",
  "le",
  "slt",
  "sle",
];

/**
 * Jumps and calls (verifier.c `do_check`, `check_cond_jmp_op`).
 * @throws InstructionError
 */
export function decodeJump(fields: Fields, bare: boolean): Instruction {
  const { index, opcode, dst, src, offset, imm } = fields;
  const wide = (opcode & 7) === instructionClass.jmp;
  const byRegister = (opcode & sourceRegister) !== 0;
  const operation = opcode >> 4;
  switch (operation) {
    case 0:
      if (wide && byRegister)
        throw new InstructionError(index, "gotox (an indirect jump) is not supported by this virtual machine");
      if (byRegister || src !== 0 || dst !== 0 || (wide ? imm : offset) !== 0)
        throw new InstructionError(index, "BPF_JA uses reserved fields");
      return { kind: "jump", target: index + 1 + (wide ? offset : imm) };
    case 8:
      return call(fields, wide, bare);
    case 9:
      if (byRegister || imm !== 0 || src !== 0 || dst !== 0 || offset !== 0 || !wide) {
        throw new InstructionError(index, "BPF_EXIT uses reserved fields");
      }
      return { kind: "exit" };
    case 14:
      if (!wide || byRegister || src !== 0 || dst !== 0 || imm !== 0)
        throw new InstructionError(index, "invalid may_goto");
      return { kind: "may-goto", target: index + 1 + offset };
    default: {
      const condition = conditions[operation];
      if (condition === undefined)
        throw new InstructionError(index, `invalid BPF_JMP opcode ${(opcode & 0xf0).toString(16)}`);
      if (byRegister ? imm !== 0 : src !== 0) throw new InstructionError(index, "BPF_JMP/JMP32 uses reserved fields");
      const operand = byRegister ? { register: src } : { imm };
      return { kind: "branch", condition, wide, dst, operand, target: index + 1 + offset };
    }
  }
}

function call(fields: Fields, wide: boolean, bare: boolean): Instruction {
  const { index, opcode, dst, src, offset, imm } = fields;
  if ((opcode & sourceRegister) !== 0) {
    if (!bare || !wide || src !== 0 || offset !== 0 || imm !== 0)
      throw new InstructionError(index, "BPF_CALL uses reserved fields");
    return { kind: "call-register", register: dst };
  }
  if (!wide || dst !== 0 || src > 2 || (src !== 2 && offset !== 0))
    throw new InstructionError(index, "BPF_CALL uses reserved fields");
  switch (src) {
    case 0:
      return { kind: "helper", id: imm };
    case 1:
      return { kind: "call", target: index + 1 + imm };
    default:
      return { kind: "kfunc", id: imm, module: offset };
  }
}
