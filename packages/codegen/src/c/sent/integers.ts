import type { Int, Type } from "@rbgen/btf";
import type { Expression, Local, Step } from "../body/tree.ts";
import { negated, reduced } from "../text/integer.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { common, convert, integerOf, operated, promote } from "../type/arithmetic.ts";
import { basic, stripped } from "../type/ctype.ts";
import { decayed, memberOf } from "../type/member-lookup.ts";
import type { Scope } from "../type/scope.ts";
import type { Definition } from "./definition.ts";
import { type HeldValue, valuesAt } from "./held-pointer.ts";
import type { ReachedSteps } from "./reached-steps.ts";
import { boundTo, type Frame, type Typing } from "./typing.ts";

type Stored = Extract<Definition, { readonly kind: "value" }>;

/** Expressions that one question looks at: variables may be made of each other, and of themselves. */
const mostSteps = 2000;
/** Expressions inside of each other, variables followed. */
const deepest = 100;
/** Values that one expression may have. */
const mostValues = 64;

/** An integer of a C type, or the constant part of an address. */
interface Integer {
  readonly value: bigint;
  readonly type: Type;
}

/** `variable |= right` */
type Change = Pick<Extract<Expression, { kind: "binary" }>, "operator" | "right">;

/** Computes the integers that expressions of bodies are, as C does, whatever runs. */
export class Integers {
  readonly #typing: Typing;
  readonly #scope: Scope;
  #steps = 0;
  #depth = 0;
  /** Where it is asked for what is stored: the step at which variables are asked; undefined in a function that is not known to be called. */
  #stored: { readonly step: Step | undefined; readonly reached: ReachedSteps } | undefined;

  constructor(typing: Typing, scope: Scope) {
    this.#typing = typing;
    this.#scope = scope;
  }

  /** The integer that `expression` is, parameters being what the frame's calls say; undefined for none, or for several. */
  valueOf(expression: Expression, frame: Frame | undefined): bigint | undefined {
    const values = this.valuesOf(expression, frame);
    if (values?.size !== 1) return undefined;
    const [value] = values;
    return value;
  }

  /** The integers that `expression` may be, where each is a constant; undefined where a run decides. */
  valuesOf(expression: Expression, frame: Frame | undefined): ReadonlySet<bigint> | undefined {
    this.#steps = 0;
    this.#depth = 0;
    const found = this.#all(expression, frame);
    return found && new Set(found.map(({ value }) => value));
  }

