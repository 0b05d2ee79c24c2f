import type { Int, Type } from "@rbgen/btf";
import { type Complaints, Poisoned } from "../text/complaints.ts";
import { negated } from "../text/integer.ts";
import * as K from "../text/keyword.ts";
import { raising } from "../text/limits.ts";
import { literalUnits, stringText } from "../text/literal.ts";
import { type Operands, readBinary } from "../text/operators.ts";
import * as T from "../text/token.ts";
import { alignOf, sizeOf } from "../type/abi.ts";
import { common, convert, promote, type Value } from "../type/arithmetic.ts";
import { basic, stripped, tagOf } from "../type/ctype.ts";
import { decayed, findMember } from "../type/member-lookup.ts";
import type { Cursor } from "./cursor.ts";
import type { Evaluation } from "./evaluation.ts";
import { initialised } from "./initialiser.ts";
import type { Parser } from "./parser.ts";

/** Reads expressions and evaluates them as they are read, with C's types. */
export class Expressions implements Operands<Value> {
  readonly #parser: Parser;
  readonly #cursor: Cursor;
  readonly #complaints: Complaints;
  readonly #evaluation: Evaluation;
  /** Addresses of lvalues that stand on a constant one: `&((struct s *)0)->m`. */
  readonly #addresses = new WeakMap<Value, bigint>();
  #depth = 0;

  constructor(parser: Parser) {
    this.#parser = parser;
    this.#cursor = parser.cursor;
    this.#complaints = parser.complaints;
    this.#evaluation = parser.evaluation;
  }

