import type { Type } from "@rbgen/btf";
import type { Expression, Local } from "../body/tree.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import { type Narrowing, narrowed } from "./narrowing.ts";
import type { Frame } from "./typing.ts";

/** A number that a size is computed from, and how often it is taken. */
export interface Term {
  readonly expression: Expression;
  readonly frame: Frame;
  readonly times: bigint;
  /** The variable that holds it: its member may have changed since. */
  readonly holder?: Local;
  readonly narrowing?: Narrowing;
}

/** A size as a sum. */
export interface Sum {
  readonly constant: bigint;
  readonly terms: readonly Term[];
}

/** Without the constants that are there already. */
export function distinct(sums: readonly Sum[]): readonly Sum[] {
  return sums.filter(
    ({ constant, terms }, index) =>
      terms.length > 0 || sums.findIndex((other) => other.terms.length === 0 && other.constant === constant) === index,
  );
}

/** `a`, and `times` times `b`. */
export function added(a: Sum, b: Sum, times: bigint): Sum {
  const { constant, terms } = multiplied(b, times);
  return { constant: a.constant + constant, terms: [...a.terms, ...terms] };
}

export function multiplied({ constant, terms }: Sum, by: bigint): Sum {
  return { constant: constant * by, terms: terms.map((term) => ({ ...term, times: term.times * by })) };
}

/** `sum` as a `type` holds it; undefined where that takes bits of a sum away. */
export function narrowedSum({ constant, terms }: Sum, type: Type): Sum | undefined {
  const bytes = sizeOf(stripped(type)) ?? 8;
  const [term, ...others] = terms;
  const isConstant = term === undefined && constant >= 0n && constant < 1n << BigInt(bytes * 8 - 1);
  const isTerm = constant === 0n && term?.times === 1n && others.length === 0;
  if (bytes < 4 && !isConstant && !isTerm) return undefined;
  return { constant, terms: terms.map((one) => ({ ...one, narrowing: narrowed(one.narrowing, type) })) };
}

/** The same of several, where it is none of them that loses bits. */
export function narrowedSums(sums: readonly Sum[], type: Type): readonly Sum[] | undefined {
  const all = sums.map((sum) => narrowedSum(sum, type));
  return all.every((sum) => sum !== undefined) ? all : undefined;
}

/** `sum` as what the variable `holder` holds. */
export function heldBy({ constant, terms }: Sum, holder: Local): Sum {
  return { constant, terms: terms.map((term) => ({ holder, ...term })) };
}
