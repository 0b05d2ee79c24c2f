import { type IntegerType, negated, operate, reduced } from "../text/integer.ts";
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
  readonly value: bigint;
  readonly type: IntegerType;
}

/** `intmax_t` and `uintmax_t`, of one of which each operand is (C11 6.10.1). */
const intmax: IntegerType = { size: 8, signed: true };
const uintmax: IntegerType = { size: 8, signed: false };

/** What the evaluator asks of the preprocessor. */
export interface ConditionHost {
  spell(token: Token): string;
  isDefined(id: number): boolean;
  readonly definedId: number;
}

/** Evaluates the expanded tokens of `#if` (C11 6.10.1), parentheses up to `nesting` deep. */
export function evaluateCondition(tokens: readonly Token[], host: ConditionHost, nesting: number): boolean {
  const reader = new ConditionReader(tokens, host, nesting);
  return reader.whole().value !== 0n;
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
      const chosen = value.value !== 0n;
      const then = this.#ternary(evaluated && chosen);
      const colon = this.#tokens[this.#at++];
      if (colon?.kind !== T.COLON) throw new ConditionError("':' is missing", colon);
      const otherwise = this.#ternary(evaluated && !chosen);
      const type = common(then, otherwise);
      value = { value: reduced(chosen ? then.value : otherwise.value, type), type };
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
        const decided = (left.value !== 0n) === (kind === T.OR_OR);
        const right = this.#binary(precedence + 1, evaluated && !decided);
        left = truth(decided ? kind === T.OR_OR : right.value !== 0n);
        continue;
      }
      left = this.#apply(operator, left, this.#binary(precedence + 1, evaluated), evaluated);
    }
  }

  #apply(operator: Token, left: Value, right: Value, evaluated: boolean): Value {
    const { kind } = operator;
    const shifts = kind === T.SHIFT_LEFT || kind === T.SHIFT_RIGHT;
    const type = shifts ? left.type : common(left, right);
    const value = operate(kind, reduced(left.value, type), shifts ? right.value : reduced(right.value, type), type);
    if (value !== undefined) return { value, type: kind >= T.LESS && kind <= T.BANG_EQUAL ? intmax : type };
    if (shifts) return { value: shiftedOut(left, right, kind === T.SHIFT_LEFT), type };
    if (evaluated) throw new ConditionError("division by zero", operator);
    return { value: 0n, type };
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
      case T.MINUS:
      case T.TILDE: {
        const { value, type } = this.#unary(evaluated);
        return { value: negated(token.kind, value, type), type };
      }
      case T.BANG:
        return truth(this.#unary(evaluated).value === 0n);
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
        return { value: reduced(value, intmax), type: intmax };
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
    const type = literal.unsigned || literal.value >= 1n << 63n ? uintmax : intmax;
    return { value: literal.value, type };
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
    return truth(this.#host.isDefined(name.value));
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
    return truth(false);
  }
}

/** The common type of two (C11 6.3.1.8). */
function common(a: Value, b: Value): IntegerType {
  return a.type.signed && b.type.signed ? intmax : uintmax;
}

function truth(holds: boolean): Value {
  return { value: holds ? 1n : 0n, type: intmax };
}

/** What clang takes for a shift by a negative number (one the other way), or by the width and more, which C does not define. */
function shiftedOut(left: Value, right: Value, toLeft: boolean): bigint {
  const by = right.value < 0n ? -right.value : right.value;
  const back = right.value < 0n ? !toLeft : toLeft;
  if (by < 64n) return operate(back ? T.SHIFT_LEFT : T.SHIFT_RIGHT, left.value, by, left.type) ?? 0n;
  return back || left.value >= 0n ? 0n : -1n;
}
