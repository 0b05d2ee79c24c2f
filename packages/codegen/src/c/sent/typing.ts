import type { Member, Type } from "@rbgen/btf";
import { type Body, type Call, type Expression, unknown } from "../body/tree.ts";
import type { Parser } from "../parse/parser.ts";
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
  /** The call of a helper that {@link body} is handed to, and run by. */
  readonly runBy?: Call;
}

/** Whether both run because of the same calls. */
export function isSameFrame(a: Frame | undefined, b: Frame | undefined): boolean {
  for (let [one, other] = [a, b]; one !== other; [one, other] = [one.caller, other.caller]) {
    if (one === undefined || other === undefined) return false;
    if (one.body !== other.body || one.call !== other.call || one.runBy !== other.runBy) return false;
  }
  return true;
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

/** Types of the expressions of bodies, as far as C tells them without a path being taken. */
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
      case "member":
        return this.#member(expression)?.type;
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

  /** Whether `target` has fewer bits than its type. */
  isBitField(target: Expression): boolean {
    return target.kind === "member" && this.#member(target)?.bitSize !== undefined;
  }

  #member({ base, arrow, name }: Extract<Expression, { kind: "member" }>): Member | undefined {
    const type = arrow ? this.#targetOf(base) : this.typeOf(base);
    return type && memberOf(type, name)?.member;
  }

  #targetOf(pointer: Expression): Type | undefined {
    const type = this.typeOf(pointer);
    const plain = type && decayed(type);
    return plain?.kind === "ptr" ? plain.target : undefined;
  }

  /** What a `sizeof` measures. */
  measuredBy({ type, operand }: Extract<Expression, { kind: "size" }>): Type | undefined {
    return type ?? (operand && this.typeOf(operand));
  }

  /** Types whose sizes a size is computed from. */
  measured(expression: Expression, frame: Frame | undefined): readonly Type[] {
    this.#steps = 0;
    const found: Type[] = [];
    this.#measure(expression, frame, found);
    return found;
  }

  #measure(expression: Expression, frame: Frame | undefined, into: Type[]): void {
    if (++this.#steps > mostSteps) return;
    switch (expression.kind) {
      case "size": {
        const type = this.measuredBy(expression);
        if (type !== undefined) into.push(type);
        break;
      }
      case "name": {
        const [given, at] = boundTo(expression, frame);
        if (given !== undefined) this.#measure(given, at, into);
        else for (const value of expression.local?.values ?? []) this.#measure(value, frame, into);
        break;
      }
      case "cast":
      case "unary":
        this.#measure(expression.operand, frame, into);
        break;
      case "last":
        this.#measure(expression.value ?? unknown, frame, into);
        break;
      case "binary":
        this.#measure(expression.left, frame, into);
        this.#measure(expression.right, frame, into);
        break;
      case "choice":
        this.#measure(expression.then, frame, into);
        this.#measure(expression.otherwise, frame, into);
        break;
    }
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
