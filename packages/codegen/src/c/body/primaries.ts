import { Poisoned } from "../text/complaints.ts";
import * as K from "../text/keyword.ts";
import { characterValue, parseInteger } from "../text/literal.ts";
import * as T from "../text/token.ts";
import type { BodyParser } from "./body-parser.ts";
import { Lost } from "./lost.ts";
import { type Expression, unknown } from "./tree.ts";

/** Reads names, numbers, parentheses and calls, and the members and elements of what they are. */
export class Primaries {
  readonly #body: BodyParser;

  constructor(body: BodyParser) {
    this.#body = body;
  }

  read(): Expression {
    return this.postfix(this.#primary());
  }

  #primary(): Expression {
    const { cursor } = this.#body;
    const { at } = cursor;
    switch (cursor.kind) {
      case T.NUMBER:
        cursor.at++;
        return { kind: "number", value: parseInteger(cursor.textAt(at))?.value };
      case T.CHAR:
        cursor.at++;
        return { kind: "number", value: characterValue(cursor.textAt(at)) };
      case T.STRING:
        while (cursor.kind === T.STRING) cursor.at++;
        return unknown;
      case T.LPAREN: {
        cursor.at++;
        const value: Expression =
          cursor.kind === T.LBRACE
            ? { kind: "last", value: this.#inline() }
            : this.#body.nested(() => this.#body.expressions.full());
        this.#body.expect(T.RPAREN);
        return value;
      }
      case T.IDENT:
        return cursor.keyword === 0 ? this.#name() : this.#constant();
      default:
        throw new Lost();
    }
  }

  #name(): Expression {
    const { cursor } = this.#body;
    const local = this.#body.localAt(cursor.at);
    const at = cursor.at++;
    // Arguments of these are no expressions, or hand one on.
    const name = cursor.textAt(at);
    if (local === undefined && name.startsWith("__builtin_") && cursor.kind === T.LPAREN) return this.#builtin(name);
    return { kind: "name", id: cursor.values[at]!, local };
  }

  /** Reads offsetof and its like: constants, which the parser of constants knows. */
  #constant(): Expression {
    const { cursor, parser } = this.#body;
    if (cursor.kinds[cursor.at + 1] !== T.LPAREN) throw new Lost();
    const end = cursor.behind(cursor.at + 1);
    let value: bigint | undefined;
    try {
      const read = cursor.keyword === K.OFFSETOF ? parser.primaries.read().value : undefined;
      value = typeof read === "bigint" ? read : undefined;
    } catch (error) {
      if (!(error instanceof Poisoned)) throw error;
      parser.expressions.reset();
    }
    cursor.at = end;
    return { kind: "number", value };
  }

  /** Reads the block of `({ … })`. */
  #inline(): Expression | undefined {
    const { facts, statements } = this.#body;
    const { ended } = facts;
    const last = statements.block();
    facts.ended = ended;
    return last;
  }

  #builtin(name: string): Expression {
    const { cursor, facts, expressions } = this.#body;
    const end = cursor.behind(cursor.at);
    const handsOn = name === "__builtin_preserve_access_index" || name === "__builtin_expect";
    const copies = name === "__builtin_memcpy" || name === "__builtin_memmove";
    cursor.at++;
    const sets = name === "__builtin_memset";
    const argument = (): Expression => this.#body.nested(() => expressions.assignment());
    const first = handsOn || copies || sets ? argument() : unknown;
    const target: Expression = { kind: "target", operand: first };
    if (copies) facts.store(target, unknown);
    if (sets && cursor.accept(T.COMMA)) {
      const byte = this.#body.constant(argument());
      facts.steps.add(byte === 0n ? { kind: "clear", target } : { kind: "store", target, value: unknown });
    }
    cursor.at = end;
    return copies || sets ? unknown : first;
  }

  postfix(start: Expression): Expression {
    const { cursor, facts, expressions } = this.#body;
    let value = start;
    for (;;) {
      const { at } = cursor;
      switch (cursor.kind) {
        case T.DOT:
        case T.ARROW:
          value = { kind: "member", base: value, arrow: cursor.kind === T.ARROW, name: cursor.textAt(at + 1) };
          cursor.at += 2;
          continue;
        case T.LBRACKET:
          cursor.at++;
          value = { kind: "element", base: value, index: this.#body.nested(() => expressions.full()) };
          this.#body.expect(T.RBRACKET);
          continue;
        case T.LPAREN:
          value = this.#call(value);
          continue;
        case T.PLUS_PLUS:
        case T.MINUS_MINUS:
          cursor.at++;
          facts.change(value);
          continue;
        default:
          return value;
      }
    }
  }

  #call(callee: Expression): Expression {
    const { cursor, facts, expressions } = this.#body;
    const pos = cursor.positions[cursor.at - 1]!;
    cursor.at++;
    const args: Expression[] = [];
    while (cursor.kind !== T.RPAREN) {
      if (args.length > 0) this.#body.expect(T.COMMA);
      args.push(this.#body.nested(() => expressions.assignment()));
    }
    cursor.at++;
    const call = { kind: "call", callee, args, pos } as const;
    facts.call(call);
    return call;
  }
}
