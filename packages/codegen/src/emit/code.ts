import { identifier, type Name, type Word } from "../plan/names.ts";

/** Binary operators that generated code uses, by how strongly they bind. */
const strengths = {
  "??": 1,
  "||": 1,
  "&&": 2,
  "|": 3,
  "&": 4,
  "===": 5,
  "!==": 5,
  "<": 6,
  "<=": 6,
  ">": 6,
  "<<": 7,
  ">>": 7,
  ">>>": 7,
  "+": 8,
  "-": 8,
  "*": 9,
  "/": 9,
} as const;

export type Operator = keyof typeof strengths;

/** Operators of which readers do not know by heart which binds stronger: beside any other they stand in parentheses. */
const unfamiliar: ReadonlySet<Operator> = new Set(["??", "|", "&", "<<", ">>", ">>>"]);

/**
 * A piece of generated code as a value: its text, which locals of the generated code it mentions, and how it is joined with
 * others.
 */
class Fragment {
  readonly #text: string;
  /** How often each local is mentioned; a local is a fragment of its own. */
  readonly #mentions: ReadonlyMap<Fragment, number>;
  /** Of an expression of two operands: what joins them. */
  readonly operator: Operator | undefined;

  constructor(text: string, mentions: ReadonlyMap<Fragment, number> = none, operator?: Operator) {
    this.#text = text;
    this.#mentions = mentions;
    this.operator = operator;
  }

  get mentions(): ReadonlyMap<Fragment, number> {
    return this.#mentions;
  }

  toString(): string {
    return this.#text;
  }
}

const none: ReadonlyMap<Fragment, number> = new Map();

/** An identifier that knows where it is mentioned: itself. */
class Local extends Fragment {
  override get mentions(): ReadonlyMap<Fragment, number> {
    return new Map([[this, 1]]);
  }
}

/**
 * Text of generated code. Only this module and the names of the plan make it: what an input says is a plain string, and an
 * emitter that puts one into code does not compile.
 */
export type Code = Name | Fragment;

/** What is put into generated code as it is. */
type Part<Given> = Given extends Code | number | bigint | boolean ? Given : Word<Given>;

type AnyPart = Code | string | number | bigint | boolean;

function mentionsIn(parts: readonly AnyPart[]): ReadonlyMap<Fragment, number> {
  let all: Map<Fragment, number> | undefined;
  for (const part of parts) {
    if (!(part instanceof Fragment)) continue;
    for (const [local, count] of part.mentions) {
      all ??= new Map();
      all.set(local, (all.get(local) ?? 0) + count);
    }
  }
  return all ?? none;
}

/**
 * Generated code with other code, names and numbers in it: something that holds together, such as a call or a statement. What
 * an operator joins is made by {@link binary}.
 */
export function code<const All extends readonly AnyPart[]>(
  strings: TemplateStringsArray,
  ...parts: { readonly [Index in keyof All]: Part<All[Index]> }
): Code {
  const given: readonly AnyPart[] = parts;
  return new Fragment(String.raw({ raw: strings }, ...given), mentionsIn(given));
}

/** A parameter, local or private field of generated code, whose mentions are counted. */
export function local<const Text extends string>(text: Code | Word<Text>): Code {
  return new Local(`${text}`);
}

/** How often a local of {@link local} is mentioned. */
export function mentions(text: Code, name: Code): number {
  return text instanceof Fragment && name instanceof Fragment ? (text.mentions.get(name) ?? 0) : 0;
}

/** Whether `part` is made by this module. */
export function isCode(part: unknown): part is Code {
  return part instanceof Fragment;
}

/** The text as a file has it. */
export function textOf(text: Code): string {
  return `${text}`;
}

/** Pieces of code, one behind another. */
export function join(parts: readonly Code[], separator: Code): Code {
  return new Fragment(parts.join(textOf(separator)), mentionsIn(parts));
}

/** Lines of code as one text. */
export function block(parts: readonly Code[]): Code {
  return join(parts, code`\n`);
}

/** An expression within another one, in parentheses unless it holds together by itself. */
export function operand(given: Code): Code {
  return given instanceof Fragment && given.operator !== undefined ? code`(${given})` : given;
}

function beside(given: Code, operator: Operator, right: boolean): Code {
  const inner = given instanceof Fragment ? given.operator : undefined;
  if (inner === undefined) return given;
  if (inner === operator) return right && (operator === "-" || operator === "/") ? code`(${given})` : given;
  if (unfamiliar.has(operator) || unfamiliar.has(inner)) return code`(${given})`;
  const stronger = strengths[inner] - strengths[operator];
  return stronger > 0 || (stronger === 0 && !right) ? given : code`(${given})`;
}

/** Operands joined by an operator, those in parentheses that need them; the only one of them as it is. */
export function binary(operator: Operator, first: Code, ...more: readonly Code[]): Code {
  return more.reduce<Code>((left, next) => {
    const parts = [beside(left, operator, false), beside(next, operator, true)];
    return new Fragment(parts.join(` ${operator} `), mentionsIn(parts), operator);
  }, first);
}

/** A number as the bits it stands for. */
export function hex(value: number): Code {
  return new Fragment(`0x${value.toString(16)}`);
}

// Text of an input is data: it enters generated code through the functions below and no others.

/** Controls, line and paragraph separators, marks that reorder text or are not seen, lone surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * `text` inside of a comment, on one line: what ends a comment, what a reader cannot see and what TypeScript takes for a tag
 * (`@deprecated`, `{@link}`) is escaped.
 */
export function commentText(text: string): Code {
  return new Fragment(
    text
      .replace(/[\t\n\v\f\r ]+/g, " ")
      .trim()
      .replaceAll("*/", "*\\/")
      .replaceAll("@", "\\@")
      .replace(unseen, escaped),
  );
}

/**
 * `text` as a string literal. A backslash is written by its number: the printer takes the quote behind two of them for one
 * of the text, and would then read what follows as code and as comments.
 */
export function quote(text: string): Code {
  const literal = JSON.stringify(text).replace(/\\(.)/gu, (pair, next: string) => (next === "\\" ? "\\u005c" : pair));
  return new Fragment(literal.replace(unseen, escaped));
}

/** `name` as the key of a property in a literal or a type. */
export function propertyKey(name: string): Code {
  if (name === "__proto__") return code`["__proto__"]`;
  const free = identifier(name);
  return name !== "" && name === free ? free : quote(name);
}

/** A property of an object and what it is, in a literal or a pattern: one name where both have it. */
export function property(name: Code, given: Code): Code {
  return textOf(name) === textOf(given) ? given : code`${name}: ${given}`;
}