  /** Reads an integer constant expression, or gives the declaration up. */
  constant(what: string): { readonly value: bigint; readonly type: Int } {
    const cursor = this.#cursor;
    const first = cursor.pos;
    this.#evaluation.obstacle = undefined;
    const result = this.conditional();
    const type = this.#evaluation.integer(result.type);
    if (typeof result.value !== "bigint" || type === undefined) {
      const obstacle = this.#evaluation.obstacle as { readonly pos: number; readonly why: string } | undefined;
      const why = obstacle?.why ?? "it is no integer";
      this.#complaints.poison("RB2005", obstacle?.pos ?? first, `${what} is not an integer constant: ${why}`, {
        to: cursor.positions[Math.max(0, cursor.at - 1)]!,
      });
    }
    return { value: result.value, type };
  }

  /** Reads `_Static_assert(condition, "message");`. */
  staticAssert(): void {
    const cursor = this.#cursor;
    const pos = cursor.pos;
    cursor.at++;
    cursor.expect(T.LPAREN, "after _Static_assert");
    const { value } = this.constant("the condition");
    const said: string[] = [];
    if (cursor.accept(T.COMMA)) {
      for (; cursor.kind === T.STRING; cursor.at++) said.push(stringText(literalUnits(cursor.textAt(cursor.at)) ?? []));
    }
    cursor.expect(T.RPAREN, "of _Static_assert");
    cursor.expect(T.SEMICOLON, "after _Static_assert");
    if (value === 0n) {
      this.#complaints.poison(
        "RB2011",
        pos,
        `static assertion failed${said.length === 0 ? "" : `: ${said.join("")}`}`,
        { to: cursor.positions[cursor.at - 2]! },
      );
    }
  }

  /** A full expression: assignments and commas too, which have a type and no constant value. */
  full(): Value {
    let value = this.#assignment();
    while (this.#cursor.accept(T.COMMA))
      value = this.#evaluation.unknown(this.#assignment(), "a comma has no constant value");
    return value;
  }

  #assignment(): Value {
    const left = this.conditional();
    if (this.#cursor.kind !== T.EQUAL && this.#cursor.kind !== T.ASSIGN_OP) return left;
    this.#cursor.at++;
    this.#enter();
    this.#assignment();
    this.#depth--;
    return this.#evaluation.unknown(left, "an assignment is no constant");
  }

  /** A conditional expression: all that a constant may be. */
  conditional(): Value {
    this.#enter();
    let value = readBinary(this);
    if (this.#cursor.accept(T.QUESTION)) value = this.#choose(value);
    this.#depth--;
    return value;
  }

  #choose(condition: Value): Value {
    const cursor = this.#cursor;
    const then = cursor.kind === T.COLON ? condition : this.full();
    cursor.expect(T.COLON, "of the conditional");
    const otherwise = this.conditional();
    const a = this.#evaluation.integer(then.type);
    const b = this.#evaluation.integer(otherwise.type);
    const type =
      a !== undefined && b !== undefined
        ? common(promote(a, then.width), promote(b, otherwise.width))
        : this.#evaluation.armType(then, otherwise);
    if (condition.value === undefined) return { type, value: undefined };
    const chosen = Number(condition.value) !== 0 ? then : otherwise;
    return { type, value: a !== undefined && b !== undefined ? convert(chosen.value, type) : chosen.value };
  }

  get kind(): number {
    return this.#cursor.kind;
  }

  operand(): Value {
    return this.#cast();
  }

  join(left: Value, right: () => Value): Value {
    const at = this.#cursor.at++;
    return this.#evaluation.apply(at, left, right());
  }

  #cast(): Value {
    const cursor = this.#cursor;
    if (cursor.kind !== T.LPAREN || !this.#parser.specifiers.starts(cursor.at + 1)) return this.#unary();
    cursor.at++;
    const type = this.#parser.declarators.typeName();
    cursor.expect(T.RPAREN, "of the cast");
    if (cursor.kind === T.LBRACE) return this.#postfix({ type: this.#literal(type), value: undefined });
    this.#enter();
    const operand = this.#cast();
    this.#depth--;
    return { type, value: convert(operand.value, type) };
  }

  /** Skips the braces of a compound literal; its type. */
  #literal(type: Type): Type {
    const cursor = this.#cursor;
    const start = cursor.at;
    cursor.at = cursor.behind(start);
    return initialised(type, cursor, this.#parser.scope, start, cursor.at);
  }

  #unary(): Value {
    const cursor = this.#cursor;
    const at = cursor.at;
    switch (cursor.kind) {
      case T.PLUS:
      case T.MINUS:
      case T.TILDE:
      case T.BANG:
      case T.AMP:
      case T.STAR: {
        cursor.at++;
        this.#enter();
        const operand = this.#cast();
        this.#depth--;
        return this.#prefix(at, operand);
      }
      case T.PLUS_PLUS:
      case T.MINUS_MINUS:
        cursor.at++;
        this.#enter();
        return this.#evaluation.unknown(this.#leave(this.#unary()), "it changes a variable");
      case T.AND_AND:
        cursor.at += 2;
        return { type: { kind: "ptr", target: basic.void }, value: undefined };
    }
    switch (cursor.keyword) {
      case K.EXTENSION:
        cursor.at++;
        return this.#cast();
      case K.SIZEOF:
      case K.ALIGNOF:
      case K.PREFERRED_ALIGNOF:
        return this.#measure(cursor.keyword === K.SIZEOF);
    }
    return this.#postfix(this.#parser.primaries.read());
  }

  #leave(value: Value): Value {
    this.#depth--;
    return value;
  }

  #prefix(at: number, operand: Value): Value {
    const kind = this.#cursor.kinds[at]!;
    if (kind === T.AMP) return { type: { kind: "ptr", target: operand.type }, value: this.#addresses.get(operand) };
    if (kind === T.STAR) {
      const pointer = decayed(operand.type);
      if (pointer.kind !== "ptr")
        return this.#complaints.poison("RB2006", this.#cursor.positions[at]!, "'*' needs a pointer");
      const result: Value = { type: pointer.target, value: undefined };
      if (typeof operand.value === "bigint") this.#addresses.set(result, operand.value);
      return result;
    }
    if (kind === T.BANG)
      return {
        type: basic.int,
        value: operand.value === undefined ? undefined : Number(operand.value) === 0 ? 1n : 0n,
      };
    const integer = this.#evaluation.integer(operand.type);
    if (integer === undefined) {
      const type = stripped(operand.type);
      if (type.kind !== "float" || kind === T.TILDE) {
        return this.#complaints.poison(
          "RB2006",
          this.#cursor.positions[at]!,
          `'${T.spelling[kind]}' does not apply to this operand`,
        );
      }
      return {
        type,
        value: typeof operand.value === "number" ? (kind === T.MINUS ? -operand.value : operand.value) : undefined,
      };
    }
    const type = promote(integer, operand.width);
    if (typeof operand.value !== "bigint") return { type, value: undefined };
    return {
      type,
      value: negated(kind, operand.value, type),
    };
  }

  #measure(size: boolean): Value {
    const cursor = this.#cursor;
    const at = cursor.at++;
    let type: Type;
    let width: number | undefined;
    if (cursor.kind === T.LPAREN && this.#parser.specifiers.starts(cursor.at + 1)) {
      cursor.at++;
      type = this.#parser.declarators.typeName();
      cursor.expect(T.RPAREN, "of the type name");
      if (cursor.kind === T.LBRACE) type = this.#postfix({ type: this.#literal(type), value: undefined }).type;
    } else {
      this.#enter();
      const operand = this.#leave(this.#unary());
      type = operand.type;
      width = operand.width;
    }
    if (width !== undefined) this.#complaints.poison("RB2006", cursor.positions[at]!, "a bit-field has no size");
    let whole = stripped(type);
    while (whole.kind === "array") whole = stripped(whole.element);
    const node = tagOf(whole);
    if (node?.kind === "fwd") this.#parser.foreign.complete(node, cursor.positions[at]!);
    // What is wrong with it is told of already.
    if (node?.kind === "fwd" && this.#parser.scope.poisoned.has(node)) throw new Poisoned();
    const bytes = size ? sizeOf(type) : alignOf(type);
    if (bytes === undefined || (!size && sizeOf(type) === undefined && stripped(type).kind !== "array")) {
      this.#complaints.poison("RB2004", cursor.positions[at]!, "the size of an incomplete type is not known", {
        to: cursor.positions[cursor.at - 1]!,
      });
    }
    return { type: basic.ulong, value: BigInt(bytes) };
  }

  #postfix(value: Value): Value {
    const cursor = this.#cursor;
    for (;;) {
      const at = cursor.at;
      switch (cursor.kind) {
        case T.DOT:
        case T.ARROW:
          cursor.at++;
          value = this.#member(value, cursor.kinds[at] === T.ARROW);
          continue;
        case T.LBRACKET: {
          cursor.at++;
          const index = this.full();
          cursor.expect(T.RBRACKET, "of the index");
          const base = decayed(value.type);
          if (base.kind !== "ptr")
            this.#complaints.poison("RB2006", cursor.positions[at]!, "only arrays and pointers have elements");
          const address = stripped(value.type).kind === "array" ? this.#addresses.get(value) : value.value;
          const size = sizeOf(base.target);
          value = { type: base.target, value: undefined };
          if (typeof address === "bigint" && typeof index.value === "bigint" && size !== undefined) {
            this.#addresses.set(value, address + index.value * BigInt(size));
          }
          continue;
        }
        case T.LPAREN: {
          cursor.at = cursor.behind(at);
          const callee = decayed(value.type);
          const proto = callee.kind === "ptr" ? stripped(callee.target) : callee;
          value = this.#evaluation.unknown(
            { type: proto.kind === "func_proto" ? proto.result : basic.int, value: undefined },
            "a call is no constant",
          );
          continue;
        }
        case T.PLUS_PLUS:
        case T.MINUS_MINUS:
          cursor.at++;
          value = this.#evaluation.unknown(value, "it changes a variable");
          continue;
        default:
          return value;
      }
    }
  }

  #member(value: Value, arrow: boolean): Value {
    const cursor = this.#cursor;
    const pos = cursor.pos;
    if (cursor.kind !== T.IDENT) cursor.unexpected("a member's name");
    const name = cursor.textAt(cursor.at++);
    const base = arrow ? decayed(value.type) : undefined;
    const address = arrow ? value.value : this.#addresses.get(value);
    const found = findMember(
      arrow ? (base?.kind === "ptr" ? base.target : basic.void) : value.type,
      name,
      pos,
      this.#complaints,
    );
    const result: Value = {
      type: found.member.type,
      value: undefined,
      ...(found.member.bitSize !== undefined && { width: found.member.bitSize }),
    };
    if (typeof address === "bigint" && found.member.bitSize === undefined)
      this.#addresses.set(result, address + BigInt(found.bitOffset / 8));
    return result;
  }

  #enter(): void {
    const { nesting } = this.#parser.limits;
    if (++this.#depth > nesting)
      this.#complaints.abandon("RB2012", this.#cursor.pos, `expressions nest deeper than ${nesting}`, {
        hint: raising("nesting"),
      });
  }

  /** Forgets the depth that a declaration given up has left. */
  reset(): void {
    this.#depth = 0;
  }
}
