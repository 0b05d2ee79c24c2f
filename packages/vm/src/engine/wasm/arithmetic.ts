import type { AluOperation, Condition, Instruction, Operand } from "../../instruction/instruction.ts";
import { local, registerLocal } from "./frame.ts";
import { op, valueType } from "./opcodes.ts";
import type { Writer } from "./writer.ts";

const wideOperation: Readonly<Record<AluOperation, number>> = {
  add: op.i64Add,
  sub: op.i64Sub,
  mul: op.i64Mul,
  div: op.i64DivU,
  sdiv: op.i64DivS,
  mod: op.i64RemU,
  smod: op.i64RemS,
  or: op.i64Or,
  and: op.i64And,
  xor: op.i64Xor,
  lsh: op.i64Shl,
  rsh: op.i64ShrU,
  arsh: op.i64ShrS,
};

const narrowOperation: Readonly<Record<AluOperation, number>> = {
  add: op.i32Add,
  sub: op.i32Sub,
  mul: op.i32Mul,
  div: op.i32DivU,
  sdiv: op.i32DivS,
  mod: op.i32RemU,
  smod: op.i32RemS,
  or: op.i32Or,
  and: op.i32And,
  xor: op.i32Xor,
  lsh: op.i32Shl,
  rsh: op.i32ShrU,
  arsh: op.i32ShrS,
};

const wideCondition: Readonly<Record<Condition, number>> = {
  eq: op.i64Eq,
  ne: op.i64Ne,
  gt: op.i64GtU,
  ge: op.i64GeU,
  lt: op.i64LtU,
  le: op.i64LeU,
  set: op.i64And,
  sgt: op.i64GtS,
  sge: op.i64GeS,
  slt: op.i64LtS,
  sle: op.i64LeS,
};

const narrowCondition: Readonly<Record<Condition, number>> = {
  eq: op.i32Eq,
  ne: op.i32Ne,
  gt: op.i32GtU,
  ge: op.i32GeU,
  lt: op.i32LtU,
  le: op.i32LeU,
  set: op.i32And,
  sgt: op.i32GtS,
  sge: op.i32GeS,
  slt: op.i32LtS,
  sle: op.i32LeS,
};

/** A second operand on the stack. */
export function pushOperand(out: Writer, operand: Operand, wide: boolean): void {
  if (!("register" in operand)) {
    if (wide) out.i64(operand.imm);
    else out.i32(operand.imm);
    return;
  }
  out.get(registerLocal(operand.register));
  if (!wide) out.byte(op.i32Wrap);
}

/** Arithmetic of a register and an operand. */
export function emitAlu(out: Writer, instruction: Extract<Instruction, { readonly kind: "alu" }>): void {
  const { operation, wide, dst, operand } = instruction;
  const target = registerLocal(dst);
  const divides = operation === "div" || operation === "sdiv" || operation === "mod" || operation === "smod";
  if (divides) {
    emitDivision(out, instruction);
    return;
  }
  out.get(target);
  if (!wide) out.byte(op.i32Wrap);
  pushOperand(out, operand, wide);
  out.byte((wide ? wideOperation : narrowOperation)[operation]);
  if (!wide) out.byte(op.i64ExtendU);
  out.set(target);
}

/** By 0 a quotient is 0 and a remainder the dividend; the least number by −1 is itself. WebAssembly would trap. */
function emitDivision(
  out: Writer,
  { operation, wide, dst, operand }: Extract<Instruction, { readonly kind: "alu" }>,
): void {
  const target = registerLocal(dst);
  const quotient = operation === "div" || operation === "sdiv";
  const type = wide ? valueType.i64 : valueType.i32;
  const dividend = (): void => {
    out.get(target);
    if (!wide) out.byte(op.i32Wrap);
  };
  const divisor = (): void => pushOperand(out, operand, wide);
  const divide = (): void => {
    dividend();
    divisor();
    out.byte((wide ? wideOperation : narrowOperation)[operation]);
  };
  divisor();
  out.byte(wide ? op.i64Eqz : op.i32Eqz, op.if, type);
  if (!quotient) dividend();
  else if (wide) out.i64(0);
  else out.i32(0);
  out.byte(op.else);
  if (operation === "sdiv") {
    divisor();
    if (wide) out.i64(-1);
    else out.i32(-1);
    out.byte(wide ? op.i64Eq : op.i32Eq, op.if, type);
    if (wide) out.i64(0);
    else out.i32(0);
    dividend();
    out.byte(wide ? op.i64Sub : op.i32Sub, op.else);
    divide();
    out.byte(op.end);
  } else divide();
  out.byte(op.end);
  if (!wide) out.byte(op.i64ExtendU);
  out.set(target);
}

export function emitNegation(out: Writer, dst: number, wide: boolean): void {
  const target = registerLocal(dst);
  if (wide) out.i64(0).get(target).byte(op.i64Sub).set(target);
  else out.i32(0).get(target).byte(op.i32Wrap, op.i32Sub, op.i64ExtendU).set(target);
}

export function emitMove(out: Writer, instruction: Extract<Instruction, { readonly kind: "move" }>): void {
  const { wide, dst, operand, bits } = instruction;
  if (!("register" in operand)) {
    out.i64(operand.imm, wide ? operand.imm >> 31 : 0).set(registerLocal(dst));
    return;
  }
  out.get(registerLocal(operand.register));
  if (wide) {
    if (bits === 8) out.byte(op.i64Extend8);
    else if (bits === 16) out.byte(op.i64Extend16);
    else if (bits === 32) out.byte(op.i64Extend32);
  } else {
    out.byte(op.i32Wrap);
    if (bits === 8) out.byte(op.i32Extend8);
    else if (bits === 16) out.byte(op.i32Extend16);
    out.byte(op.i64ExtendU);
  }
  out.set(registerLocal(dst));
}

export function emitSwap(out: Writer, { dst, bits, to }: Extract<Instruction, { readonly kind: "swap" }>): void {
  const target = registerLocal(dst);
  if (to === "le") {
    if (bits === 64) return;
    out
      .get(target)
      .i64(bits === 16 ? 0xffff : -1, 0)
      .byte(op.i64And)
      .set(target);
    return;
  }
  if (bits === 64) {
    swapLow(out, () => out.get(target));
    out.byte(op.i64ExtendU).i64(32).byte(op.i64Shl);
    swapLow(out, () => out.get(target).i64(32).byte(op.i64ShrU));
    out.byte(op.i64ExtendU, op.i64Or);
  } else {
    swapLow(out, () => out.get(target));
    if (bits === 16) out.i32(16).byte(op.i32ShrU);
    out.byte(op.i64ExtendU);
  }
  out.set(target);
}

/** The bytes of the low word of an i64 the other way round, as i32. */
function swapLow(out: Writer, push: () => void): void {
  const word = local.address;
  push();
  out.byte(op.i32Wrap).tee(word).i32(8).byte(op.i32Rotl).i32(0x00ff00ff).byte(op.i32And);
  out.get(word).i32(8).byte(op.i32Rotr).i32(0xff00ff00).byte(op.i32And, op.i32Or);
}

/** Whether a branch is taken, as i32. */
export function emitCondition(out: Writer, instruction: Extract<Instruction, { readonly kind: "branch" }>): void {
  const { condition, wide, dst, operand } = instruction;
  out.get(registerLocal(dst));
  if (!wide) out.byte(op.i32Wrap);
  pushOperand(out, operand, wide);
  out.byte((wide ? wideCondition : narrowCondition)[condition]);
  if (condition !== "set") return;
  if (wide) out.i64(0).byte(op.i64Ne);
}
