import { type Fields, instructionClass, sourceRegister } from "./fields.ts";
import type { AluOperation, Instruction, Operand } from "./instruction.ts";
import { InstructionError } from "./instruction-error.ts";

const operations: readonly (AluOperation | undefined)[] = [
  "add",
  "sub",
  "mul",
  "div",
  "or",
  "and",
  "lsh",
  "rsh",
  undefined, // neg
  "mod",
  "xor",
  undefined, // mov
  "arsh",
];

/**
 * Arithmetic (verifier.c `check_alu_op`).
 * @throws InstructionError
 */
export function decodeAlu(fields: Fields, bare: boolean): Instruction {
  const { index, opcode, dst } = fields;
  const wide = (opcode & 7) === instructionClass.alu64;
  switch (opcode >> 4) {
    case 8:
      if ((opcode & sourceRegister) !== 0 || fields.src !== 0 || fields.offset !== 0 || fields.imm !== 0) {
        throw new InstructionError(index, "BPF_NEG uses reserved fields");
      }
      expectWritable(index, dst);
      return { kind: "neg", wide, dst };
    case 11:
      return move(fields, wide);
    case 13:
      return swap(fields, wide);
    default: {
      const operation = operations[opcode >> 4];
      if (operation === undefined)
        throw new InstructionError(index, `invalid BPF_ALU opcode ${(opcode & 0xf0).toString(16)}`);
      return arithmetic(fields, operation, wide, bare);
    }
  }
}

function arithmetic(fields: Fields, plain: AluOperation, wide: boolean, bare: boolean): Instruction {
  const { index, opcode, dst, src, offset, imm } = fields;
  const divides = plain === "div" || plain === "mod";
  const byRegister = (opcode & sourceRegister) !== 0;
  const reserved = byRegister ? imm !== 0 : src !== 0;
  if (reserved || (offset !== 0 && !(offset === 1 && divides)))
    throw new InstructionError(index, "BPF_ALU uses reserved fields");
  if (!byRegister && !bare && divides && imm === 0) throw new InstructionError(index, "div by zero");
  const shifts = plain === "lsh" || plain === "rsh" || plain === "arsh";
  if (!byRegister && !bare && shifts && (imm < 0 || imm >= (wide ? 64 : 32)))
    throw new InstructionError(index, `invalid shift ${imm}`);
  expectWritable(index, dst);
  const operation = offset === 0 ? plain : plain === "div" ? "sdiv" : "smod";
  return { kind: "alu", operation, wide, dst, operand: operandOf(fields) };
}

function move(fields: Fields, wide: boolean): Instruction {
  const { index, opcode, dst, src, offset, imm } = fields;
  if ((opcode & sourceRegister) === 0) {
    if (src !== 0 || offset !== 0) throw new InstructionError(index, "BPF_MOV uses reserved fields");
  } else {
    if (wide && offset === 1)
      throw new InstructionError(index, "addr_space_cast needs an arena, which this virtual machine does not have");
    const extends_ = offset === 8 || offset === 16 || (wide && offset === 32);
    if (imm !== 0 || (offset !== 0 && !extends_)) throw new InstructionError(index, "BPF_MOV uses reserved fields");
  }
  expectWritable(index, dst);
  const bits = offset === 0 ? (wide ? 64 : 32) : (offset as 8 | 16 | 32);
  return { kind: "move", wide, dst, operand: operandOf(fields), bits };
}

function swap({ index, opcode, dst, src, offset, imm }: Fields, wide: boolean): Instruction {
  const toBig = (opcode & sourceRegister) !== 0;
  if (src !== 0 || offset !== 0 || (imm !== 16 && imm !== 32 && imm !== 64) || (wide && toBig)) {
    throw new InstructionError(index, "BPF_END uses reserved fields");
  }
  expectWritable(index, dst);
  return { kind: "swap", dst, bits: imm, to: wide ? "swapped" : toBig ? "be" : "le" };
}

function operandOf({ opcode, src, imm }: Fields): Operand {
  return (opcode & sourceRegister) !== 0 ? { register: src } : { imm };
}

/** r10 is where a frame's stack ends: a program only reads it. */
export function expectWritable(index: number, dst: number): void {
  if (dst === 10) throw new InstructionError(index, "frame pointer is read only");
}
