import { type IntegerType, negated, operate, operateExactly, reduced } from "./integer.ts";
import { characterValue, parseInteger } from "./literal.ts";
import { isComparison, isShift, readBinary } from "./operators.ts";
import type { Token } from "./token.ts";
import * as T from "./token.ts";

/** Why an expression has no value. */
export class ConstantError extends Error {
  readonly token: Token | undefined;

  constructor(message: string, token: Token | undefined) {
    super(message);
    this.token = token;
  }
}

/** An integer, and of which of the two types it is. */
export interface Constant {
  readonly value: bigint;
  readonly type: IntegerType;
}

/** `intmax_t` and `uintmax_t`, of one of which each operand is where names have no type (C11 6.10.1). */
const intmax: IntegerType = { size: 8, signed: true };
const uintmax: IntegerType = { size: 8, signed: false };

/** `value` as what no suffix makes unsigned: signed where that holds it. */
export function constant(value: bigint): Constant {
  return { value, type: value >= 1n << 63n ? uintmax : intmax };
}

/** What an expression holds beside constants, such as members of a struct. */
export interface Open {
  readonly value?: never;
}

/** What an expression's reader asks of where it stands. */
export interface ConstantHost<Other extends Open> {
  /** How deep parentheses and operators may nest. */
  readonly nesting: number;
  spell(token: Token): string;
  /** What the name that was read stands for; more of it may be read. */
  named(token: Token, reader: ConstantReader<Other>): Constant | Other;
  /** Whether a signed result beyond 64 bits is none, as C has it; else it wraps, as it does in compilers. */
  readonly exact: boolean;
  /** The value of an operator that has none: a division by zero, a shift by the width and more. */
  undefinedResult(operator: Token, left: Constant, right: Constant): bigint;
  /** An operator that has one operand or two, of which one is no constant. */
  applied(operator: Token, ...operands: readonly (Constant | Other)[]): Constant | Other;
  /** The error of a nesting that is deeper than `nesting`. */
  tooDeep(): string;
}

/** Reads the tokens of an integer constant expression, and computes its value as `#if` does: in 64 bits. */
export class ConstantReader<Other extends Open = never> {
  readonly #tokens: readonly Token[];
  readonly #host: ConstantHost<Other>;
  #at = 0;
  #depth = 0;
  /** Not behind an operator that leaves its operand out: what is wrong there is no error. */
  #evaluated = true;

  constructor(tokens: readonly Token[], host: ConstantHost<Other>) {
    this.#tokens = tokens;
    this.#host = host;
  }

  /** Reads all of the tokens. @throws ConstantError where they have no value */
  whole(): Constant | Other {
    const value = this.#conditional();
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw new ConstantError(`'${this.#host.spell(rest)}' is not expected here`, rest);
    return value;
  }

  /** Kind of the next token; `EOF` behind the last one. */
  get kind(): number {
    return this.#tokens[this.#at]?.kind ?? T.EOF;
  }

  /** Takes the next token. */
  take(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  operand(): Constant | Other {
    this.#enter();
    const value = this.#unary();
    this.#depth--;
    return value;
  }

  join(left: Constant | Other, right: () => Constant | Other): Constant | Other {
    const operator = this.#tokens[this.#at++] as Token;
    const { kind } = operator;
    const logical = kind === T.AND_AND || kind === T.OR_OR;
    if (!logical || !isConstant(left)) return this.#applied(operator, left, right());
    const decided = (left.value !== 0n) === (kind === T.OR_OR);
    const other = this.#unless(decided, right);
    if (decided) return truth(kind === T.OR_OR);
    return isConstant(other) ? truth(other.value !== 0n) : this.#host.applied(operator, left, other);
  }

  /** A pair of parentheses is two steps: an operand, and the whole inside of it. */
  #enter(): void {
    if (++this.#depth > 2 * this.#host.nesting) throw new ConstantError(this.#host.tooDeep(), this.#tokens[this.#at]);
  }

  #unless(leftOut: boolean, read: () => Constant | Other): Constant | Other {
    const before = this.#evaluated;
    this.#evaluated &&= !leftOut;
    const value = read();
    this.#evaluated = before;
    return value;
  }

