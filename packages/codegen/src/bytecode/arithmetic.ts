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
  type Term,
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
    wide
      ? binary(operation, left, right)
      : narrow(narrowed(operation, narrow(left, false), narrow(right, false)), false),
  );
}

/** The same in 32 bits, whose sign and shifts are others. */
function narrowed(operation: number, left: Atom, right: Atom): Atom {
  if (left.kind !== "constant" || right.kind !== "constant") return binary(operation, left, right);
  const isShift = operation === 6 || operation === 7 || operation === 0xc;
  const from = operation === 0xc ? BigInt.asIntN(32, left.value) : left.value;
  return ofConstants(operation, BigInt.asUintN(64, from), isShift ? right.value & 31n : right.value);
}

/** What is left of it in 32 bits. */
function narrow(atom: Atom, wide: boolean): Atom {
  if (wide) return atom;
  if (atom.kind === "constant") return constantAtom(BigInt.asUintN(32, atom.value));
  // Of a number that was added to, code takes the lower half where it knows that the rest is 0.
  return atom.kind === "sum" && atom.least < 0x8000_0000n ? kept(atom, 32) : unknownAtom;
}

/** A sum of which as many bits of its number are left. */
function kept(sum: Sum, bits: number): Atom {
  const { least, term } = sum;
  return term === undefined || term.bits <= bits ? sum : sumAtom(least, { ...term, bits });
}

type Sum = Extract<Atom, { kind: "sum" }>;

/** What a store of `width` bytes leaves of a value. */
export function storable(value: Value, width: number): Value {
  if (width === 8) return value;
  const bits = width * 8;
  return each(value, (atom) => {
    if (atom.kind === "constant") return constantAtom(BigInt.asUintN(bits, atom.value));
    if (atom.kind !== "sum") return unknownAtom;
    if (mostOf(atom) < 1n << BigInt(bits)) return atom;
    if (atom.least === 0n && (atom.term?.times ?? 1n) === 1n) return kept(atom, bits);
    // No size that is sent passes 4 bytes, while one byte may be less than it.
    if (width === 4) return atom.least >= 1n << 63n ? atom : narrow(atom, false);
    return unknownAtom;
  });
}

/** The value of `width` bytes that an instruction takes for a signed number. */
export function extended(value: Value, width: number): Value {
  return each(value, (atom) => signed(atom, width * 8));
}

/** The most that a sum is, without regard to what a register holds at most. */
export function mostOf({ least, term }: Sum): bigint {
  return least + (term === undefined ? (1n << 64n) - 1n : ((1n << BigInt(term.bits)) - 1n) * term.times);
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
  if (left.kind === "sum" && right.kind === "constant") return changed(operation, left, right.value);
  return moved(operation, left, right) ?? moved(operation, right, left) ?? unknownAtom;
}

/** A pointer that something else is done with than to add a number: it still leads into its region. The distance of two is a number. */
function moved(operation: number, pointer: Atom, other: Atom): Atom | undefined {
  if (pointer.kind !== "pointer" || (other.kind === "pointer" && operation === 1)) return undefined;
  return pointerAtom(pointer.region, undefined);
}

/** A sum that is multiplied, or shifted up and down as code does that takes the lower half of a register. */
function changed(operation: number, sum: Sum, by: bigint): Atom {
  const { least, term } = sum;
  // A product that no size is would grow with the code.
  if (term === undefined || term.times >= 1n << 64n) return unknownAtom;
  const scaled = (factor: bigint, bits: number): Atom =>
    sumAtom(least * factor, { ...term, bits: Math.min(term.bits, bits), times: term.times * factor });
  if (operation === 2 && by > 0n && by < 1n << 16n) return scaled(by, 64);
  if (operation === 5 && least === 0n && term.times === 1n && by > 0n && (by & (by + 1n)) === 0n) {
    const bits = by.toString(2).length;
    // Less than an integer is a number that the code computed, which may only come up again.
    return bits >= 31
      ? kept(sum, bits)
      : sumAtom(0n, { origin: term.origin, bits: Math.min(bits, term.bits), times: 1n });
  }
  if (operation === 4 && areApart(least, term, by)) return sumAtom(least + by, term);
  if (by < 0n || by > 63n) return unknownAtom;
  if (operation === 6) return scaled(1n << by, by < 32n ? 64 : 64 - Number(by));
  const divisor = 1n << by;
  const down = operation === 7 || operation === 0xc;
  if (!down || least % divisor !== 0n || term.times % divisor !== 0n) return unknownAtom;
  // Less than the number itself it stays, as code is sure that this does not go below 0.
  return sumAtom(BigInt.asIntN(64 - Number(by), least / divisor), { ...term, times: term.times / divisor });
}

/** Whether no bit of `by` may be one of a sum: compilers write such an addition as `|`. */
function areApart(least: bigint, { bits, times }: Term, by: bigint): boolean {
  const most = ((1n << BigInt(bits)) - 1n) * times;
  if (least === 0n && (times & (times - 1n)) === 0n) return (most & by) === 0n;
  const factors = least | times;
  if (by >= 0n && by < (factors & -factors)) return true;
  return by % (1n << BigInt((least + most).toString(2).length)) === 0n;
}

function added(left: Atom, right: Atom): Atom | undefined {
  if (left.kind === "pointer") {
    const { region, offset } = left;
    if (right.kind === "pointer" || right.kind === "map" || right.kind === "function") return undefined;
    if (right.kind !== "constant" || offset === undefined) return pointerAtom(region, undefined);
    return pointerAtom(region, offset + Number(BigInt.asIntN(64, right.value)));
  }
  if (left.kind === "sum" && right.kind === "sum") {
    const least = BigInt.asUintN(64, left.least + right.least);
    return least === 0n ? unknownAtom : sumAtom(least);
  }
  if (right.kind !== "constant") return undefined;
  if (left.kind === "unknown") return sumAtom(right.value);
  return left.kind === "sum" ? sumAtom(left.least + right.value, left.term) : undefined;
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
