import { decodeAlu, expectWritable } from "./decode-alu.ts";
import { decodeJump } from "./decode-jump.ts";
import { decodeLoad, decodeLoadExtended, decodeStore } from "./decode-memory.ts";
import { type Fields, fieldsAt, instructionClass, slotBytes } from "./fields.ts";
import type { Instruction, Instructions } from "./instruction.ts";
import { InstructionError } from "./instruction-error.ts";

/** `BPF_COMPLEXITY_LIMIT_INSNS`: slots that a privileged program may have. */
const maxSlots = 1_000_000;

/** What a constant of two slots stands for, by `BPF_PSEUDO_*` in its source register: its words, or why not. */
export type ResolveConstant = (
  pseudo: number,
  low: number,
  high: number,
  index: number,
) => { readonly low: number; readonly high: number } | string;

/** How bytes become instructions. */
export interface DecodeOptions {
  /** Constants that are no numbers; refused unless told. */
  readonly resolve?: ResolveConstant;
  /**
   * Takes what RFC 9669 gives a meaning and the kernel refuses: shifts by more than the width, divisions by a constant 0,
   * and calls of helpers whose number is in a register.
   */
  readonly bare?: boolean;
}

/**
 * Decodes a program and holds it against the reserved fields, as kernel/bpf/verifier.c does (`check_alu_op`,
 * `check_cond_jmp_op`, `resolve_pseudo_ldimm64`, `do_check`), register numbers included.
 * @throws InstructionError
 */
export function decode(code: Uint8Array, options: DecodeOptions = {}): Instructions {
  if (code.byteLength === 0) throw new InstructionError(0, "a program without instructions");
  if (code.byteLength % slotBytes !== 0) {
    throw new InstructionError(
      Math.floor(code.byteLength / slotBytes),
      `${code.byteLength} bytes are no whole number of instructions of ${slotBytes}`,
    );
  }
  const count = code.byteLength / slotBytes;
  if (count > maxSlots) throw new InstructionError(maxSlots, `${count} instructions, at most ${maxSlots}`);
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const instructions: (Instruction | undefined)[] = new Array(count);
  for (let index = 0; index < count; index += 1) {
    const fields = fieldsAt(view, index);
    const instruction = decodeSlot(fields, count, view, options);
    instructions[index] = instruction;
    if (instruction.kind === "constant") instructions[++index] = undefined;
  }
  return instructions;
}

/**
 * One instruction.
 * @throws InstructionError
 */
function decodeSlot(fields: Fields, count: number, view: DataView, options: DecodeOptions): Instruction {
  const { index } = fields;
  if (fields.dst > 10) throw new InstructionError(index, `R${fields.dst} is invalid`);
  if (fields.src > 10) throw new InstructionError(index, `R${fields.src} is invalid`);
  switch (fields.opcode & 7) {
    case instructionClass.alu:
    case instructionClass.alu64:
      return decodeAlu(fields, options.bare === true);
    case instructionClass.jmp:
    case instructionClass.jmp32:
      return decodeJump(fields, options.bare === true);
    case instructionClass.ldx:
      return decodeLoadExtended(fields);
    case instructionClass.st:
    case instructionClass.stx:
      return decodeStore(fields);
    default: {
      if (fields.opcode !== 0x18) return decodeLoad(fields);
      const next = index + 1 < count ? fieldsAt(view, index + 1) : undefined;
      return decodeConstant(fields, next, options.resolve);
    }
  }
}

function decodeConstant(
  { index, dst, src, offset, imm }: Fields,
  next: Fields | undefined,
  resolve: ResolveConstant | undefined,
): Instruction {
  if (next === undefined || next.opcode !== 0 || next.dst !== 0 || next.src !== 0 || next.offset !== 0) {
    throw new InstructionError(index, "invalid bpf_ld_imm64 insn");
  }
  if (offset !== 0) throw new InstructionError(index, "BPF_LD_IMM64 uses reserved fields");
  expectWritable(index, dst);
  if (src === 0) return { kind: "constant", dst, low: imm, high: next.imm };
  if (src > 6) throw new InstructionError(index, "unrecognized bpf_ld_imm64 insn");
  if (resolve === undefined)
    throw new InstructionError(index, `a constant that stands for a map, variable or function (source ${src})`);
  const words = resolve(src, imm, next.imm, index);
  if (typeof words === "string") throw new InstructionError(index, words);
  return { kind: "constant", dst, low: words.low, high: words.high };
}
