import type { Int, Type } from "@rbgen/btf";
import type { Complaints } from "../text/complaints.ts";
import { compare } from "../text/integer.ts";
import { isComparison, isShift } from "../text/operators.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { integerOf, operated, type Value } from "../type/arithmetic.ts";
import { basic, stripped } from "../type/ctype.ts";
import { decayed } from "../type/member-lookup.ts";
import type { Scope } from "../type/scope.ts";
import type { Cursor } from "./cursor.ts";

/** Applies operators to values, and remembers why an expression has none. */
export class Evaluation {
  readonly #cursor: Cursor;
  readonly #scope: Scope;
  readonly #complaints: Complaints;
  /** What first kept the expression from being a constant. */
  obstacle: { readonly pos: number; readonly why: string } | undefined;

  constructor(cursor: Cursor, scope: Scope, complaints: Complaints) {
    this.#cursor = cursor;
    this.#scope = scope;
    this.#complaints = complaints;
  }

  /** Integer type that arithmetic on `type` starts from. */
  integer(type: Type): Int | undefined {
    return integerOf(type, this.#scope.underlying);
  }

  /** `left operator right`, the operator being the token at `at`. */
  apply(at: number, left: Value, right: Value): Value {
    const cursor = this.#cursor;
    const kind = cursor.kinds[at]!;
    if (kind === T.AND_AND || kind === T.OR_OR) {
      const either = kind === T.OR_OR;
      const known = left.value === undefined ? undefined : Number(left.value) !== 0;
      if (known === either) return { type: basic.int, value: either ? 1n : 0n };
      if (known === undefined || right.value === undefined) return { type: basic.int, value: undefined };
      return { type: basic.int, value: Number(right.value) !== 0 ? 1n : 0n };
    }
    const a = this.integer(left.type);
    const b = this.integer(right.type);
    if (a === undefined || b === undefined) return this.#mixed(at, left, right, isComparison(kind));
    const known = { left: knownOf(left), right: knownOf(right) };
    const result = operated(
      kind,
      { type: a, value: known.left, width: left.width },
      { type: b, value: known.right, width: right.width },
    );
    if (result.value !== undefined || known.left === undefined || known.right === undefined) return result;
    const why = isShift(kind) ? `the shift by ${known.right} is out of range` : "division by zero";
    return this.blame(at, result.type, why);
  }

  #mixed(at: number, left: Value, right: Value, comparison: boolean): Value {
    const kind = this.#cursor.kinds[at]!;
    const operator = T.spelling[kind]!;
    const a = decayed(left.type);
    const b = decayed(right.type);
    if (comparison) {
      if (left.value === undefined || right.value === undefined) return { type: basic.int, value: undefined };
      return { type: basic.int, value: compare(kind, left.value, right.value) ? 1n : 0n };
    }
    if ((a.kind === "float" || b.kind === "float") && /^[-+*/]$/.test(operator)) {
      const type = a.kind === "float" && (b.kind !== "float" || a.size >= b.size) ? a : b;
      return { type, value: floatOperation(operator, left.value, right.value) };
    }
    if (a.kind === "ptr" && b.kind === "ptr" && operator === "-") {
      const size = sizeOf(a.target) ?? 0;
      if (typeof left.value === "bigint" && typeof right.value === "bigint" && size > 0) {
        return { type: basic.long, value: BigInt.asIntN(64, left.value - right.value) / BigInt(size) };
      }
      return this.blame(at, basic.long, "the difference of these pointers is not known here");
    }
    const [pointer, offset] = a.kind === "ptr" ? [left, right] : [right, left];
    const type = decayed(pointer.type);
    if (type.kind === "ptr" && (operator === "+" || operator === "-")) {
      const size = sizeOf(type.target);
      if (typeof pointer.value === "bigint" && typeof offset.value === "bigint" && size !== undefined) {
        const by = offset.value * BigInt(size);
        return { type, value: BigInt.asUintN(64, operator === "+" ? pointer.value + by : pointer.value - by) };
      }
      return { type, value: undefined };
    }
    return this.#complaints.poison(
      "RB2006",
      this.#cursor.positions[at]!,
      `'${operator}' does not apply to these operands`,
    );
  }

  /** Type of a conditional whose arms are not both integers. */
  armType(then: Value, otherwise: Value): Type {
    const a = stripped(then.type);
    const b = stripped(otherwise.type);
    if (a.kind === "float" || b.kind === "float")
      return a.kind === "float" && (b.kind !== "float" || a.size >= b.size) ? a : b;
    // A null pointer constant takes the other arm's type; otherwise `void *` wins.
    if (a.kind === "ptr" && b.kind === "ptr") {
      if (a.target.kind === "void" && then.value === 0n) return b;
      if (b.target.kind === "void" && otherwise.value === 0n) return a;
      return a.target.kind === "void" ? a : b.target.kind === "void" ? b : a;
    }
    return a.kind === "ptr" || b.kind === "int" ? then.type : otherwise.type;
  }

  /** `value` without its value, and why. */
  unknown(value: Value, why: string): Value {
    this.obstacle ??= { pos: this.#cursor.positions[this.#cursor.at - 1]!, why };
    return { type: value.type, value: undefined };
  }

  /** No value, because of the token at `at`. */
  blame(at: number, type: Type, why: string): Value {
    this.obstacle ??= { pos: this.#cursor.positions[at]!, why };
    return { type, value: undefined };
  }
}

/** The integer that a value is known to be. */
function knownOf({ value }: Value): bigint | undefined {
  return typeof value === "bigint" ? value : undefined;
}

function floatOperation(
  operator: string,
  a: bigint | number | undefined,
  b: bigint | number | undefined,
): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  const x = Number(a);
  const y = Number(b);
  return operator === "+"
    ? x + y
    : operator === "-"
      ? x - y
      : operator === "*"
        ? x * y
        : operator === "/"
          ? x / y
          : undefined;
}
