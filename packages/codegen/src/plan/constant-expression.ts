import { AnnotationError } from "./annotations.ts";

const token =
  /\s*(?:(0[xX][\da-fA-F]+|0[bB][01]+|\d+)[uUlL]*|([A-Za-z_]\w*(?:\[\d+\])*(?:\.[A-Za-z_]\w*(?:\[\d+\])*)*)|(<<|>>|[-+*/%&|^~()]))/y;

const precedence: Readonly<Record<string, number>> = {
  "|": 1,
  "^": 2,
  "&": 3,
  "<<": 4,
  ">>": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};

/** The value of an operator between constants. */
export function applyConstant(operator: string, left: bigint, right: bigint): bigint {
  switch (operator) {
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "&":
      return left & right;
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "<<":
    case ">>":
      if (right < 0n || right > 128n) throw new AnnotationError(`a shift by ${right} bits is no constant`);
      return operator === "<<" ? left << right : left >> right;
    default:
      if (right === 0n) throw new AnnotationError("a constant divides by zero");
      return operator === "/" ? left / right : left % right;
  }
}

function tokens(text: string): string[] {
  const found: string[] = [];
  token.lastIndex = 0;
  const source = text.trim();
  if (source.length > 1000) throw new AnnotationError("a constant is longer than 1000 characters");
  while (token.lastIndex < source.length) {
    const match = token.exec(source);
    if (match === null)
      throw new AnnotationError(`${text} is no constant: a number, an enumerator, a #define or C arithmetic on these`);
    const number = match[1];
    if (number !== undefined && /^0\d*[89]/.test(number)) {
      throw new AnnotationError(
        `${number} is no constant: a number that begins with 0 is octal in C`,
        "write it without the 0",
      );
    }
    const octal = number !== undefined && /^0\d+$/.test(number) ? `0o${number.slice(1)}` : number;
    found.push(octal ?? match[2] ?? match[3] ?? "");
  }
  return found;
}

/** What an expression is made of while it is read: constants alone, or members, too. */
export interface Algebra<Value> {
  readonly number: (value: bigint) => Value;
  readonly name: (name: string) => Value;
  /** `-` or `~` of a value. */
  readonly unary: (operator: "-" | "~", value: Value) => Value;
  readonly binary: (operator: string, left: Value, right: Value) => Value;
}

/**
 * What C arithmetic in an annotation comes to, by the precedence of C.
 * @throws AnnotationError for what is none
 */
export function evaluate<Value>(text: string, algebra: Algebra<Value>): Value {
  const list = tokens(text);
  let at = 0;
  const unary = (): Value => {
    const next = list[at++];
    if (next === undefined) throw new AnnotationError(`${text} is no constant: it ends too early`);
    if (next === "-" || next === "~") return algebra.unary(next, unary());
    if (next === "+") return unary();
    if (next === "(") {
      const value = binary(0);
      if (list[at++] !== ")") throw new AnnotationError(`${text} is no constant: a parenthesis is open`);
      return value;
    }
    if (/^\d/.test(next)) return algebra.number(BigInt(next));
    if (/^\w/.test(next)) return algebra.name(next);
    throw new AnnotationError(`${text} is no constant: ${next} is out of place`);
  };
  const binary = (minimum: number): Value => {
    let left = unary();
    for (;;) {
      const operator = list[at];
      const level = operator === undefined ? undefined : precedence[operator];
      if (operator === undefined || level === undefined || level <= minimum) return left;
      at += 1;
      left = algebra.binary(operator, left, binary(level));
    }
  };
  const value = binary(0);
  if (at < list.length) throw new AnnotationError(`${text} is no constant: ${list[at]} is out of place`);
  return value;
}

/** The value of an enumerator or a `#define`. @throws AnnotationError where the input has none of that name */
export function namedConstant(name: string, lookup: (name: string) => bigint | undefined): bigint {
  const value = lookup(name);
  if (value !== undefined) return value;
  throw new AnnotationError(
    `${name} is neither an enumerator nor an integer #define that the input holds`,
    "BTF holds no macros: name an enumerator, or write the number",
  );
}

/**
 * The value of a C integer constant in an annotation: literals, enumerators and `#define`s by name, and arithmetic
 * (`1 << 3`, `BASE + 2`).
 */
export function evaluateConstant(text: string, lookup: (name: string) => bigint | undefined): bigint {
  return evaluate<bigint>(text, {
    number: (value) => value,
    name: (name) => namedConstant(name, lookup),
    unary: (operator, value) => (operator === "-" ? -value : ~value),
    binary: applyConstant,
  });
}