  #conditional(): Constant | Other {
    this.#enter();
    let value = readBinary(this);
    if (this.kind === T.QUESTION) value = this.#chosen(value);
    this.#depth--;
    return value;
  }

  #chosen(condition: Constant | Other): Constant | Other {
    const question = this.take() as Token;
    const holds = isConstant(condition) && condition.value !== 0n;
    const then = this.#unless(!holds, () => this.#conditional());
    const colon = this.take();
    if (colon?.kind !== T.COLON) throw new ConstantError("':' is missing", colon);
    const otherwise = this.#unless(holds, () => this.#conditional());
    if (!isConstant(condition) || !isConstant(then) || !isConstant(otherwise))
      return this.#host.applied(question, condition, then, otherwise);
    const type = common(then, otherwise);
    return { value: reduced((holds ? then : otherwise).value, type), type };
  }

  #applied(operator: Token, left: Constant | Other, right: Constant | Other): Constant | Other {
    if (!isConstant(left) || !isConstant(right)) return this.#host.applied(operator, left, right);
    const { kind } = operator;
    const shifts = isShift(kind);
    const type = shifts ? left.type : common(left, right);
    const a = reduced(left.value, type);
    const b = shifts ? right.value : reduced(right.value, type);
    const value = (this.#host.exact && type.signed ? operateExactly : operate)(kind, a, b, type);
    if (value !== undefined) return { value, type: isComparison(kind) ? intmax : type };
    return { value: this.#evaluated ? this.#host.undefinedResult(operator, left, right) : 0n, type };
  }

  #unary(): Constant | Other {
    const token = this.take();
    switch (token?.kind) {
      case T.PLUS:
      case T.MINUS:
      case T.TILDE:
      case T.BANG: {
        const value = this.operand();
        if (!isConstant(value)) return this.#host.applied(token, value);
        if (token.kind === T.BANG) return truth(value.value === 0n);
        // As a difference, whose result may be beyond 64 bits, too.
        if (token.kind === T.MINUS) return this.#applied(token, truth(false), value);
        return { value: negated(token.kind, value.value, value.type), type: value.type };
      }
      case T.LPAREN: {
        let value = this.#conditional();
        while (this.kind === T.COMMA) {
          this.#at++;
          value = this.#conditional();
        }
        const close = this.take();
        if (close?.kind !== T.RPAREN) throw new ConstantError("')' is missing", close ?? token);
        return value;
      }
      case T.NUMBER:
        return this.#number(token);
      case T.CHAR: {
        const value = characterValue(this.#host.spell(token));
        if (value === undefined) throw new ConstantError(`${this.#host.spell(token)} is no character constant`, token);
        return { value: reduced(value, intmax), type: intmax };
      }
      case T.IDENT:
        return this.#host.named(token, this);
      case undefined:
        throw new ConstantError("a value is missing at the end", this.#tokens[this.#at - 2]);
      default:
        throw new ConstantError(`'${this.#host.spell(token as Token)}' is no value`, token);
    }
  }

  #number(token: Token): Constant {
    const text = this.#host.spell(token);
    const literal = parseInteger(text);
    if (literal === undefined) {
      const octal = /^0\d*[89]/.test(text) ? ": one that begins with 0 is octal" : "";
      throw new ConstantError(`'${text}' is no integer${octal}`, token);
    }
    if (literal.value >= 1n << 64n) throw new ConstantError(`${text} does not fit 64 bits`, token);
    return literal.unsigned ? { value: literal.value, type: uintmax } : constant(literal.value);
  }
}

export function isConstant(value: Constant | Open): value is Constant {
  return value.value !== undefined;
}

/** The common type of two (C11 6.3.1.8). */
function common(a: Constant, b: Constant): IntegerType {
  return a.type.signed && b.type.signed ? intmax : uintmax;
}

/** 1 or 0. */
export function truth(holds: boolean): Constant {
  return { value: holds ? 1n : 0n, type: intmax };
}
