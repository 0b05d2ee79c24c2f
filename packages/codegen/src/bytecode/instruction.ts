import type { Endian } from "@rbgen/btf";

/** Bytes of an instruction; `ld_imm64` takes two. */
export const instructionBytes = 8;

/** One instruction, as it stands in an object (`struct bpf_insn`). */
export interface Instruction {
  readonly opcode: number;
  readonly destination: number;
  readonly source: number;
  /** Signed, 16 bits. */
  readonly offset: number;
  /** Signed, 32 bits. */
  readonly immediate: number;
}

/** The three low bits of an opcode. */
export const instructionClass = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;

/** `BPF_LD | BPF_IMM | BPF_DW`: a 64-bit constant in two instructions. */
export const loadConstant = 0x18;
export const exit = 0x95;

/** The instruction at a byte of a section. */
export function instructionAt(code: DataView, at: number, endian: Endian): Instruction {
  const little = endian === "little";
  const registers = code.getUint8(at + 1);
  const [low, high] = [registers & 15, registers >> 4];
  return {
    opcode: code.getUint8(at),
    destination: little ? low : high,
    source: little ? high : low,
    offset: code.getInt16(at + 2, little),
    immediate: code.getInt32(at + 4, little),
  };
}

/** Whether a load gives a signed number (`BPF_MEMSX`). */
export function isSigned(opcode: number): boolean {
  return opcode >> 5 === 4;
}

/** Loads and stores among atomic operations, by their immediate (`BPF_LOAD_ACQ`, `BPF_STORE_REL`). */
export const ordered = { load: 0x100, store: 0x110 } as const;

/** Bytes that a load or store moves (`BPF_SIZE`). */
export function accessBytes(opcode: number): number {
  return [4, 2, 1, 8][(opcode >> 3) & 3] ?? 8;
}

/** Whether a jump or a call leads to where a register says (`BPF_JA | BPF_X`, `BPF_CALL | BPF_X`). */
export function isIndirect(opcode: number): boolean {
  return opcode === 0x0d || opcode === 0x8d;
}

/** Bytes at which the code may go on. */
export function successors({ opcode, offset, immediate }: Instruction, at: number): readonly number[] {
  const kind = opcode & 7;
  if (opcode === loadConstant) return [at + 2 * instructionBytes];
  const next = at + instructionBytes;
  if ((kind !== instructionClass.jmp && kind !== instructionClass.jmp32) || opcode >> 4 === 8) return [next];
  // `gotol` of 32-bit jumps has a wide offset.
  const far = opcode >> 4 === 0 && kind === instructionClass.jmp32 ? immediate : offset;
  const target = next + far * instructionBytes;
  return opcode >> 4 === 0 ? [target] : [next, target];
}
