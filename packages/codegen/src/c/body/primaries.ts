import type { Int } from "@rbgen/btf";
import { Poisoned } from "../text/complaints.ts";
import * as K from "../text/keyword.ts";
import { characterValue, parseInteger } from "../text/literal.ts";
import * as T from "../text/token.ts";
import { stripped } from "../type/ctype.ts";
import { literalType } from "../type/literal-type.ts";
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
        return numberOf(cursor.textAt(at));
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
    const { keyword } = cursor;
    if (cursor.kinds[cursor.at + 1] !== T.LPAREN) throw new Lost();
    const end = cursor.behind(cursor.at + 1);
    let value: bigint | undefined;
    let type: Int | undefined;
    try {
      // Whether compilers see a constant there is their secret.
      const read = keyword === K.CONSTANT_P ? undefined : parser.primaries.read();
      value = typeof read?.value === "bigint" ? read.value : undefined;
      const plain = read && stripped(read.type);
      type = plain?.kind === "int" ? plain : undefined;
    } catch (error) {
      if (!(error instanceof Poisoned)) throw error;
      parser.expressions.reset();
    }
    const runsNothing = keyword === K.OFFSETOF || keyword === K.CONSTANT_P || keyword === K.TYPES_COMPATIBLE;
    if (value === undefined && !runsNothing) throw new Lost();
    cursor.at = end;
    return { kind: "number", value, ...(type !== undefined && { type }) };
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
    const { cursor, facts } = this.#body;
    // Types and fields, which nothing runs for.
    if (/^__builtin_(?:preserve_(?!access_index)|btf_type_id|types_|LINE|FILE|FUNCTION)/.test(name)) {
      cursor.at = cursor.behind(cursor.at);
      return unknown;
    }
    const args = this.#arguments();
    const [first = unknown, second = unknown, third = unknown] = args;
    const target: Expression = { kind: "target", operand: first };
    switch (name) {
      case "__builtin_preserve_access_index":
      case "__builtin_expect":
      case "__builtin_expect_with_probability":
        return first;
      case "__builtin_memcpy":
      case "__builtin_memmove":
        facts.copy(target, { kind: "target", operand: second }, third);
        return first;
      case "__builtin_memset":
        if (this.#body.constant(second) === 0n) facts.steps.add({ kind: "clear", target, bytes: third });
        else facts.copy(target, unknown, third);
        return first;
      case "__builtin_bswap16":
      case "__builtin_bswap32":
      case "__builtin_bswap64":
        return { kind: "swap", bytes: Number(name.slice(-2)) / 8, operand: first };
      default:
        // Others that write strings and memory do what is not followed.
        if (/^__builtin_+(?:mem(?!cmp)|st[rp](?!n?cmp|n?len)|b(?:copy|zero)|v?s?n?printf)/.test(name)) throw new Lost();
        return unknown;
    }
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
        case T.MINUS_MINUS: {
          const back = cursor.kind === T.PLUS_PLUS ? T.MINUS : T.PLUS;
          cursor.at++;
          facts.change(value);
          // What it was before is what it is less the change.
          value = { kind: "binary", operator: back, left: value, right: { kind: "number", value: 1n } };
          continue;
        }
        default:
          return value;
      }
    }
  }

  #arguments(): readonly Expression[] {
    const { cursor, expressions } = this.#body;
    const args: Expression[] = [];
    cursor.at++;
    while (cursor.kind !== T.RPAREN) {
      if (args.length > 0) this.#body.expect(T.COMMA);
      args.push(this.#body.nested(() => expressions.assignment()));
    }
    cursor.at++;
    return args;
  }

  #call(callee: Expression): Expression {
    const { cursor, facts } = this.#body;
    const pos = cursor.positions[cursor.at - 1]!;
    const args = this.#arguments();
    const call = { kind: "call", callee, args, pos } as const;
    facts.call(call);
    return call;
  }
}

function numberOf(text: string): Expression {
  const literal = parseInteger(text);
  const type = literal && literalType(literal);
  return { kind: "number", value: literal?.value, ...(type !== undefined && { type }) };
}
