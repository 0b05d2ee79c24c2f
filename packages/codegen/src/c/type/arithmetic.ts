import type { Int, Type } from "@rbgen/btf";
import { reduced } from "../text/integer.ts";
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
