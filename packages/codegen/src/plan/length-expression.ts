import { AnnotationError } from "./annotations.ts";
import { applyConstant, evaluate, namedConstant } from "./constant-expression.ts";
import type { LengthTerm } from "./model.ts";
import { type Members, placeOf } from "./place.ts";

/** A sum of members, each with a factor, and of a constant. */
interface Linear {
  readonly factors: ReadonlyMap<string, bigint>;
  readonly constant: bigint;
}

function scaled({ factors, constant }: Linear, by: bigint): Linear {
  return { factors: new Map([...factors].map(([path, factor]) => [path, factor * by])), constant: constant * by };
}

function sum(left: Linear, right: Linear): Linear {
  const factors = new Map(left.factors);
  for (const [path, factor] of right.factors) factors.set(path, (factors.get(path) ?? 0n) + factor);
  return { factors, constant: left.constant + right.constant };
}

function joined(text: string, operator: string, left: Linear, right: Linear): Linear {
  if (operator === "+") return sum(left, right);
  if (operator === "-") return sum(left, scaled(right, -1n));
  if (operator === "*" && right.factors.size === 0) return scaled(left, right.constant);
  if (operator === "*" && left.factors.size === 0) return scaled(right, left.constant);
  if (operator === "<<" && right.factors.size === 0) return scaled(left, applyConstant("<<", 1n, right.constant));
  if (left.factors.size === 0 && right.factors.size === 0) {
    return { factors: new Map(), constant: applyConstant(operator, left.constant, right.constant) };
  }
  throw new AnnotationError(
    `length=${text} is no sum of members: ${operator} joins a member with another value`,
    "members are added, subtracted, and multiplied by constants",
  );
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
  constant: (name: string) => bigint | undefined,
  takes?: "errno",
): LengthSum {
  const isMember = (path: string): boolean => /[.[]/.test(path) || struct.nodes.some(holds(path));
  const { factors, constant: rest } = evaluate<Linear>(text, {
    number: (value) => ({ factors: new Map(), constant: value }),
    name: (name) =>
      isMember(name) || (constant(name) === undefined && /^[\w.[\]]+$/.test(text))
        ? { factors: new Map([[name, 1n]]), constant: 0n }
        : { factors: new Map(), constant: namedConstant(name, constant) },
    unary: (operator, value) => {
      if (operator === "-") return scaled(value, -1n);
      if (value.factors.size === 0) return { factors: new Map(), constant: ~value.constant };
      throw new AnnotationError(`length=${text} is no sum of members: ~ of a member`);
    },
    binary: (operator, left, right) => joined(text, operator, left, right),
  });
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
