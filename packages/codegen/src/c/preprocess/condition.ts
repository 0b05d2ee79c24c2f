import { type Constant, ConstantError, type ConstantHost, ConstantReader, truth } from "../text/constant.ts";
import { operate } from "../text/integer.ts";
import { raising } from "../text/limits.ts";
import { isShift } from "../text/operators.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";

/** What the evaluator asks of the preprocessor. */
export interface Macros {
  spell(token: Token): string;
  isDefined(id: number): boolean;
  readonly definedId: number;
}

/** Evaluates the expanded tokens of `#if` (C11 6.10.1), parentheses up to `nesting` deep. */
export function evaluateCondition(tokens: readonly Token[], macros: Macros, nesting: number): boolean {
  const host: ConstantHost<never> = {
    nesting,
    exact: false,
    spell: (token) => macros.spell(token),
    named: (token, reader) =>
      token.value === macros.definedId ? defined(token, reader, macros) : undefinedName(token, reader, macros),
    undefinedResult: (operator, left, right) => {
      if (isShift(operator.kind)) return shiftedOut(left, right, operator.kind === T.SHIFT_LEFT);
      throw new ConstantError("division by zero", operator);
    },
    applied: (operator) => {
      throw new RangeError(`all operands of ${macros.spell(operator)} are constants`);
    },
    tooDeep: () => `it nests deeper than ${nesting}; ${raising("nesting")}`,
  };
  return new ConstantReader(tokens, host).whole().value !== 0n;
}

function defined(token: Token, reader: ConstantReader, macros: Macros): Constant {
  let name = reader.take();
  const paren = name?.kind === T.LPAREN;
  if (paren) name = reader.take();
  if (name?.kind !== T.IDENT) throw new ConstantError("'defined' needs a macro name", name ?? token);
  if (paren) {
    const close = reader.take();
    if (close?.kind !== T.RPAREN) throw new ConstantError("')' is missing after 'defined'", close ?? name);
  }
  return truth(macros.isDefined(name.value));
}

/** A name that is no macro counts as 0. */
function undefinedName(token: Token, reader: ConstantReader, macros: Macros): Constant {
  if (reader.kind !== T.LPAREN) return truth(false);
  throw new ConstantError(`'${macros.spell(token)}' is called, and no macro of that name takes arguments`, token);
}

/** What clang takes for a shift by a negative number (one the other way), or by the width and more, which C does not define. */
function shiftedOut(left: Constant, right: Constant, toLeft: boolean): bigint {
  const by = right.value < 0n ? -right.value : right.value;
  const leftwards = right.value < 0n ? !toLeft : toLeft;
  if (by < 64n) return operate(leftwards ? T.SHIFT_LEFT : T.SHIFT_RIGHT, left.value, by, left.type) ?? 0n;
  return leftwards || left.value >= 0n ? 0n : -1n;
}
