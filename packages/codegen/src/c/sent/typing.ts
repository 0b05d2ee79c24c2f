import type { Type } from "@rbgen/btf";
import { type Body, type Call, type Expression, unknown } from "../body/tree.ts";
import type { Parser } from "../parse/parser.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { basic, stripped } from "../type/ctype.ts";
import { decayed, memberOf } from "../type/member-lookup.ts";

/** Expressions that one question looks at: variables may be made of each other, and of themselves. */
const mostSteps = 2000;

/** A function that runs because of a call, and what it was called with. */
export interface Frame {
  readonly body: Body;
  /** Undefined for a function that the kernel calls. */
  readonly call: Call | undefined;
  readonly caller: Frame | undefined;
}

/** Whether `body` runs because of a call of itself. */
export function isRunning(body: Body, frame: Frame | undefined): boolean {
  for (let at = frame; at !== undefined; at = at.caller) if (at.body === body) return true;
  return false;
}

/** Whether `type` says what lies there: a struct, union or scalar of more than a byte. */
export function tells(type: Type): boolean {
  const plain = stripped(type);
  if (plain.kind === "struct" || plain.kind === "union") return plain.size > 0;
  if (plain.kind === "int") return plain.size > 1;
  return plain.kind === "enum" || plain.kind === "enum64" || plain.kind === "float";
}

/** What `type` points to, where that says what lies there. */
export function toldTarget(type: Type | undefined): Type | undefined {
  const pointer = type === undefined ? undefined : decayed(type);
  return pointer?.kind === "ptr" && tells(pointer.target) ? pointer.target : undefined;
}

/** Types and constant values of the expressions of bodies, as far as C tells them without a path being taken. */
export class Typing {
  readonly #parser: Parser;
  #steps = 0;

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** The C type of `expression`; undefined where it is not worked out. */
  typeOf(expression: Expression): Type | undefined {
    switch (expression.kind) {
      case "name": {
        if (expression.local !== undefined) return expression.local.type;
        return this.#parser.scope.symbols[expression.id]?.type;
      }
      case "cast":
      case "compound":
        return expression.type;
      case "address": {
        const target = this.typeOf(expression.operand);
        return target && { kind: "ptr", target };
      }
      case "target":
        return this.#targetOf(expression.operand);
      case "element":
        return this.#targetOf(expression.base);
      case "member": {
        const base = expression.arrow ? this.#targetOf(expression.base) : this.typeOf(expression.base);
        return base && memberOf(base, expression.name)?.member.type;
      }
      case "call": {
        const callee = this.typeOf(expression.callee);
        const plain = callee && decayed(callee);
        const proto = plain?.kind === "ptr" ? stripped(plain.target) : undefined;
        return proto?.kind === "func_proto" ? proto.result : undefined;
      }
      case "size":
        return basic.ulong;
      case "binary":
        return this.typeOf(expression.left);
      case "choice":
        return this.typeOf(expression.then) ?? this.typeOf(expression.otherwise);
      case "assignment":
        return this.typeOf(expression.target);
      case "last":
        return expression.value && this.typeOf(expression.value);
      default:
        return undefined;
    }
  }