  /** The integers that an integer may hold behind a step that stores to it, each of which occurs; undefined where a run decides. */
  storedIn({ type, value, step, frame }: Stored, reached: ReachedSteps): ReadonlySet<bigint> | undefined {
    this.#steps = 0;
    this.#depth = 0;
    this.#stored = { step, reached };
    const found = converted(this.#all(value, frame), type);
    this.#stored = undefined;
    return found && new Set(found.map(({ value: own }) => own));
  }

  /** What an integer of `type` that holds one of `values` may hold behind `integer |= operand`; undefined where a run decides. */
  changed(
    values: ReadonlySet<bigint>,
    { operator, operand, type }: { readonly operator: number; readonly operand: Expression; readonly type: Type },
    frame: Frame | undefined,
  ): ReadonlySet<bigint> | undefined {
    this.#steps = 0;
    this.#depth = 0;
    const held = converted(
      [...values].map((value) => ({ value, type })),
      type,
    );
    const found = converted(held && this.#operated(operator, held, this.#all(operand, frame)), type);
    return found && new Set(found.map(({ value }) => value));
  }

  #all(expression: Expression, frame: Frame | undefined): readonly Integer[] | undefined {
    if (++this.#steps > mostSteps || this.#depth > deepest) return undefined;
    this.#depth++;
    const found = this.#read(expression, frame);
    this.#depth--;
    return found === undefined || found.length > mostValues ? undefined : found;
  }

  #read(expression: Expression, frame: Frame | undefined): readonly Integer[] | undefined {
    switch (expression.kind) {
      case "number":
        return expression.value === undefined
          ? undefined
          : [{ value: expression.value, type: expression.type ?? basic.int }];
      case "name":
        return this.#named(expression, frame);
      case "size": {
        const type = this.#typing.measuredBy(expression);
        const size = type && sizeOf(type);
        return size === undefined ? undefined : [{ value: BigInt(size), type: basic.ulong }];
      }
      case "cast":
        return converted(this.#all(expression.operand, frame), expression.type);
      case "address": {
        const offset = this.#addressOf(expression.operand, frame);
        return offset === undefined ? undefined : [{ value: offset, type: basic.ulong }];
      }
      case "last":
        return expression.value && this.#all(expression.value, frame);
      case "assignment": {
        const { target, value } = expression;
        const type = this.#typing.isBitField(target) ? undefined : this.#typing.typeOf(target);
        return type && converted(this.#all(value, frame), type);
      }
      case "choice": {
        const [then, otherwise] = [this.#all(expression.then, frame), this.#all(expression.otherwise, frame)];
        if (then === undefined || otherwise === undefined) return undefined;
        const asked = this.#all(expression.condition, frame)?.map(({ value }) => value !== 0n) ?? [true, false];
        const taken = [...(asked.includes(true) ? then : []), ...(asked.includes(false) ? otherwise : [])];
        return this.#ofOneType(taken, [...then, ...otherwise]);
      }
      case "swap":
        return this.#all(expression.operand, frame)?.map(({ value }) => swapped(value, expression.bytes));
      case "unary":
        return each(this.#all(expression.operand, frame), (operand) =>
          signed(expression.operator, operand, this.#scope),
        );
      case "binary":
        return this.#binary(expression, frame);
      default:
        return undefined;
    }
  }

  /** `values` of the arms of a conditional expression, converted to the type that arithmetic on both has (C11 6.5.15). */
  #ofOneType(values: readonly Integer[], arms: readonly Integer[]): readonly Integer[] | undefined {
    let both: Int | undefined;
    for (const arm of arms) {
      const own = integerOf(arm.type, this.#scope.underlying);
      if (own === undefined) return undefined;
      both = both === undefined ? promote(own) : common(both, promote(own));
    }
    return both && converted(distinct(values), both);
  }

  #named(expression: Extract<Expression, { kind: "name" }>, frame: Frame | undefined): readonly Integer[] | undefined {
    const { local } = expression;
    if (local === undefined) {
      const symbol = this.#scope.symbols[expression.id];
      return symbol?.kind === "constant" ? [{ value: symbol.value, type: symbol.type ?? basic.int }] : undefined;
    }
    const [given, at] = boundTo(expression, frame);
    if (given !== undefined) {
      const where = frame?.call && at?.body.steps.ofCalls.get(frame.call);
      return converted(this.#at(at === frame ? this.#stored?.step : where, given, at), local.type);
    }
    const held = this.#heldBy(local, frame);
    if (held !== undefined) {
      const all = held.map(({ value, step }) => this.#at(step, value, frame));
      return all.every((own) => own !== undefined) ? converted(distinct(all.flat()), local.type) : undefined;
    }
    if (local.parameter !== undefined || local.values.length === 0) return undefined;
    const found: Integer[] = [];
    const changes: Change[] = [];
    for (const value of local.values) {
      if (value.kind === "binary" && value.left.kind === "name" && value.left.local === local) {
        changes.push(value);
        continue;
      }
      const own = this.#all(value, frame);
      if (own === undefined) return undefined;
      found.push(...own);
    }
    const first = converted(distinct(found), local.type);
    return first && this.#closed(first, changes, local.type, frame);
  }

  /** What was assigned to a variable last, on each path to where it is asked. */
  #heldBy(local: Local, frame: Frame | undefined): readonly HeldValue[] | undefined {
    const { step, reached } = this.#stored ?? {};
    if (step === undefined || reached === undefined || frame === undefined || local.parameter !== undefined)
      return undefined;
    return valuesAt(local, step, frame, reached);
  }

  /** What `expression` is at another step. */
  #at(step: Step | undefined, expression: Expression, frame: Frame | undefined): readonly Integer[] | undefined {
    const before = this.#stored;
    if (before !== undefined) this.#stored = { ...before, step };
    const found = this.#all(expression, frame);
    this.#stored = before;
    return found;
  }

  /** What a variable may hold that begins as one of `values`, and is changed in any order, as often as one likes. */
  #closed(
    values: readonly Integer[],
    changes: readonly Change[],
    type: Type,
    frame: Frame | undefined,
  ): readonly Integer[] | undefined {
    // bits are set or cleared once: how often anything else happens only the order of the statements would tell
    if (this.#stored && changes.some(({ operator }) => operator !== T.PIPE && operator !== T.AMP)) return undefined;
    let all = values;
    for (let grown = changes.length > 0 && values.length > 0; grown; ) {
      const before = all.length;
      for (const { operator, right } of changes) {
        const made = converted(this.#operated(operator, all, this.#all(right, frame)), type);
        if (made === undefined) return undefined;
        all = distinct([...all, ...made]);
        if (all.length > mostValues) return undefined;
      }
      grown = all.length > before;
    }
    return all.length === 0 ? undefined : all;
  }

  #binary(
    { operator, left, right }: Extract<Expression, { kind: "binary" }>,
    frame: Frame | undefined,
  ): readonly Integer[] | undefined {
    const a = this.#all(left, frame);
    if (a === undefined) return undefined;
    return this.#operated(operator, a, this.#all(right, frame));
  }

  #operated(
    operator: number,
    a: readonly Integer[],
    b: readonly Integer[] | undefined,
  ): readonly Integer[] | undefined {
    if (b === undefined || a.length * b.length > mostValues) return undefined;
    const found: Integer[] = [];
    for (const one of a) {
      for (const other of b) {
        const value = joined(operator, one, other, this.#scope);
        if (value === undefined) return undefined;
        found.push(value);
      }
    }
    return distinct(found);
  }

  /** Where `expression` lies, from a constant pointer on: the offset that `&((struct event *)0)->args` is. */
  #addressOf(expression: Expression, frame: Frame | undefined): bigint | undefined {
    if (++this.#steps > mostSteps) return undefined;
    const one = (pointer: Expression): bigint | undefined => {
      const [first, ...others] = this.#all(pointer, frame) ?? [];
      return others.length > 0 ? undefined : first?.value;
    };
    if (expression.kind === "target") return one(expression.operand);
    if (expression.kind !== "member") return undefined;
    const { base, arrow, name } = expression;
    const start = arrow ? one(base) : this.#addressOf(base, frame);
    const own = start === undefined ? undefined : this.#typing.typeOf(base);
    const pointer = own && arrow ? decayed(own) : undefined;
    const type = arrow ? (pointer?.kind === "ptr" ? pointer.target : undefined) : own;
    const found = type && memberOf(type, name);
    if (start === undefined || found === undefined || found.member.bitSize !== undefined) return undefined;
    return start + BigInt(found.bitOffset) / 8n;
  }
}

function joined(operator: number, left: Integer, right: Integer, scope: Scope): Integer | undefined {
  if (operator === T.AND_AND || operator === T.OR_OR) {
    const both = operator === T.AND_AND;
    const [a, b] = [left.value !== 0n, right.value !== 0n];
    return { value: BigInt(both ? a && b : a || b), type: basic.int };
  }
  const a = integerOf(left.type, scope.underlying);
  const b = integerOf(right.type, scope.underlying);
  if (a === undefined || b === undefined) return undefined;
  const { type, value } = operated(operator, { value: left.value, type: a }, { value: right.value, type: b });
  return value === undefined ? undefined : { value, type };
}

function signed(operator: number, { value, type }: Integer, scope: Scope): Integer | undefined {
  if (operator === T.BANG) return { value: BigInt(value === 0n), type: basic.int };
  const own = integerOf(type, scope.underlying);
  if (own === undefined) return undefined;
  const promoted = promote(own);
  return { value: negated(operator, reduced(value, promoted), promoted), type: promoted };
}

function swapped(value: bigint, bytes: number): Integer {
  let rest = BigInt.asUintN(bytes * 8, value);
  let result = 0n;
  for (let i = 0; i < bytes; i++) {
    result = (result << 8n) | (rest & 255n);
    rest >>= 8n;
  }
  return { value: result, type: bytes === 2 ? basic.ushort : bytes === 4 ? basic.uint : basic.ulong };
}

/** What each of `values` is converted to `to`; undefined where one is no integer there. */
function converted(values: readonly Integer[] | undefined, to: Type): readonly Integer[] | undefined {
  return each(values, ({ value }) => {
    const result = convert(value, to);
    return typeof result === "bigint" ? { value: result, type: to } : undefined;
  });
}

function each(
  values: readonly Integer[] | undefined,
  make: (value: Integer) => Integer | undefined,
): readonly Integer[] | undefined {
  const made = values?.map(make);
  return made?.every((value) => value !== undefined) ? made : undefined;
}

function distinct(values: readonly Integer[]): readonly Integer[] {
  const seen = new Map<string, Integer>();
  for (const one of values) {
    const plain = stripped(one.type);
    seen.set(`${one.value} ${"name" in plain ? plain.name : plain.kind}`, one);
  }
  return [...seen.values()];
}
