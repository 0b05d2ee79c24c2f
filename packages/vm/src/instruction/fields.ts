/** The fields of one slot of 8 bytes (`struct bpf_insn`). */
export interface Fields {
  /** Of the slot in its program. */
  readonly index: number;
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  readonly offset: number;
  readonly imm: number;
}

/** Bytes of a slot. */
export const slotBytes = 8;

/** The fields of slot `index`, little-endian. */
export function fieldsAt(view: DataView, index: number): Fields {
  const at = index * slotBytes;
  const registers = view.getUint8(at + 1);
  return {
    index,
    opcode: view.getUint8(at),
    dst: registers & 15,
    src: registers >> 4,
    offset: view.getInt16(at + 2, true),
    imm: view.getInt32(at + 4, true),
  };
}

/** Low three bits of an opcode. */
export const instructionClass = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;
/** `BPF_MODE` of loads and stores. */
export const mode = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, memsx: 0x80, atomic: 0xc0 } as const;
/** `BPF_SRC`: the operand is a register. */
export const sourceRegister = 8;
