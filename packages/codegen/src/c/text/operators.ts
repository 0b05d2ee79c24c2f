import * as T from "./token.ts";

/** How tightly each binary operator binds, of the preprocessor and of the language alike (C11 6.5.5 to 6.5.14). */
const precedences: Readonly<Record<number, number>> = {
  [T.OR_OR]: 1,
  [T.AND_AND]: 2,
  [T.PIPE]: 3,
  [T.CARET]: 4,
  [T.AMP]: 5,
  [T.EQUAL_EQUAL]: 6,
  [T.BANG_EQUAL]: 6,
  [T.LESS]: 7,
  [T.GREATER]: 7,
  [T.LESS_EQUAL]: 7,
  [T.GREATER_EQUAL]: 7,
  [T.SHIFT_LEFT]: 8,
  [T.SHIFT_RIGHT]: 8,
  [T.PLUS]: 9,
  [T.MINUS]: 9,
  [T.STAR]: 10,
  [T.SLASH]: 10,
  [T.PERCENT]: 10,
};

/** What an expression is read from, and what is made of it: a constant, a value with its type, a tree. */
export interface Operands<Value> {
  /** Kind of the next token. */
  readonly kind: number;
  /** Reads what stands between two operators. */
  operand(): Value;
  /** Takes the operator that is next, and joins `left` with what `right` reads behind it. */
  join(left: Value, right: () => Value): Value;
}

/** Reads operands with binary operators between them, of which each binds at least as tightly as `lowest`. */
export function readBinary<Value>(operands: Operands<Value>, lowest = 1): Value {
  let left = operands.operand();
  for (;;) {
    const precedence = precedences[operands.kind];
    if (precedence === undefined || precedence < lowest) return left;
    left = operands.join(left, () => readBinary(operands, precedence + 1));
  }
}

/** Whether an operator gives truth of an order: 1 or 0, whatever its operands are. */
export function isComparison(kind: number): boolean {
  return kind >= T.LESS && kind <= T.BANG_EQUAL;
}

/** Whether an operator's operands keep types of their own. */
export function isShift(kind: number): boolean {
  return kind === T.SHIFT_LEFT || kind === T.SHIFT_RIGHT;
}
