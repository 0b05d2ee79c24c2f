import { raising } from "../text/limits.ts";
import { characterValue, parseInteger } from "../text/literal.ts";
import { precedences } from "../text/precedence.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";

/** Why a condition has no value. */
export class ConditionError extends Error {
  readonly token: Token | undefined;

  constructor(message: string, token: Token | undefined) {
    super(message);
    this.token = token;
  }
}

interface Value {
  readonly bits: bigint;
  readonly unsigned: boolean;
}

/** What the evaluator asks of the preprocessor. */
export interface ConditionHost {
  spell(token: Token): string;
  isDefined(id: number): boolean;
  readonly definedId: number;
}

/** Evaluates the expanded tokens of `#if` in 64-bit `intmax_t` and `uintmax_t` (C11 6.10.1), parentheses up to `nesting` deep. */
export function evaluateCondition(tokens: readonly Token[], host: ConditionHost, nesting: number): boolean {
  const reader = new ConditionReader(tokens, host, nesting);
  return reader.whole().bits !== 0n;
}

class ConditionReader {
  readonly #tokens: readonly Token[];
  readonly #host: ConditionHost;
  readonly #nesting: number;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], host: ConditionHost, nesting: number) {
    this.#nesting = nesting;
    this.#tokens = tokens;
    this.#host = host;
  }

  whole(): Value {
    const value = this.#ternary(true);
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw new ConditionError(`'${this.#host.spell(rest)}' is not expected here`, rest);
    return value;
  }

  /** A pair of parentheses is two steps: an operand, and the whole inside of it. */
  #enter(): void {
    if (++this.#depth <= 2 * this.#nesting) return;
    throw new ConditionError(`it nests deeper than ${this.#nesting}; ${raising("nesting")}`, this.#tokens[this.#at]);
  }

  #ternary(evaluated: boolean): Value {
    this.#enter();
    let value = this.#binary(1, evaluated);
    if (this.#tokens[this.#at]?.kind === T.QUESTION) {
      this.#at++;
      const chosen = value.bits !== 0n;
      const then = this.#ternary(evaluated && chosen);
      const colon = this.#tokens[this.#at++];
      if (colon?.kind !== T.COLON) throw new ConditionError("':' is missing", colon);
      const otherwise = this.#ternary(evaluated && !chosen);
      value = make(chosen ? then.bits : otherwise.bits, then.unsigned || otherwise.unsigned);
    }
    this.#depth--;
    return value;
  }

  #binary(lowest: number, evaluated: boolean): Value {
    let left = this.#unary(evaluated);
    for (;;) {
      const operator = this.#tokens[this.#at];
      const precedence = operator === undefined ? undefined : precedences[operator.kind];
      if (operator === undefined || precedence === undefined || precedence < lowest) return left;
      this.#at++;
      const kind = operator.kind;
      if (kind === T.AND_AND || kind === T.OR_OR) {
        const decided = (left.bits !== 0n) === (kind === T.OR_OR);
        const right = this.#binary(precedence + 1, evaluated && !decided);
        left = make(decided ? (kind === T.OR_OR ? 1n : 0n) : right.bits !== 0n ? 1n : 0n, false);
        continue;
      }
      left = this.#apply(operator, left, this.#binary(precedence + 1, evaluated), evaluated);
    }
  }

  #apply(operator: Token, left: Value, right: Value, evaluated: boolean): Value {
    const unsigned = left.unsigned || right.unsigned;
    const a = unsigned ? BigInt.asUintN(64, left.bits) : left.bits;
    const b = unsigned ? BigInt.asUintN(64, right.bits) : right.bits;
    const truth = (holds: boolean): Value => make(holds ? 1n : 0n, false);
    switch (operator.kind) {
      case T.PIPE:
        return make(a | b, unsigned);
      case T.CARET:
        return make(a ^ b, unsigned);
      case T.AMP:
        return make(a & b, unsigned);
      case T.EQUAL_EQUAL:
        return truth(a === b);
      case T.BANG_EQUAL:
        return truth(a !== b);
      case T.LESS:
        return truth(a < b);
      case T.GREATER:
        return truth(a > b);
      case T.LESS_EQUAL:
        return truth(a <= b);
      case T.GREATER_EQUAL:
        return truth(a >= b);
      case T.PLUS:
        return make(a + b, unsigned);
      case T.MINUS:
        return make(a - b, unsigned);
      case T.STAR:
        return make(a * b, unsigned);
      case T.SHIFT_LEFT:
      case T.SHIFT_RIGHT:
        return shift(left, right, operator.kind === T.SHIFT_LEFT);
      default:
        if (b === 0n) {
          if (evaluated) throw new ConditionError("division by zero", operator);
          return make(0n, unsigned);
        }
        return make(operator.kind === T.SLASH ? a / b : a % b, unsigned);
    }
  }

  #unary(evaluated: boolean): Value {
    this.#enter();
    const value = this.#operand(evaluated);
    this.#depth--;
    return value;
  }

  #operand(evaluated: boolean): Value {
    const token = this.#tokens[this.#at++];
    switch (token?.kind) {
      case T.PLUS:
        return this.#unary(evaluated);
      case T.MINUS: {
        const value = this.#unary(evaluated);
        return make(-value.bits, value.unsigned);
      }
      case T.TILDE: {
        const value = this.#unary(evaluated);
        return make(~value.bits, value.unsigned);
      }
      case T.BANG:
        return make(this.#unary(evaluated).bits === 0n ? 1n : 0n, false);
      case T.LPAREN: {
        let value = this.#ternary(evaluated);
        while (this.#tokens[this.#at]?.kind === T.COMMA) {
          this.#at++;
          value = this.#ternary(evaluated);
        }
        const close = this.#tokens[this.#at++];
        if (close?.kind !== T.RPAREN) throw new ConditionError("')' is missing", close ?? token);
        return value;
      }
      case T.NUMBER:
        return this.#number(token);
      case T.CHAR: {
        const value = characterValue(this.#host.spell(token));
        if (value === undefined) throw new ConditionError(`${this.#host.spell(token)} is no character constant`, token);
        return make(value, false);
      }
      case T.IDENT:
        return token.value === this.#host.definedId ? this.#defined(token) : this.#identifier(token);
      case undefined:
        throw new ConditionError("a value is missing at the end", this.#tokens[this.#at - 2]);
      default:
        throw new ConditionError(`'${this.#host.spell(token as Token)}' is no value`, token);
    }
  }

  #number(token: Token): Value {
    const text = this.#host.spell(token);
    const literal = parseInteger(text);
    if (literal === undefined) throw new ConditionError(`'${text}' is no integer`, token);
    if (literal.value >= 1n << 64n) throw new ConditionError(`${text} does not fit 64 bits`, token);
    return make(literal.value, literal.unsigned || literal.value >= 1n << 63n);
  }

  #defined(token: Token): Value {
    let name = this.#tokens[this.#at++];
    const paren = name?.kind === T.LPAREN;
    if (paren) name = this.#tokens[this.#at++];
    if (name?.kind !== T.IDENT) throw new ConditionError("'defined' needs a macro name", name ?? token);
    if (paren) {
      const close = this.#tokens[this.#at++];
      if (close?.kind !== T.RPAREN) throw new ConditionError("')' is missing after 'defined'", close ?? name);
    }
    return make(this.#host.isDefined(name.value) ? 1n : 0n, false);
  }

  #identifier(token: Token): Value {
    const next = this.#tokens[this.#at];
    if (next?.kind === T.LPAREN) {
      throw new ConditionError(
        `'${this.#host.spell(token)}' is called, and no macro of that name takes arguments`,
        token,
      );
    }
    // No macro: it counts as 0.
    return make(0n, false);
  }
}

function make(bits: bigint, unsigned: boolean): Value {
  return { bits: unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits), unsigned };
}

function shift(left: Value, right: Value, toLeft: boolean): Value {
  const by = right.bits;
  // Out of range is undefined in C; clang gives what a shift by the width would leave.
  if (!right.unsigned && by < 0n) return shift(left, make(-by, false), !toLeft);
  if (by >= 64n) return make(toLeft || left.unsigned || left.bits >= 0n ? 0n : -1n, left.unsigned);
  return make(toLeft ? left.bits << by : left.bits >> by, left.unsigned);
}
