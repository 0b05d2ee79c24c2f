import { operateExactly } from "../text/integer.ts";
import * as T from "../text/token.ts";
import type { Expression } from "./tree.ts";

/** Below it, signs and widths of C's types change no result. */
const most = 1n << 31n;
const int = { size: 4, signed: true } as const;

/**
 * The integer that `expression` is, whatever runs, where it and all that it is made of lie in 0 to 2³¹ − 1; undefined for anything else.
 *
 * @param named the constant that an identifier of the file is
 */
export function constantOf(expression: Expression, named: (id: number) => bigint | undefined): bigint | undefined {
  const value = read(expression, named, 0);
  return value !== undefined && value >= 0n && value < most ? value : undefined;
}

function read(expression: Expression, named: (id: number) => bigint | undefined, depth: number): bigint | undefined {
  if (depth > 100) return undefined;
  const of = (operand: Expression): bigint | undefined => {
    const value = read(operand, named, depth + 1);
    return value !== undefined && value >= 0n && value < most ? value : undefined;
  };
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "name":
      return expression.local === undefined ? named(expression.id) : undefined;
    case "last":
      return expression.value && of(expression.value);
    case "unary": {
      const operand = expression.operator === T.BANG ? of(expression.operand) : undefined;
      return operand === undefined ? undefined : truth(operand === 0n);
    }
    case "binary":
      return operation(expression.operator, of(expression.left), of(expression.right));
    default:
      return undefined;
  }
}

function operation(operator: number, left: bigint | undefined, right: bigint | undefined): bigint | undefined {
  // One side may tell both.
  if (operator === T.AND_AND && (left === 0n || right === 0n)) return 0n;
  if (operator === T.OR_OR && ((left ?? 0n) !== 0n || (right ?? 0n) !== 0n)) return 1n;
  if (left === undefined || right === undefined) return undefined;
  if (operator === T.AND_AND) return 1n;
  if (operator === T.OR_OR) return 0n;
  return operateExactly(operator, left, right, int);
}

function truth(holds: boolean): bigint {
  return holds ? 1n : 0n;
}