  #targetOf(pointer: Expression): Type | undefined {
    const type = this.typeOf(pointer);
    const plain = type && decayed(type);
    return plain?.kind === "ptr" ? plain.target : undefined;
  }

  #measuredBy({ type, operand }: Extract<Expression, { kind: "size" }>): Type | undefined {
    return type ?? (operand && this.typeOf(operand));
  }

  /** Forgets how many steps were taken: for the next question that a program's text asks. */
  restart(): void {
    this.#steps = 0;
  }

  /** The integer that `expression` is, parameters being what the frame's calls say; undefined for none, or for several. */
  valueOf(expression: Expression, frame: Frame | undefined): bigint | undefined {
    if (++this.#steps > mostSteps) return undefined;
    switch (expression.kind) {
      case "number":
        return expression.value;
      case "name": {
        const { local } = expression;
        if (local === undefined) {
          const symbol = this.#parser.scope.symbols[expression.id];
          return symbol?.kind === "constant" ? symbol.value : undefined;
        }
        const [given, at] = boundTo(expression, frame);
        return given === undefined ? undefined : this.valueOf(given, at);
      }
      case "size": {
        const type = this.#measuredBy(expression);
        const size = type && sizeOf(type);
        return size === undefined ? undefined : BigInt(size);
      }
      case "cast":
        return this.valueOf(expression.operand, frame);
      case "address":
        return this.#addressOf(expression.operand, frame);
      case "last":
        return expression.value && this.valueOf(expression.value, frame);
      case "unary": {
        const operand = this.valueOf(expression.operand, frame);
        if (operand === undefined) return undefined;
        return expression.operator === T.MINUS ? -operand : expression.operator === T.PLUS ? operand : undefined;
      }
      case "binary":
        return operation(
          expression.operator,
          this.valueOf(expression.left, frame),
          this.valueOf(expression.right, frame),
        );
      default:
        return undefined;
    }
  }

  /** The integers that `expression` may be, where each is a constant; undefined where a run decides. */
  valuesOf(expression: Expression, frame: Frame | undefined): ReadonlySet<bigint> | undefined {
    const found = new Set<bigint>();
    return this.#addValues(expression, frame, found, 0) ? found : undefined;
  }

  #addValues(expression: Expression, frame: Frame | undefined, found: Set<bigint>, depth: number): boolean {
    if (depth > 50) return false;
    const add = (value: Expression, at = frame): boolean => this.#addValues(value, at, found, depth + 1);
    switch (expression.kind) {
      case "choice":
        return add(expression.then) && add(expression.otherwise);
      case "last":
        return expression.value !== undefined && add(expression.value);
      case "assignment":
        return add(expression.value);
      case "cast": {
        const type = stripped(expression.type);
        if (type.kind !== "int") return add(expression.operand);
        const values = new Set<bigint>();
        if (!this.#addValues(expression.operand, frame, values, depth + 1)) return false;
        const cut = type.signed ? BigInt.asIntN : BigInt.asUintN;
        for (const value of values) found.add(type.bool ? BigInt(value !== 0n) : cut(type.size * 8, value));
        return true;
      }
      case "name": {
        const [given, at] = boundTo(expression, frame);
        if (given !== undefined) return add(given, at);
        const { local } = expression;
        if (local === undefined || local.parameter !== undefined || local.values.length === 0) break;
        return local.values.every((value) => add(value));
      }
    }
    const value = this.valueOf(expression, frame);
    if (value !== undefined) found.add(value);
    return value !== undefined;
  }

  /** Where `expression` lies, from a constant pointer on: the offset that `&((struct event *)0)->args` is. */
  #addressOf(expression: Expression, frame: Frame | undefined): bigint | undefined {
    if (++this.#steps > mostSteps) return undefined;
    if (expression.kind === "target") return this.valueOf(expression.operand, frame);
    if (expression.kind !== "member") return undefined;
    const { base, arrow, name } = expression;
    const start = arrow ? this.valueOf(base, frame) : this.#addressOf(base, frame);
    const type = start === undefined ? undefined : arrow ? this.#targetOf(base) : this.typeOf(base);
    const found = type && memberOf(type, name);
    if (start === undefined || found === undefined || found.member.bitSize !== undefined) return undefined;
    return start + BigInt(found.bitOffset) / 8n;
  }

  /** Types whose sizes a size is computed from. */
  measured(expression: Expression, frame: Frame | undefined, into: Type[] = []): readonly Type[] {
    if (++this.#steps > mostSteps) return into;
    switch (expression.kind) {
      case "size": {
        const type = this.#measuredBy(expression);
        if (type !== undefined) into.push(type);
        break;
      }
      case "name": {
        const [given, at] = boundTo(expression, frame);
        if (given !== undefined) this.measured(given, at, into);
        else for (const value of expression.local?.values ?? []) this.measured(value, frame, into);
        break;
      }
      case "cast":
      case "unary":
        this.measured(expression.operand, frame, into);
        break;
      case "last":
        this.measured(expression.value ?? unknown, frame, into);
        break;
      case "binary":
        this.measured(expression.left, frame, into);
        this.measured(expression.right, frame, into);
        break;
      case "choice":
        this.measured(expression.then, frame, into);
        this.measured(expression.otherwise, frame, into);
        break;
    }
    return into;
  }
}

/** What a variable is for certain, and where: the argument of a parameter that is never assigned, or the only value of a local one. */
export function boundTo(
  expression: Expression,
  frame: Frame | undefined,
): readonly [Expression | undefined, Frame | undefined] {
  if (expression.kind !== "name" || expression.local === undefined) return [undefined, undefined];
  const { parameter, values } = expression.local;
  if (parameter === undefined) return values.length === 1 ? [values[0], frame] : [undefined, undefined];
  if (values.length > 0 || frame?.call === undefined) return [undefined, undefined];
  return [frame.call.args[parameter], frame.caller];
}

function operation(operator: number, left: bigint | undefined, right: bigint | undefined): bigint | undefined {
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case T.PLUS:
      return left + right;
    case T.MINUS:
      return left - right;
    case T.STAR:
      return left * right;
    case T.PIPE:
      return left | right;
    case T.AMP:
      return left & right;
    case T.SHIFT_LEFT:
      return right >= 0n && right < 64n ? left << right : undefined;
    case T.SHIFT_RIGHT:
      return right >= 0n && right < 64n ? left >> right : undefined;
    case T.SLASH:
      return right === 0n ? undefined : left / right;
    case T.PERCENT:
      return right === 0n ? undefined : left % right;
    default:
      return undefined;
  }
}
