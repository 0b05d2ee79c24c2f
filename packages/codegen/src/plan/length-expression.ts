import { type Constant, isConstant } from "../c/text/constant.ts";
import { operateExactly } from "../c/text/integer.ts";
import * as T from "../c/text/token.ts";
import { AnnotationError } from "./annotations.ts";
import { evaluate, namedConstant } from "./constant-expression.ts";
import type { Constants } from "./constants.ts";
import type { LengthTerm } from "./model.ts";
import { type Members, placeOf } from "./place.ts";

/** A sum of members, each with a factor, and of a constant. */
interface Linear {
  readonly value?: never;
  readonly factors: ReadonlyMap<string, bigint>;
  readonly constant: bigint;
}

function linear(value: Constant | Linear): Linear {
  return isConstant(value) ? { factors: new Map(), constant: value.value } : value;
}

function scaled({ factors, constant }: Linear, by: bigint): Linear {
  return { factors: new Map([...factors].map(([path, factor]) => [path, factor * by])), constant: constant * by };
}

function sum(left: Linear, right: Linear): Linear {
  const factors = new Map(left.factors);
  for (const [path, factor] of right.factors) factors.set(path, (factors.get(path) ?? 0n) + factor);
  return { factors, constant: left.constant + right.constant };
}

/** What an operator makes of members; undefined where that is no sum of them. */
function applied(operator: number, left: Constant | Linear, right?: Constant | Linear): Linear | undefined {
  if (right === undefined) {
    if (operator === T.PLUS) return linear(left);
    return operator === T.MINUS ? scaled(linear(left), -1n) : undefined;
  }
  switch (operator) {
    case T.PLUS:
      return sum(linear(left), linear(right));
    case T.MINUS:
      return sum(linear(left), scaled(linear(right), -1n));
    case T.STAR:
      if (isConstant(right)) return scaled(linear(left), right.value);
      return isConstant(left) ? scaled(right, left.value) : undefined;
    case T.SHIFT_LEFT: {
      const factor = isConstant(right) ? operateExactly(operator, 1n, right.value, right.type) : undefined;
      return factor === undefined ? undefined : scaled(linear(left), factor);
    }
    default:
      return undefined;
  }
}

/** Farther than any sample reaches, and exact in a number. */
const most = 2n ** 32n;

/** What an expression is made of: `a*4+8` of the members of `struct`, and of constants. */
export interface LengthSum {
  readonly terms: readonly LengthTerm[];
  readonly constant: number;
}

/**
 * The members that a length is computed of; `where` names the annotation, `takes` what they may be beside plain integers.
 * @throws AnnotationError for what is no sum of members of `struct` and constants
 */
export function lengthSum(
  struct: Members,
  text: string,
  where: string,
  constants: Constants,
  takes?: "errno",
): LengthSum {
  const isMember = (path: string): boolean => /[.[]/.test(path) || struct.nodes.some(holds(path));
  const alone = /^[\w.[\]]+$/.test(text);
  const { factors, constant: rest } = linear(
    evaluate<Linear>(text, {
      named: (name) =>
        isMember(name) || (alone && constants.value(name) === undefined)
          ? { factors: new Map([[name, 1n]]), constant: 0n }
          : namedConstant(name, constants),
      applied: (operator, left, right, third) => {
        const result = left === undefined || third !== undefined ? undefined : applied(operator, left, right);
        if (result !== undefined) return result;
        throw new AnnotationError(
          `length=${text} is no sum of members: ${T.spelling[operator]} ${right === undefined ? "of a member" : "joins a member with another value"}`,
          "members are added, subtracted, and multiplied by constants",
        );
      },
    }),
  );
  const used = [...factors].filter(([, factor]) => factor !== 0n);
  const size = [...used.map(([, factor]) => factor), rest].find((value) => value > most || value < -most);
  if (size !== undefined) throw new AnnotationError(`length=${text} reaches beyond any sample: ${size}`);
  if (used.length === 0) {
    throw new AnnotationError(
      `length=${text} names no member`,
      "an array of a constant length says so itself: data[N]",
    );
  }
  const terms = used.map(([path, factor]) => ({ place: placeOf(struct, path, where, takes), factor: Number(factor) }));
  return { terms, constant: Number(rest) };
}

/** Whether a node is, or its arms hold, a member of that name. */
function holds(name: string): (node: Members["nodes"][number]) => boolean {
  return (node) => (node.kind === "field" ? node.cName === name : node.arms.some((arm) => arm.some(holds(name))));
}
