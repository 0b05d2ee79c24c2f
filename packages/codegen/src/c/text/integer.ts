import * as T from "./token.ts";

/** A type of integers, as far as arithmetic on their values asks. */
export interface IntegerType {
  /** Bytes. */
  readonly size: number;
  readonly signed: boolean;
}

/** `value` brought into the range of `type`, as a conversion does. */
export function reduced(value: bigint, { size, signed }: IntegerType): bigint {
  return signed ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value);
}

/**
 * `a op b`, the operator by the kind of its token, on integers that have been brought to `type` (of a shift only the left one
 * is); a comparison is 1 or 0. Undefined where C does not define it: division by zero, a shift out of range.
 *
 * The one place where integers of C are computed: `#if`, enumerators, array bounds, assertions, macros, annotations and what code
 * stores differ in which type their operands have.
 */
export function operate(kind: number, a: bigint, b: bigint, type: IntegerType): bigint | undefined {
  switch (kind) {
    case T.PLUS:
      return reduced(a + b, type);
    case T.MINUS:
      return reduced(a - b, type);
    case T.STAR:
      return reduced(a * b, type);
    case T.SLASH:
      return b === 0n ? undefined : reduced(a / b, type);
    case T.PERCENT:
      return b === 0n ? undefined : reduced(a % b, type);
    case T.AMP:
      return reduced(a & b, type);
    case T.PIPE:
      return reduced(a | b, type);
    case T.CARET:
      return reduced(a ^ b, type);
    case T.SHIFT_LEFT:
    case T.SHIFT_RIGHT:
      if (b < 0n || b >= BigInt(type.size * 8)) return undefined;
      return reduced(kind === T.SHIFT_LEFT ? a << b : a >> b, type);
    default:
      return compare(kind, a, b) ? 1n : 0n;
  }
}

/** The same where `type` holds what it comes to: undefined, too, where bits would be left out. */
export function operateExactly(kind: number, a: bigint, b: bigint, type: IntegerType): bigint | undefined {
  const value = operate(kind, a, b, type);
  return value === operate(kind, a, b, { size: type.size * 2, signed: true }) ? value : undefined;
}

/** Truth of `a op b`. */
export function compare(kind: number, a: bigint | number, b: bigint | number): boolean {
  switch (kind) {
    case T.EQUAL_EQUAL:
    case T.BANG_EQUAL: {
      const equal = typeof a === typeof b ? a === b : Number(a) === Number(b);
      return equal === (kind === T.EQUAL_EQUAL);
    }
    case T.LESS:
      return a < b;
    case T.GREATER:
      return a > b;
    case T.LESS_EQUAL:
      return a <= b;
    case T.GREATER_EQUAL:
      return a >= b;
    default:
      throw new RangeError(`no binary operator: token ${kind}`);
  }
}

/** `op a`, on an integer of `type`; the operator is `+`, `-` or `~`. */
export function negated(kind: number, a: bigint, type: IntegerType): bigint {
  return reduced(kind === T.MINUS ? -a : kind === T.TILDE ? ~a : a, type);
}
