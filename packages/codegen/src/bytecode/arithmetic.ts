import type { Instruction } from "./instruction.ts";
import { instructionClass } from "./instruction.ts";
import {
  type Atom,
  constant,
  constantAtom,
  each,
  eachPair,
  pointerAtom,
  sumAtom,
  unknownAtom,
  type Value,
} from "./value.ts";

const fromRegister = 8;

/** The result of an arithmetic instruction, as far as maps, pointers and constants go. */
export function computed(instruction: Instruction, target: Value, source: Value): Value {
  const { opcode, immediate, offset } = instruction;
  const wide = (opcode & 7) === instructionClass.alu64;
  const operation = opcode >> 4;
  const operand = (opcode & fromRegister) === 0 ? constant(BigInt(immediate)) : source;
  if (operation === 0xb) {
    if (offset !== 0) return each(operand, (atom) => narrow(signed(atom, offset), wide));
    return each(operand, (atom) => narrow(atom, wide));
  }
  if (operation === 8) return each(target, (atom) => narrow(binary(1, constantAtom(0n), atom), wide));
  if (operation === 0xd) return each(target, () => unknownAtom);
  return eachPair(target, operand, (left, right) =>
    wide ? binary(operation, left, right) : narrow(binary(operation, narrow(left, false), narrow(right, false)), false),
  );
}

/** What is left of it in 32 bits. */
function narrow(atom: Atom, wide: boolean): Atom {
  if (wide) return atom;
  if (atom.kind === "constant") return constantAtom(BigInt.asUintN(32, atom.value));
  // Of a number that was added to, code takes the lower half where it knows that the rest is 0.
  return atom.kind === "sum" && atom.least < 0x8000_0000n ? atom : unknownAtom;
}

function signed(atom: Atom, width: number): Atom {
  if (atom.kind !== "constant" || (width !== 8 && width !== 16 && width !== 32)) return unknownAtom;
  return constantAtom(BigInt.asIntN(width, atom.value));
}

/** @param operation `BPF_OP` without its low bits */
function binary(operation: number, left: Atom, right: Atom): Atom {
  if (left.kind === "constant" && right.kind === "constant") return ofConstants(operation, left.value, right.value);
  if (operation === 0) return added(left, right) ?? added(right, left) ?? unknownAtom;
  if (operation === 1 && right.kind === "constant") return added(left, constantAtom(-right.value)) ?? unknownAtom;
  // Code that keeps a size in bounds masks it, or shifts it up and down.
  return unknownAtom;
}

function added(left: Atom, right: Atom): Atom | undefined {
  if (left.kind === "pointer") {
    const { region, offset } = left;
    if (right.kind === "pointer" || right.kind === "map" || right.kind === "function") return undefined;
    if (right.kind !== "constant" || offset === undefined) return pointerAtom(region, undefined);
    return pointerAtom(region, offset + Number(BigInt.asIntN(64, right.value)));
  }
  if (right.kind !== "constant") return undefined;
  if (left.kind === "unknown") return sumAtom(right.value);
  return left.kind === "sum" ? sumAtom(left.least + right.value) : undefined;
}

function ofConstants(operation: number, left: bigint, right: bigint): Atom {
  switch (operation) {
    case 0:
      return constantAtom(left + right);
    case 1:
      return constantAtom(left - right);
    case 2:
      return constantAtom(left * right);
    case 4:
      return constantAtom(left | right);
    case 5:
      return constantAtom(left & right);
    case 6:
      return constantAtom(left << (right & 63n));
    case 7:
      return constantAtom(left >> (right & 63n));
    case 0xa:
      return constantAtom(left ^ right);
    case 0xc:
      return constantAtom(BigInt.asIntN(64, left) >> (right & 63n));
    default:
      return unknownAtom;
  }
}
