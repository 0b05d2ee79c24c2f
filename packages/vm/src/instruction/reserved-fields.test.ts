import { expect, test } from "vitest";
import { decode } from "./decode.ts";
import { InstructionError } from "./instruction-error.ts";

type Fields = { opcode: number; dst?: number; src?: number; offset?: number; imm?: number };

function bytesOf(...slots: Fields[]): Uint8Array {
  const bytes = new Uint8Array(8 * slots.length);
  const view = new DataView(bytes.buffer);
  slots.forEach(({ opcode, dst = 0, src = 0, offset = 0, imm = 0 }, index) => {
    view.setUint8(8 * index, opcode);
    view.setUint8(8 * index + 1, dst | (src << 4));
    view.setInt16(8 * index + 2, offset, true);
    view.setInt32(8 * index + 4, imm, true);
  });
  return bytes;
}

const alu = "BPF_ALU uses reserved fields";
const neg = "BPF_NEG uses reserved fields";
const move = "BPF_MOV uses reserved fields";
const swap = "BPF_END uses reserved fields";
const jump = "BPF_JMP/JMP32 uses reserved fields";
const goto = "BPF_JA uses reserved fields";
const exit = "BPF_EXIT uses reserved fields";
const call = "BPF_CALL uses reserved fields";

const refused: readonly [what: string, slot: Fields, reason: string][] = [
  ["add64 of an immediate with a source", { opcode: 0x07, src: 1, imm: 1 }, alu],
  ["add64 of a register with an immediate", { opcode: 0x0f, src: 1, imm: 1 }, alu],
  ["add64 with an offset", { opcode: 0x07, offset: 1, imm: 1 }, alu],
  ["add32 of an immediate with a source", { opcode: 0x04, src: 1, imm: 1 }, alu],
  ["add32 of a register with an immediate", { opcode: 0x0c, src: 1, imm: 1 }, alu],
  ["sub64 with an offset", { opcode: 0x1f, src: 1, offset: 1 }, alu],
  ["mul64 with an offset", { opcode: 0x2f, src: 1, offset: 1 }, alu],
  ["mul32 of a register with an immediate", { opcode: 0x2c, src: 1, imm: 9 }, alu],
  ["div64 with an offset of 2", { opcode: 0x3f, src: 1, offset: 2 }, alu],
  ["div64 of an immediate with a source", { opcode: 0x37, src: 1, imm: 2 }, alu],
  ["div32 with an offset of -1", { opcode: 0x3c, src: 1, offset: -1 }, alu],
  ["div64 by a constant 0", { opcode: 0x37, imm: 0 }, "div by zero"],
  ["mod32 by a constant 0", { opcode: 0x94, imm: 0 }, "div by zero"],
  ["sdiv64 by a constant 0", { opcode: 0x37, offset: 1, imm: 0 }, "div by zero"],
  ["or64 with an offset", { opcode: 0x4f, src: 1, offset: 1 }, alu],
  ["and32 of an immediate with a source", { opcode: 0x54, src: 2, imm: 1 }, alu],
  ["lsh64 by 64", { opcode: 0x67, imm: 64 }, "invalid shift 64"],
  ["lsh32 by 32", { opcode: 0x64, imm: 32 }, "invalid shift 32"],
  ["rsh64 by -1", { opcode: 0x77, imm: -1 }, "invalid shift -1"],
  ["arsh32 by 33", { opcode: 0xc4, imm: 33 }, "invalid shift 33"],
  ["lsh64 of a register with an immediate", { opcode: 0x6f, src: 1, imm: 1 }, alu],
  ["mod64 with an offset of 8", { opcode: 0x9f, src: 1, offset: 8 }, alu],
  ["xor64 with an offset", { opcode: 0xaf, src: 1, offset: 1 }, alu],
  ["arsh64 of an immediate with a source", { opcode: 0xc7, src: 1, imm: 1 }, alu],
  ["neg64 of a register", { opcode: 0x8f, src: 0 }, neg],
  ["neg64 with a source", { opcode: 0x87, src: 1 }, neg],
  ["neg64 with an offset", { opcode: 0x87, offset: 1 }, neg],
  ["neg32 with an immediate", { opcode: 0x84, imm: 1 }, neg],
  ["mov64 of an immediate with a source", { opcode: 0xb7, src: 1 }, move],
  ["mov64 of an immediate with an offset", { opcode: 0xb7, offset: 8 }, move],
  ["mov64 of a register with an immediate", { opcode: 0xbf, src: 1, imm: 1 }, move],
  ["movsx64 of 24 bits", { opcode: 0xbf, src: 1, offset: 24 }, move],
  ["movsx32 of 32 bits", { opcode: 0xbc, src: 1, offset: 32 }, move],
  ["movsx32 with an immediate", { opcode: 0xbc, src: 1, offset: 8, imm: 1 }, move],
  ["a cast between address spaces", { opcode: 0xbf, src: 1, offset: 1, imm: 1 }, "addr_space_cast needs an arena"],
  ["le of 8 bits", { opcode: 0xd4, imm: 8 }, swap],
  ["be with a source", { opcode: 0xdc, src: 1, imm: 16 }, swap],
  ["be with an offset", { opcode: 0xdc, offset: 1, imm: 32 }, swap],
  ["bswap of 24 bits", { opcode: 0xd7, imm: 24 }, swap],
  ["bswap of ALU64 in big-endian form", { opcode: 0xdf, imm: 16 }, swap],
  ["arithmetic e0", { opcode: 0xe7 }, "invalid BPF_ALU opcode e0"],
  ["arithmetic f0", { opcode: 0xf4 }, "invalid BPF_ALU opcode f0"],
  ["ja with a source", { opcode: 0x05, src: 1 }, goto],
  ["ja with a destination", { opcode: 0x05, dst: 1 }, goto],
  ["ja with an immediate", { opcode: 0x05, imm: 1 }, goto],
  ["gotol with an offset", { opcode: 0x06, offset: 1 }, goto],
  ["gotol of a register", { opcode: 0x0e }, goto],
  ["gotox", { opcode: 0x0d, dst: 1 }, "gotox (an indirect jump) is not supported"],
  ["jeq of an immediate with a source", { opcode: 0x15, src: 1 }, jump],
  ["jeq of a register with an immediate", { opcode: 0x1d, src: 1, imm: 1 }, jump],
  ["jset32 of a register with an immediate", { opcode: 0x4e, src: 1, imm: 1 }, jump],
  ["jsle of an immediate with a source", { opcode: 0xd5, src: 1 }, jump],
  ["a jump f0", { opcode: 0xf5 }, "invalid BPF_JMP opcode f0"],
  ["call with a destination", { opcode: 0x85, dst: 1, imm: 1 }, call],
  ["call of a helper with an offset", { opcode: 0x85, offset: 1, imm: 1 }, call],
  ["call of source 3", { opcode: 0x85, src: 3, imm: 1 }, call],
  ["call of 32-bit jumps", { opcode: 0x86, imm: 1 }, call],
  ["call of a register", { opcode: 0x8d, dst: 1 }, call],
  ["exit with a destination", { opcode: 0x95, dst: 1 }, exit],
  ["exit with a source", { opcode: 0x95, src: 1 }, exit],
  ["exit with an offset", { opcode: 0x95, offset: 1 }, exit],
  ["exit with an immediate", { opcode: 0x95, imm: 1 }, exit],
  ["exit of 32-bit jumps", { opcode: 0x96 }, exit],
  ["may_goto with an immediate", { opcode: 0xe5, imm: 1 }, "invalid may_goto"],
  ["may_goto with a destination", { opcode: 0xe5, dst: 1 }, "invalid may_goto"],
  ["ldx with an immediate", { opcode: 0x61, src: 1, imm: 1 }, "BPF_LDX uses reserved fields"],
  ["ldsx of 64 bits", { opcode: 0x99, src: 1 }, "unknown opcode 99"],
  ["ldx of mode abs", { opcode: 0x21, src: 1 }, "unknown opcode 21"],
  ["st with a source", { opcode: 0x62, dst: 1, src: 1 }, "BPF_ST uses reserved fields"],
  ["st of mode memsx", { opcode: 0x82, dst: 1 }, "unknown opcode 82"],
  ["stx with an immediate", { opcode: 0x63, dst: 1, imm: 1 }, "BPF_STX uses reserved fields"],
  ["an atomic operation that is none", { opcode: 0xdb, dst: 1, imm: 0x10 }, "invalid atomic opcode 10"],
  ["xchg that does not fetch", { opcode: 0xdb, dst: 1, imm: 0xe0 }, "invalid atomic opcode e0"],
  ["cmpxchg that does not fetch", { opcode: 0xdb, dst: 1, imm: 0xf0 }, "invalid atomic opcode f0"],
  ["an atomic operation of 16 bits", { opcode: 0xcb, dst: 1, imm: 0 }, "invalid atomic operand size"],
  ["an atomic operation of a byte", { opcode: 0xd3, dst: 1, imm: 0 }, "invalid atomic operand size"],
  ["ld_abs with a source", { opcode: 0x20, src: 1 }, "BPF_LD_[ABS|IND] uses reserved fields"],
  ["ld_ind with an offset", { opcode: 0x40, offset: 1 }, "BPF_LD_[ABS|IND] uses reserved fields"],
  ["ld_abs of 64 bits", { opcode: 0x38 }, "BPF_LD_[ABS|IND] uses reserved fields"],
  ["ld of mode mem", { opcode: 0x60 }, "unknown opcode 60"],
  ["half a constant", { opcode: 0x18 }, "invalid bpf_ld_imm64 insn"],
  ["r11 as a destination", { opcode: 0xb7, dst: 11 }, "R11 is invalid"],
  ["r15 as a source", { opcode: 0xbf, src: 15 }, "R15 is invalid"],
  ["a write of the frame pointer", { opcode: 0xb7, dst: 10 }, "frame pointer is read only"],
  ["a load into the frame pointer", { opcode: 0x61, dst: 10 }, "frame pointer is read only"],
  ["a fetch into the frame pointer", { opcode: 0xdb, src: 10, imm: 1 }, "frame pointer is read only"],
];

