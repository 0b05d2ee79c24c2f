import type { Type } from "@rbgen/btf";
import type { Complaints } from "../text/complaints.ts";
import * as K from "../text/keyword.ts";
import { characterValue, characterWidth, literalUnits, parseFloating, parseInteger } from "../text/literal.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { convert, type Value } from "../type/arithmetic.ts";
import { compatible, qualifiersOf } from "../type/compatible.ts";
import { basic, stripped } from "../type/ctype.ts";
import { literalType } from "../type/literal-type.ts";
import { decayed, findMember } from "../type/member-lookup.ts";
import type { Scope } from "../type/scope.ts";
import type { Cursor } from "./cursor.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Parser } from "./parser.ts";

/** Reads what expressions are made of: literals, names, parentheses and builtins. */
export class Primaries {
  readonly #parser: Parser;
  readonly #cursor: Cursor;
  readonly #scope: Scope;
  readonly #complaints: Complaints;
  readonly #evaluation: Evaluation;

  constructor(parser: Parser) {
    this.#parser = parser;
    this.#cursor = parser.cursor;
    this.#scope = parser.scope;
    this.#complaints = parser.complaints;
    this.#evaluation = parser.evaluation;
  }

  /** Reads one primary expression. */
  read(): Value {
    const cursor = this.#cursor;
    const at = cursor.at;
    switch (cursor.kind) {
      case T.NUMBER:
        cursor.at++;
        return this.#number(at);
      case T.CHAR: {
        cursor.at++;
        const text = cursor.textAt(at);
        const value = characterValue(text);
        if (value === undefined)
          return this.#complaints.poison("RB2023", cursor.positions[at]!, `${text} is no character constant`);
        const width = characterWidth(text);
        return {
          type:
            width === 4 && text.startsWith("U")
              ? basic.uint
              : width === 2
                ? basic.ushort
                : text.startsWith("u8")
                  ? basic.uchar
                  : basic.int,
          value,
        };
      }
      case T.STRING:
        return this.#string();
      case T.LPAREN: {
        cursor.at++;
        if (cursor.kind === T.LBRACE) {
          cursor.at = cursor.behind(at);
          return this.#complaints.poison(
            "RB2013",
            cursor.positions[at]!,
            "the type of a statement expression is not worked out",
          );
        }
        const value = this.#parser.expressions.full();
        cursor.expect(T.RPAREN, "of the expression");
        return value;
      }
      case T.IDENT:
        return this.#identifier(at);
      default:
        return cursor.unexpected("an expression");
    }
  }

  #number(at: number): Value {
    const text = this.#cursor.textAt(at);
    const literal = parseInteger(text);
    if (literal === undefined) {
      const floating = parseFloating(text);
      if (floating === undefined)
        return this.#complaints.poison("RB2023", this.#cursor.positions[at]!, `'${text}' is no number`);
      const type = floating.type === "float" ? basic.float : floating.type === "double" ? basic.double : basic.ldouble;
      return { type, value: floating.type === "float" ? Math.fround(floating.value) : floating.value };
    }
    const type = literalType(literal);
    if (type !== undefined) return { type, value: literal.value };
    return this.#complaints.poison("RB2023", this.#cursor.positions[at]!, `${text} does not fit 64 bits`);
  }

  #string(): Value {
    const cursor = this.#cursor;
    let units = 0;
    let width = 1;
    while (cursor.kind === T.STRING) {
      const text = cursor.textAt(cursor.at);
      const own = literalUnits(text);
      if (own === undefined)
        return this.#complaints.poison("RB2023", cursor.pos, `${text} has an escape that C does not know`);
      width = Math.max(width, characterWidth(text));
      units += own.length;
      cursor.at++;
    }
    const element = width === 4 ? basic.int : width === 2 ? basic.ushort : basic.char;
    return this.#evaluation.unknown(
      { type: { kind: "array", element, count: units + 1 }, value: undefined },
      "a string is no integer",
    );
  }

  #identifier(at: number): Value {
    const cursor = this.#cursor;
    const keyword = cursor.keyword;
    if (keyword !== 0) return this.#builtin(keyword, at);
    const id = cursor.values[at]!;
    const name = cursor.textAt(at);
    cursor.at++;
    const symbol = this.#scope.symbols[id];
    if (symbol?.kind === "constant") return { type: symbol.type, value: symbol.value };
    if (symbol?.kind === "variable")
      return this.#evaluation.unknown({ type: symbol.type, value: undefined }, `'${name}' is a variable`);
    if (symbol?.kind === "typedef") cursor.unexpected("a value");
    if (name.startsWith("__builtin_") && cursor.kind === T.LPAREN) return this.#builtinCall(name);
    const foreign = this.#parser.foreign.constant(name, cursor.positions[at]!);
    if (foreign !== undefined) return foreign;
    return this.#complaints.poison("RB2022", cursor.positions[at]!, `'${name}' is not defined`, {
      hint: "include the header that defines it, or give its value with -D",
    });
  }

  #builtin(keyword: number, at: number): Value {
    const cursor = this.#cursor;
    cursor.at++;
    switch (keyword) {
      case K.OFFSETOF: {
        cursor.expect(T.LPAREN, "of offsetof");
        const type = this.#parser.declarators.typeName();
        cursor.expect(T.COMMA, "in offsetof");
        const value = this.#designator(type);
        cursor.expect(T.RPAREN, "of offsetof");
        return value;
      }
      case K.TYPES_COMPATIBLE: {
        cursor.expect(T.LPAREN, "of __builtin_types_compatible_p");
        const a = this.#parser.declarators.typeName();
        cursor.expect(T.COMMA, "between the types");
        const b = this.#parser.declarators.typeName();
        cursor.expect(T.RPAREN, "of __builtin_types_compatible_p");
        return { type: basic.int, value: compatible(a, b) ? 1n : 0n };
      }
      case K.CHOOSE: {
        cursor.expect(T.LPAREN, "of __builtin_choose_expr");
        const condition = this.#parser.expressions.constant("the condition of __builtin_choose_expr").value;
        cursor.expect(T.COMMA, "in __builtin_choose_expr");
        const then = this.#parser.expressions.conditional();
        cursor.expect(T.COMMA, "in __builtin_choose_expr");
        const otherwise = this.#parser.expressions.conditional();
        cursor.expect(T.RPAREN, "of __builtin_choose_expr");
        return condition !== 0n ? then : otherwise;
      }
      case K.CONSTANT_P: {
        cursor.expect(T.LPAREN, "of __builtin_constant_p");
        const operand = this.#parser.expressions.full();
        cursor.expect(T.RPAREN, "of __builtin_constant_p");
        return { type: basic.int, value: operand.value === undefined ? 0n : 1n };
      }
      case K.VA_ARG: {
        cursor.at = cursor.behind(cursor.at);
        return this.#evaluation.unknown({ type: basic.int, value: undefined }, "it is no constant");
      }
      case K.GENERIC:
        return this.#generic();
      default:
        cursor.at = at;
        return cursor.unexpected("an expression");
    }
  }

  #designator(type: Type): Value {
    const cursor = this.#cursor;
    let bits = 0;
    let current = type;
    for (let first = true; ; first = false) {
      if (first || cursor.kind === T.DOT) {
        if (!first) cursor.at++;
        const pos = cursor.pos;
        if (cursor.kind !== T.IDENT) cursor.unexpected("a member's name");
        const found = findMember(current, cursor.textAt(cursor.at++), pos, this.#complaints);
        if (found.member.bitSize !== undefined)
          this.#complaints.poison("RB2006", pos, "a bit-field has no offset in bytes");
        bits += found.bitOffset;
        current = found.member.type;
      } else if (cursor.accept(T.LBRACKET)) {
        const index = this.#parser.expressions.full().value;
        cursor.expect(T.RBRACKET, "of the index");
        const array = stripped(current);
        const size = array.kind === "array" ? sizeOf(array.element) : undefined;
        if (array.kind !== "array" || size === undefined || typeof index !== "bigint")
          return cursor.unexpected("a constant index of an array");
        bits += Number(index) * size * 8;
        current = array.element;
      } else {
        return { type: basic.ulong, value: BigInt(bits / 8) };
      }
    }
  }

  #generic(): Value {
    const cursor = this.#cursor;
    cursor.expect(T.LPAREN, "of _Generic");
    const control = stripped(decayed(this.#parser.expressions.conditional().type));
    let chosen: Value | undefined;
    let fallback: Value | undefined;
    while (cursor.accept(T.COMMA)) {
      if (cursor.textAt(cursor.at) === "default") {
        cursor.at++;
        cursor.expect(T.COLON, "after default");
        fallback = this.#parser.expressions.conditional();
      } else {
        const type = this.#parser.declarators.typeName();
        cursor.expect(T.COLON, "after the type");
        const value = this.#parser.expressions.conditional();
        // The value that is asked about has no qualifiers.
        if (qualifiersOf(type) === 0 && compatible(type, control)) chosen ??= value;
      }
    }
    cursor.expect(T.RPAREN, "of _Generic");
    const result = chosen ?? fallback;
    if (result === undefined) return cursor.unexpected("a matching type in _Generic");
    return result;
  }

  /** Builtins that give a value where their arguments are constants; the rest have a type at most. */
  #builtinCall(name: string): Value {
    const cursor = this.#cursor;
    const open = cursor.at++;
    const swap = /^__builtin_bswap(16|32|64)$/.exec(name);
    if (swap !== null || name === "__builtin_expect") {
      const operand = this.#parser.expressions.conditional();
      cursor.at = cursor.behind(open);
      if (swap === null) return { type: basic.long, value: convert(operand.value, basic.long) };
      const bits = Number(swap[1]);
      const type = bits === 16 ? basic.ushort : bits === 32 ? basic.uint : basic.ulong;
      if (typeof operand.value !== "bigint") return { type, value: undefined };
      const text = BigInt.asUintN(bits, operand.value)
        .toString(16)
        .padStart(bits / 4, "0");
      return { type, value: BigInt(`0x${text.match(/../g)?.reverse().join("") ?? "0"}`) };
    }
    cursor.at = cursor.behind(open);
    return this.#evaluation.unknown({ type: basic.int, value: undefined }, `${name} is no constant here`);
  }
}
