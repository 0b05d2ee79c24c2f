import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { bare, type Expression } from "./tree.ts";

/** A variable or call, and whether it is 0 or a null pointer. */
export interface Told {
  readonly value: Expression;
  readonly zero: boolean;
}

/** Operators inside of each other that one condition is followed over. */
const deepest = 16;

/** What is known of variables and calls where `condition` holds, or does not. */
export function toldBy(condition: Expression, holds: boolean, depth = 0): readonly Told[] {
  if (depth > deepest) return [];
  switch (condition.kind) {
    case "name":
      return condition.local === undefined ? [] : [{ value: condition, zero: !holds }];
    case "call":
      return [{ value: condition, zero: !holds }];
    case "cast":
      // A narrower type takes bits away: those that are left may be 0 alone.
      return holds || sizeOf(condition.type) === 8 ? toldBy(condition.operand, holds, depth + 1) : [];
    case "assignment":
      return toldBy(condition.target, holds, depth + 1);
    case "last":
      return condition.value === undefined ? [] : toldBy(condition.value, holds, depth + 1);
    case "unary":
      return condition.operator === T.BANG ? toldBy(condition.operand, !holds, depth + 1) : [];
    case "binary":
      return ofOperator(condition, holds, depth + 1);
    default:
      return [];
  }
}

function ofOperator(
  { operator, left, right }: Extract<Expression, { kind: "binary" }>,
  holds: boolean,
  depth: number,
): readonly Told[] {
  if (operator === (holds ? T.AND_AND : T.OR_OR)) {
    // What the left one told may be changed by the right one.
    return [...(assigns(right) ? [] : toldBy(left, holds, depth)), ...toldBy(right, holds, depth)];
  }
  const [value, other, from] = isZero(right) ? [left, right, operator] : [right, left, mirrored.get(operator)];
  if (!isZero(other)) return [];
  switch (from) {
    case T.EQUAL_EQUAL:
      return toldBy(value, !holds, depth);
    case T.BANG_EQUAL:
      return toldBy(value, holds, depth);
    case T.LESS:
    case T.GREATER:
      return holds ? toldBy(value, true, depth) : [];
    case T.LESS_EQUAL:
    case T.GREATER_EQUAL:
      return holds ? [] : toldBy(value, true, depth);
    default:
      return [];
  }
}

/** Comparisons whose sides are changed. */
const mirrored: ReadonlyMap<number, number> = new Map([
  [T.EQUAL_EQUAL, T.EQUAL_EQUAL],
  [T.BANG_EQUAL, T.BANG_EQUAL],
  [T.LESS, T.GREATER],
  [T.GREATER, T.LESS],
  [T.LESS_EQUAL, T.GREATER_EQUAL],
  [T.GREATER_EQUAL, T.LESS_EQUAL],
]);

function isZero(expression: Expression): boolean {
  const value = bare(expression);
  return value.kind === "number" && value.value === 0n;
}

function assigns(expression: Expression): boolean {
  switch (expression.kind) {
    case "name":
    case "number":
    case "size":
      return false;
    case "cast":
    case "unary":
    case "address":
    case "target":
      return assigns(expression.operand);
    case "member":
      return assigns(expression.base);
    case "binary":
      return assigns(expression.left) || assigns(expression.right);
    case "call":
      return expression.args.some(assigns);
    default:
      return true;
  }
}