test("there are at least as many cases as the conformance suite's negative ones", () => {
  expect(refused.length).toBeGreaterThanOrEqual(61);
});

test.each(refused)("%s is refused", (_, slot, reason) => {
  expect(() => decode(bytesOf(slot))).toThrow(reason);
});

test("the second slot of a constant has nothing but its number", () => {
  for (const second of [{ opcode: 1 }, { opcode: 0, dst: 1 }, { opcode: 0, src: 1 }, { opcode: 0, offset: 1 }]) {
    expect(() => decode(bytesOf({ opcode: 0x18 }, second))).toThrow("invalid bpf_ld_imm64 insn");
  }
  expect(() => decode(bytesOf({ opcode: 0x18, offset: 1 }, { opcode: 0 }))).toThrow(
    "BPF_LD_IMM64 uses reserved fields",
  );
  expect(() => decode(bytesOf({ opcode: 0x18, src: 7 }, { opcode: 0 }))).toThrow("unrecognized bpf_ld_imm64 insn");
  expect(() => decode(bytesOf({ opcode: 0x18, src: 1 }, { opcode: 0 }))).toThrow("stands for a map");
});

test("a program has whole instructions, one at least, and a million at most", () => {
  expect(() => decode(new Uint8Array(0))).toThrow("a program without instructions");
  expect(() => decode(new Uint8Array(9))).toThrow("9 bytes are no whole number");
  expect(() => decode(new Uint8Array(8_000_008))).toThrow("1000001 instructions, at most 1000000");
});

test("an error names the instruction", () => {
  const bytes = bytesOf({ opcode: 0xb7 }, { opcode: 0x95, imm: 1 });
  expect(() => decode(bytes)).toThrow(InstructionError);
  expect(() => decode(bytes)).toThrow("instruction 1: BPF_EXIT uses reserved fields");
});
