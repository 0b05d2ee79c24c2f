import { expectWritable } from "./decode-alu.ts";
import { type Fields, instructionClass, mode } from "./fields.ts";
import type { AccessSize, AtomicOperation, Instruction } from "./instruction.ts";
import { InstructionError } from "./instruction-error.ts";

/** By `BPF_SIZE` >> 3. */
const sizes: readonly AccessSize[] = [4, 2, 1, 8];
const fetches = 1;
const loadAcquire = 0x100;
const storeRelease = 0x110;

const atomics: Readonly<Record<number, AtomicOperation>> = {
  0: "add",
  64: "or",
  80: "and",
  160: "xor",
  224: "xchg",
  240: "cmpxchg",
};

/**
 * BPF_LDX.
 * @throws InstructionError
 */
export function decodeLoadExtended({ index, opcode, dst, src, offset, imm }: Fields): Instruction {
  const size = sizes[(opcode >> 3) & 3] as AccessSize;
  const signed = (opcode & 0xe0) === mode.memsx;
  if ((!signed && (opcode & 0xe0) !== mode.mem) || (signed && size === 8))
    throw new InstructionError(index, unknown(opcode));
  if (imm !== 0) throw new InstructionError(index, "BPF_LDX uses reserved fields");
  expectWritable(index, dst);
  return { kind: "load", dst, src, offset, size, signed, acquire: false };
}

/**
 * BPF_ST and BPF_STX.
 * @throws InstructionError
 */
export function decodeStore(fields: Fields): Instruction {
  const { index, opcode, dst, src, offset, imm } = fields;
  const size = sizes[(opcode >> 3) & 3] as AccessSize;
  const byRegister = (opcode & 7) === instructionClass.stx;
  if (byRegister && (opcode & 0xe0) === mode.atomic) return atomic(fields, size);
  if ((opcode & 0xe0) !== mode.mem) throw new InstructionError(index, unknown(opcode));
  if (byRegister ? imm !== 0 : src !== 0)
    throw new InstructionError(index, `BPF_ST${byRegister ? "X" : ""} uses reserved fields`);
  return { kind: "store", dst, offset, size, operand: byRegister ? { register: src } : { imm }, release: false };
}

/**
 * BPF_LD without constants: bytes of a packet.
 * @throws InstructionError
 */
export function decodeLoad({ index, opcode, dst, src, offset, imm }: Fields): Instruction {
  const from = opcode & 0xe0;
  const size = sizes[(opcode >> 3) & 3] as AccessSize;
  if (from !== mode.abs && from !== mode.ind) throw new InstructionError(index, unknown(opcode));
  if (dst !== 0 || offset !== 0 || size === 8 || (from === mode.abs && src !== 0)) {
    throw new InstructionError(index, "BPF_LD_[ABS|IND] uses reserved fields");
  }
  return { kind: "packet", size, src: from === mode.ind ? src : undefined, imm };
}

function atomic({ index, dst, src, offset, imm }: Fields, size: AccessSize): Instruction {
  if (imm === loadAcquire) {
    expectWritable(index, dst);
    return { kind: "load", dst, src, offset, size, signed: false, acquire: true };
  }
  if (imm === storeRelease) return { kind: "store", dst, offset, size, operand: { register: src }, release: true };
  const operation = atomics[imm & ~fetches];
  const fetch = (imm & fetches) !== 0;
  const always = operation === "xchg" || operation === "cmpxchg";
  if (operation === undefined || (always && !fetch))
    throw new InstructionError(index, `BPF_ATOMIC uses invalid atomic opcode ${imm.toString(16)}`);
  if (size !== 4 && size !== 8) throw new InstructionError(index, "invalid atomic operand size");
  if (fetch && operation !== "cmpxchg") expectWritable(index, src);
  return { kind: "atomic", operation, fetch, dst, src, offset, size };
}

function unknown(opcode: number): string {
  return `unknown opcode ${opcode.toString(16).padStart(2, "0")}`;
}
