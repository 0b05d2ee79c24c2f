import { packetBytes } from "../../module.ts";
import { type Expression, unknown } from "../body/tree.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import type { Code } from "./code.ts";
import { boundTo, type Frame } from "./typing.ts";

/** Variables inside of each other that flags are made of. */
const deepest = 20;

/**
 * How many bytes of its packet a call may send behind its own: of each flag that it may be given, undefined for a number that only a
 * run knows.
 */
export function appendedBytes(flags: Expression, frame: Frame, code: Code): readonly (bigint | undefined)[] {
  const constants = code.integers.valuesOf(flags, frame);
  if (constants !== undefined) return [...new Set([...constants].map(packetBytes))];
  return [fitsHalf(flags, frame, code, 0) ? 0n : undefined];
}

/** Whether an integer has no more than 32 bits, whatever runs. */
function fitsHalf(expression: Expression, frame: Frame | undefined, code: Code, depth: number): boolean {
  if (depth > deepest) return false;
  const of = (inner: Expression, at = frame): boolean => fitsHalf(inner, at, code, depth + 1);
  const constants = code.integers.valuesOf(expression, frame);
  if (constants !== undefined) return [...constants].every((value) => value >> 32n === 0n);
  const narrow = (): boolean => {
    const type = code.typing.typeOf(expression);
    const size = type === undefined ? undefined : sizeOf(stripped(type));
    return size !== undefined && size <= 4;
  };
  switch (expression.kind) {
    case "binary": {
      const { operator, left, right } = expression;
      if (operator === T.AMP) return of(left) || of(right);
      if (operator === T.PIPE || operator === T.CARET) return of(left) && of(right);
      return operator === T.PERCENT && of(right);
    }
    case "cast":
      return narrow() || of(expression.operand);
    case "assignment":
      return of(expression.value);
    case "last":
      return of(expression.value ?? unknown);
    case "choice":
      return of(expression.then) && of(expression.otherwise);
    case "name": {
      const [given, at] = boundTo(expression, frame);
      if (narrow()) return true;
      if (given !== undefined) return of(given, at);
      const { local } = expression;
      return (
        local !== undefined &&
        local.parameter === undefined &&
        local.values.length > 0 &&
        local.values.every((value) => of(value))
      );
    }
    default:
      return narrow();
  }
}
