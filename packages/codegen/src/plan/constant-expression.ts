import {
  type Constant,
  ConstantError,
  type ConstantHost,
  ConstantReader,
  constant,
  type Open,
} from "../c/text/constant.ts";
import { Interner } from "../c/text/interner.ts";
import { tokensOf } from "../c/text/lone-text.ts";
import type { Token } from "../c/text/token.ts";
import * as T from "../c/text/token.ts";
import { AnnotationError } from "./annotations.ts";
import type { Constants } from "./constants.ts";

/** What an expression of an annotation is made of beside integers, and what operators make of that. */
export interface Terms<Other extends Open> {
  /** What the name or path (`hdr.lens[1]`) stands for. */
  readonly named: (path: string) => Constant | Other;
  /** An operator with one operand, two, or three of `?:`, of which one is no constant. */
  readonly applied: (operator: number, ...operands: readonly (Constant | Other)[]) => Constant | Other;
}

/** Parentheses inside of each other. */
const nesting = 100;
const longest = 1000;
const opened = { comment: "comment", string: "string", char: "character" } as const;

/** The rest of a path of which `reader` has read the first name. */
function pathBehind<Other extends Open>(reader: ConstantReader<Other>, spell: (token: Token) => string): string {
  let path = "";
  for (;;) {
    const dot = reader.kind === T.DOT;
    if (!dot && reader.kind !== T.LBRACKET) return path;
    const sign = reader.take() as Token;
    const step = reader.take();
    const close = dot ? undefined : reader.take();
    if (step?.kind !== (dot ? T.IDENT : T.NUMBER) || (!dot && close?.kind !== T.RBRACKET))
      throw new ConstantError(dot ? "a member's name is missing" : "an index is a number in brackets", sign);
    path += dot ? `.${spell(step)}` : `[${spell(step)}]`;
  }
}

/**
 * What C arithmetic in an annotation comes to: that of `#if`, in 64 bits, so that what a type of C would leave out is an error.
 * @throws AnnotationError for what is none
 */
export function evaluate<Other extends Open>(text: string, { named, applied }: Terms<Other>): Constant | Other {
  if (text.length > longest) throw new AnnotationError(`a constant is longer than ${longest} characters`);
  const interner = new Interner();
  const tokens = tokensOf(text, interner);
  if (typeof tokens === "string")
    throw new AnnotationError(`${text} is no constant: a ${opened[tokens]} is not closed`);
  const spell = (token: Token): string => T.spelt(token.kind, token.value, interner.names);
  const host: ConstantHost<Other> = {
    nesting,
    exact: true,
    spell,
    named: (token, reader) => named(spell(token) + pathBehind(reader, spell)),
    undefinedResult: (operator, left, right) => {
      const { kind } = operator;
      if ((kind === T.SLASH || kind === T.PERCENT) && right.value === 0n)
        throw new ConstantError("it divides by zero", operator);
      throw new ConstantError(`${left.value} ${spell(operator)} ${right.value} does not fit 64 bits`, operator);
    },
    applied: ({ kind }, ...operands) => applied(kind, ...operands),
    tooDeep: () => `it nests deeper than ${nesting}`,
  };
  try {
    return new ConstantReader(tokens, host).whole();
  } catch (error) {
    if (!(error instanceof ConstantError)) throw error;
    throw new AnnotationError(
      `${text} is no constant: ${error.message}`,
      "a number, an enumerator, a #define or C arithmetic on these is one",
    );
  }
}

/** The value of an enumerator or a `#define`. @throws AnnotationError where the input has none of that name */
export function namedConstant(name: string, constants: Constants): Constant {
  const value = constants.value(name);
  if (value !== undefined) return constant(value);
  throw new AnnotationError(
    `${name} is neither an enumerator nor an integer #define that the input holds`,
    constants.hint(name),
  );
}

/**
 * The value of a C integer constant in an annotation: literals, enumerators and `#define`s by name, and arithmetic
 * (`1 << 3`, `BASE + 2`).
 */
export function evaluateConstant(text: string, constants: Constants): bigint {
  return evaluate<never>(text, {
    named: (name) => namedConstant(name, constants),
    applied: (operator) => {
      throw new RangeError(`all operands of ${T.spelling[operator]} are constants`);
    },
  }).value;
}
