import type { Int, Type } from "@rbgen/btf";
import { operate, reduced } from "../text/integer.ts";
import { isComparison, isShift } from "../text/operators.ts";
import { basic, stripped } from "./ctype.ts";

/** Value of an expression: its C type, and its value where it is a constant. */
export interface Value {
  readonly type: Type;
  readonly value: bigint | number | undefined;
  /** Width, where the expression names a bit-field. */
  readonly width?: number;
}

const ranks = new Map<string, number>([
  ["_Bool", 0],
  ["char", 1],
  ["signed char", 1],
  ["unsigned char", 1],
  ["short", 2],
  ["unsigned short", 2],
  ["int", 3],
  ["unsigned int", 3],
  ["long", 4],
  ["unsigned long", 4],
  ["long long", 5],
  ["unsigned long long", 5],
  ["__int128", 6],
  ["unsigned __int128", 6],
]);

/** The unsigned type of the same rank. */
const unsignedOf = new Map<Int, Int>([
  [basic.int, basic.uint],
  [basic.long, basic.ulong],
  [basic.llong, basic.ullong],
  [basic.int128, basic.uint128],
]);

/** `value` brought into the range of `type`, as a conversion does. */
export function wrap(value: bigint, type: Int): bigint {
  return type.bool ? (value === 0n ? 0n : 1n) : reduced(value, type);
}

/** Integer promotion (C11 6.3.1.1). */
export function promote(type: Int, width?: number): Int {
  if (width !== undefined && width < 32 + (type.signed ? 1 : 0) && type.size <= 4)
    return width < 32 || type.signed ? basic.int : basic.uint;
  return (ranks.get(type.name) ?? 3) < 3 ? basic.int : type;
}

/** The common type of two promoted integers (C11 6.3.1.8). */
export function common(a: Int, b: Int): Int {
  if (a === b) return a;
  const rankA = ranks.get(a.name) ?? 3;
  const rankB = ranks.get(b.name) ?? 3;
  if (a.signed === b.signed) return rankA >= rankB ? a : b;
  const [unsigned, signed] = a.signed ? [b, a] : [a, b];
  const [rankU, rankS] = a.signed ? [rankB, rankA] : [rankA, rankB];
  if (rankU >= rankS) return unsigned;
  return signed.size > unsigned.size ? signed : (unsignedOf.get(signed) ?? unsigned);
}

/** The integer type that arithmetic on `type` starts from, of enums what `underlying` says; undefined for what is none. */
export function integerOf(type: Type, underlying: ReadonlyMap<object, Int>): Int | undefined {
  const plain = stripped(type);
  if (plain.kind === "int") return plain;
  if (plain.kind !== "enum" && plain.kind !== "enum64") return undefined;
  const wide = plain.size === 8 ? [basic.long, basic.ulong] : [basic.int, basic.uint];
  return underlying.get(plain) ?? wide[plain.signed === true ? 0 : 1];
}

/** An integer of an expression: a value where it is a constant, a width where it is a bit-field. */
interface Operand {
  readonly type: Int;
  readonly value: bigint | undefined;
  readonly width?: number | undefined;
}

/**
 * `left operator right`, the operator by the kind of its token, as the usual arithmetic conversions have it; without a value
 * where an operand has none, or C defines none.
 */
export function operated(kind: number, left: Operand, right: Operand): Pick<Operand, "type" | "value"> {
  const promoted = promote(left.type, left.width);
  const shifts = isShift(kind);
  const type = shifts ? promoted : common(promoted, promote(right.type, right.width));
  const result = isComparison(kind) ? basic.int : type;
  if (left.value === undefined || right.value === undefined) return { type: result, value: undefined };
  const by = shifts ? right.value : reduced(right.value, type);
  return { type: result, value: operate(kind, reduced(left.value, type), by, type) };
}

/** `value` converted to `type`, as a cast does; undefined where the result is no constant. */
export function convert(value: bigint | number | undefined, to: Type): bigint | number | undefined {
  if (value === undefined) return undefined;
  const type = stripped(to);
  if (type.kind === "int") {
    if (typeof value === "bigint") return wrap(value, type);
    if (!Number.isFinite(value)) return undefined;
    return type.bool ? (value === 0 ? 0n : 1n) : wrap(BigInt(Math.trunc(value)), type);
  }
  if (type.kind === "float") return type.size === 4 ? Math.fround(Number(value)) : Number(value);
  if (type.kind === "ptr") return typeof value === "bigint" ? BigInt.asUintN(64, value) : undefined;
  if (type.kind === "enum" || type.kind === "enum64") {
    return typeof value === "bigint" ? reduced(value, type) : undefined;
  }
  return undefined;
}
