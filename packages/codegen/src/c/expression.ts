import type { Int, Member, Type } from "@rbgen/btf";
import { alignOf, sizeOf } from "./abi.ts";
import { common, compare, convert, integerOperation, promote, type Value, wrap } from "./arithmetic.ts";
import type { Complaints } from "./complaints.ts";
import { basic, stripped } from "./ctype.ts";
import type { Cursor } from "./cursor.ts";
import * as K from "./keyword.ts";
import { characterValue, characterWidth, literalUnits, parseFloating, parseInteger, stringText } from "./literal.ts";
import type { Scope } from "./scope.ts";
import * as T from "./token.ts";

/** What expressions ask of the declaration parser. */
export interface TypeNames {
  /** Whether the token at `at` starts a type name. */
  startsType(at: number): boolean;
  /** Reads a type name: specifiers and an abstract declarator. */
  typeName(): Type;
  /** Looks an identifier up that the file does not define: an enum constant of the kernel. */
  foreignConstant(name: string): Value | undefined;
}

const precedences: Readonly<Record<number, number>> = {
  [T.OR_OR]: 1,
  [T.AND_AND]: 2,
  [T.PIPE]: 3,
  [T.CARET]: 4,
  [T.AMP]: 5,
  [T.EQUAL_EQUAL]: 6,
  [T.BANG_EQUAL]: 6,
  [T.LESS]: 7,
  [T.GREATER]: 7,
  [T.LESS_EQUAL]: 7,
  [T.GREATER_EQUAL]: 7,
  [T.SHIFT_LEFT]: 8,
  [T.SHIFT_RIGHT]: 8,
  [T.PLUS]: 9,
  [T.MINUS]: 9,
  [T.STAR]: 10,
  [T.SLASH]: 10,
  [T.PERCENT]: 10,
};

/** Reads expressions and evaluates them as they are read, with C's types. */
export class Expressions {
  readonly #cursor: Cursor;
  readonly #scope: Scope;
  readonly #complaints: Complaints;
  readonly #types: TypeNames;
  readonly #deepest: number;
  #depth = 0;
  /** Why the expression last read has no value. */
  #obstacle: { readonly pos: number; readonly why: string } | undefined;

  constructor(cursor: Cursor, scope: Scope, complaints: Complaints, types: TypeNames, deepest: number) {
    this.#cursor = cursor;
    this.#scope = scope;
    this.#complaints = complaints;
    this.#types = types;
    this.#deepest = deepest;
  }

  /** Reads an integer constant expression, or gives the declaration up. */
  constant(what: string): { readonly value: bigint; readonly type: Int } {
    const cursor = this.#cursor;
    const first = cursor.pos;
    this.#obstacle = undefined;
    const result = this.conditional();
    const type = this.integer(result.type);
    if (typeof result.value !== "bigint" || type === undefined) {
      const obstacle = this.#obstacle as { readonly pos: number; readonly why: string } | undefined;
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

  /** Integer type that arithmetic on `type` starts from. */
  integer(type: Type): Int | undefined {
    const plain = stripped(type);
    if (plain.kind === "int") return plain;
    if (plain.kind === "enum" || plain.kind === "enum64") {
      return (
        this.#scope.underlying.get(plain) ??
        (plain.size === 8 ? (plain.signed ? basic.long : basic.ulong) : plain.signed ? basic.int : basic.uint)
      );
    }
    return undefined;
  }

  /** A full expression: assignments and commas too, which have a type and no constant value. */
  full(): Value {
    let value = this.#assignment();
    while (this.#cursor.accept(T.COMMA)) value = this.#unknown(this.#assignment(), "a comma has no constant value");
    return value;
  }

  #assignment(): Value {
    const left = this.conditional();
    if (this.#cursor.kind !== T.EQUAL && this.#cursor.kind !== T.ASSIGN_OP) return left;
    this.#cursor.at++;
    this.#enter();
    this.#assignment();
    this.#depth--;
    return this.#unknown(left, "an assignment is no constant");
  }

  /** A conditional expression: all that a constant may be. */
  conditional(): Value {
    this.#enter();
    let value = this.#binary(1);
    if (this.#cursor.accept(T.QUESTION)) value = this.#choose(value);
    this.#depth--;
    return value;
  }

  #choose(condition: Value): Value {
    const cursor = this.#cursor;
    const then = cursor.kind === T.COLON ? condition : this.#expressionIn(() => this.full());
    cursor.expect(T.COLON, "of the conditional");
    const otherwise = this.conditional();
    const a = this.integer(then.type);
    const b = this.integer(otherwise.type);
    const type =
      a !== undefined && b !== undefined
        ? common(promote(a, then.width), promote(b, otherwise.width))
        : this.#pointerOrFirst(then, otherwise);
    if (condition.value === undefined) return { type, value: undefined };
    const chosen = Number(condition.value) !== 0 ? then : otherwise;
    return { type, value: a !== undefined && b !== undefined ? convert(chosen.value, type) : chosen.value };
  }

  #expressionIn<Result>(read: () => Result): Result {
    return read();
  }

  #pointerOrFirst(then: Value, otherwise: Value): Type {
    const a = stripped(then.type);
    const b = stripped(otherwise.type);
    if (a.kind === "float" || b.kind === "float")
      return a.kind === "float" && (b.kind !== "float" || a.size >= b.size) ? a : b;
    // A null pointer constant takes the other arm's type; otherwise `void *` wins.
    if (a.kind === "ptr" && b.kind === "ptr") {
      if (a.target.kind === "void" && then.value === 0n) return b;
      if (b.target.kind === "void" && otherwise.value === 0n) return a;
      return a.target.kind === "void" ? a : b.target.kind === "void" ? b : a;
    }
    return a.kind === "ptr" || b.kind === "int" ? then.type : otherwise.type;
  }

  #binary(lowest: number): Value {
    let left = this.#cast();
    for (;;) {
      const cursor = this.#cursor;
      const precedence = precedences[cursor.kind];
      if (precedence === undefined || precedence < lowest) return left;
      const at = cursor.at++;
      const right = this.#binary(precedence + 1);
      left = this.#apply(at, left, right);
    }
  }

  #apply(at: number, left: Value, right: Value): Value {
    const cursor = this.#cursor;
    const kind = cursor.kinds[at]!;
    const operator = T.spelling[kind]!;
    if (kind === T.AND_AND || kind === T.OR_OR) {
      const either = kind === T.OR_OR;
      const known = left.value === undefined ? undefined : Number(left.value) !== 0;
      if (known === either) return { type: basic.int, value: either ? 1n : 0n };
      if (known === undefined || right.value === undefined) return { type: basic.int, value: undefined };
      return { type: basic.int, value: Number(right.value) !== 0 ? 1n : 0n };
    }
    const a = this.integer(left.type);
    const b = this.integer(right.type);
    const comparison = kind >= T.LESS && kind <= T.BANG_EQUAL;
    if (a === undefined || b === undefined) return this.#mixed(at, operator, left, right, comparison);
    const shifts = kind === T.SHIFT_LEFT || kind === T.SHIFT_RIGHT;
    const promoted = promote(a, left.width);
    const type = shifts ? promoted : common(promoted, promote(b, right.width));
    if (typeof left.value !== "bigint" || typeof right.value !== "bigint")
      return { type: comparison ? basic.int : type, value: undefined };
    const x = wrap(left.value, type);
    const y = shifts ? right.value : wrap(right.value, type);
    if (comparison) return { type: basic.int, value: compare(operator, x, y) === true ? 1n : 0n };
    const value = integerOperation(operator, x, y, type);
    if (value === undefined)
      return this.#blame(at, type, shifts ? `the shift by ${y} is out of range` : "division by zero");
    return { type, value };
  }

  #mixed(at: number, operator: string, left: Value, right: Value, comparison: boolean): Value {
    const a = decayed(left.type);
    const b = decayed(right.type);
    if (comparison) {
      const holds =
        left.value === undefined || right.value === undefined ? undefined : compare(operator, left.value, right.value);
      return { type: basic.int, value: holds === undefined ? undefined : holds ? 1n : 0n };
    }
    if (a.kind === "float" || b.kind === "float") {
      const type = a.kind === "float" && (b.kind !== "float" || a.size >= b.size) ? a : b;
      return { type, value: floatOperation(operator, left.value, right.value) };
    }
    if (a.kind === "ptr" && b.kind === "ptr" && operator === "-") {
      const size = sizeOf(a.target) ?? 0;
      if (typeof left.value === "bigint" && typeof right.value === "bigint" && size > 0) {
        return { type: basic.long, value: BigInt.asIntN(64, left.value - right.value) / BigInt(size) };
      }
      return this.#blame(at, basic.long, "the difference of these pointers is not known here");
    }
    const [pointer, offset] = a.kind === "ptr" ? [left, right] : [right, left];
    const type = decayed(pointer.type);
    if (type.kind === "ptr" && (operator === "+" || operator === "-")) {
      const size = sizeOf(type.target);
      if (typeof pointer.value === "bigint" && typeof offset.value === "bigint" && size !== undefined) {
        const by = offset.value * BigInt(size);
        return { type, value: BigInt.asUintN(64, operator === "+" ? pointer.value + by : pointer.value - by) };
      }
      return { type, value: undefined };
    }
    return this.#complaints.poison(
      "RB2006",
      this.#cursor.positions[at]!,
      `'${operator}' does not apply to these operands`,
    );
  }

  #cast(): Value {
    const cursor = this.#cursor;
    if (cursor.kind !== T.LPAREN || !this.#types.startsType(cursor.at + 1)) return this.#unary();
    cursor.at++;
    const type = this.#types.typeName();
    cursor.expect(T.RPAREN, "of the cast");
    if (cursor.kind === T.LBRACE) {
      cursor.at = cursor.behind(cursor.at);
      return this.#postfix({ type, value: undefined });
    }
    this.#enter();
    const operand = this.#cast();
    this.#depth--;
    return { type, value: convert(operand.value, type) };
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
        return this.#unknown(this.#leave(this.#unary()), "it changes a variable");
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
    return this.#postfix(this.#primary());
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
    const integer = this.integer(operand.type);
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
      value: wrap(kind === T.MINUS ? -operand.value : kind === T.TILDE ? ~operand.value : operand.value, type),
    };
  }

  /** Addresses of lvalues that stand on a constant one: `&((struct s *)0)->m`. */
  readonly #addresses = new WeakMap<Value, bigint>();

  #measure(size: boolean): Value {
    const cursor = this.#cursor;
    const at = cursor.at++;
    let type: Type;
    let width: number | undefined;
    if (cursor.kind === T.LPAREN && this.#types.startsType(cursor.at + 1)) {
      cursor.at++;
      type = this.#types.typeName();
      cursor.expect(T.RPAREN, "of the type name");
      if (cursor.kind === T.LBRACE) cursor.at = cursor.behind(cursor.at);
    } else {
      this.#enter();
      const operand = this.#leave(this.#unary());
      type = operand.type;
      width = operand.width;
    }
    if (width !== undefined) this.#complaints.poison("RB2006", cursor.positions[at]!, "a bit-field has no size");
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
          value = this.#unknown(
            { type: proto.kind === "func_proto" ? proto.result : basic.int, value: undefined },
            "a call is no constant",
          );
          continue;
        }
        case T.PLUS_PLUS:
        case T.MINUS_MINUS:
          cursor.at++;
          value = this.#unknown(value, "it changes a variable");
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
    const found = this.findMember(arrow ? (base?.kind === "ptr" ? base.target : basic.void) : value.type, name, pos);
    const result: Value = {
      type: found.member.type,
      value: undefined,
      ...(found.member.bitSize !== undefined && { width: found.member.bitSize }),
    };
    if (typeof address === "bigint" && found.member.bitSize === undefined)
      this.#addresses.set(result, address + BigInt(found.bitOffset / 8));
    return result;
  }

  /** Member `name` of a struct or union, also inside of anonymous ones, with its offset from the start. */
  findMember(type: Type, name: string, pos: number): { readonly member: Member; readonly bitOffset: number } {
    const record = stripped(type);
    if (record.kind === "struct" || record.kind === "union") {
      const found = lookUp(record.members, name);
      if (found !== undefined) return found;
      const where = record.name === "" ? `this ${record.kind}` : `${record.kind} ${record.name}`;
      return this.#complaints.poison("RB2022", pos, `${where} has no member '${name}'`);
    }
    if (record.kind === "fwd")
      return this.#complaints.poison(
        "RB2004",
        pos,
        `${record.of} ${record.name} is not defined, so its member '${name}' is not known`,
      );
    return this.#complaints.poison("RB2006", pos, `'${name}' is asked of what is no struct or union`);
  }

  #primary(): Value {
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
        const value = this.full();
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
    const { value, decimal, unsigned, longs } = literal;
    const signedTypes: Int[] = [basic.int, basic.long, basic.llong];
    const unsignedTypes: Int[] = [basic.uint, basic.ulong, basic.ullong];
    for (let rank = longs; rank < 3; rank++) {
      const size = BigInt(signedTypes[rank]!.size * 8);
      if (!unsigned && value < 1n << (size - 1n)) return { type: signedTypes[rank]!, value };
      if ((unsigned || !decimal) && value < 1n << size) return { type: unsignedTypes[rank]!, value };
    }
    // A decimal that no signed type holds: clang takes the unsigned one.
    if (value < 1n << 64n) return { type: longs === 2 ? basic.ullong : basic.ulong, value };
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
    return this.#unknown(
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
      return this.#unknown({ type: symbol.type, value: undefined }, `'${name}' is a variable`);
    if (symbol?.kind === "typedef") cursor.unexpected("a value");
    if (name.startsWith("__builtin_") && cursor.kind === T.LPAREN) return this.#builtinCall(name);
    const foreign = this.#types.foreignConstant(name);
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
        const type = this.#types.typeName();
        cursor.expect(T.COMMA, "in offsetof");
        const value = this.#designator(type);
        cursor.expect(T.RPAREN, "of offsetof");
        return value;
      }
      case K.TYPES_COMPATIBLE: {
        cursor.expect(T.LPAREN, "of __builtin_types_compatible_p");
        const a = this.#types.typeName();
        cursor.expect(T.COMMA, "between the types");
        const b = this.#types.typeName();
        cursor.expect(T.RPAREN, "of __builtin_types_compatible_p");
        return { type: basic.int, value: compatible(a, b) ? 1n : 0n };
      }
      case K.CHOOSE: {
        cursor.expect(T.LPAREN, "of __builtin_choose_expr");
        const condition = this.constant("the condition of __builtin_choose_expr").value;
        cursor.expect(T.COMMA, "in __builtin_choose_expr");
        const then = this.conditional();
        cursor.expect(T.COMMA, "in __builtin_choose_expr");
        const otherwise = this.conditional();
        cursor.expect(T.RPAREN, "of __builtin_choose_expr");
        return condition !== 0n ? then : otherwise;
      }
      case K.CONSTANT_P: {
        cursor.expect(T.LPAREN, "of __builtin_constant_p");
        const operand = this.full();
        cursor.expect(T.RPAREN, "of __builtin_constant_p");
        return { type: basic.int, value: operand.value === undefined ? 0n : 1n };
      }
      case K.VA_ARG: {
        cursor.at = cursor.behind(cursor.at);
        return this.#unknown({ type: basic.int, value: undefined }, "it is no constant");
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
        const found = this.findMember(current, cursor.textAt(cursor.at++), pos);
        if (found.member.bitSize !== undefined)
          this.#complaints.poison("RB2006", pos, "a bit-field has no offset in bytes");
        bits += found.bitOffset;
        current = found.member.type;
      } else if (cursor.accept(T.LBRACKET)) {
        const index = this.full().value;
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
    const control = stripped(decayed(this.conditional().type));
    let chosen: Value | undefined;
    let fallback: Value | undefined;
    while (cursor.accept(T.COMMA)) {
      if (cursor.textAt(cursor.at) === "default") {
        cursor.at++;
        cursor.expect(T.COLON, "after default");
        fallback = this.conditional();
      } else {
        const type = this.#types.typeName();
        cursor.expect(T.COLON, "after the type");
        const value = this.conditional();
        if (compatible(type, control)) chosen ??= value;
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
      const operand = this.conditional();
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
    return this.#unknown({ type: basic.int, value: undefined }, `${name} is no constant here`);
  }

  #enter(): void {
    if (++this.#depth > this.#deepest)
      this.#complaints.abandon("RB2012", this.#cursor.pos, `expressions nest deeper than ${this.#deepest}`);
  }

  /** Forgets the depth that a declaration given up has left. */
  reset(): void {
    this.#depth = 0;
  }

  #unknown(value: Value, why: string): Value {
    this.#obstacle ??= { pos: this.#cursor.positions[this.#cursor.at - 1]!, why };
    return { type: value.type, value: undefined };
  }

  #blame(at: number, type: Type, why: string): Value {
    this.#obstacle ??= { pos: this.#cursor.positions[at]!, why };
    return { type, value: undefined };
  }
}

/** Arrays and functions as the pointers that they become in expressions. */
function decayed(type: Type): Type {
  const plain = stripped(type);
  if (plain.kind === "array") return { kind: "ptr", target: plain.element };
  return plain.kind === "func_proto" ? { kind: "ptr", target: plain } : plain;
}

function lookUp(
  members: readonly Member[],
  name: string,
): { readonly member: Member; readonly bitOffset: number } | undefined {
  for (const member of members) {
    if (member.name === name) return { member, bitOffset: member.bitOffset };
    if (member.name !== "") continue;
    const inner = stripped(member.type);
    if (inner.kind !== "struct" && inner.kind !== "union") continue;
    const found = lookUp(inner.members, name);
    if (found !== undefined) return { member: found.member, bitOffset: member.bitOffset + found.bitOffset };
  }
  return undefined;
}

function floatOperation(
  operator: string,
  a: bigint | number | undefined,
  b: bigint | number | undefined,
): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  const x = Number(a);
  const y = Number(b);
  return operator === "+"
    ? x + y
    : operator === "-"
      ? x - y
      : operator === "*"
        ? x * y
        : operator === "/"
          ? x / y
          : undefined;
}

/** Whether two types are the same but for typedefs and outer qualifiers. */
export function compatible(a: Type, b: Type): boolean {
  const x = stripped(a);
  const y = stripped(b);
  if (x === y) return true;
  if (x.kind === "ptr" && y.kind === "ptr") return compatible(x.target, y.target);
  if (x.kind === "array" && y.kind === "array") return x.count === y.count && compatible(x.element, y.element);
  if (x.kind === "func_proto" && y.kind === "func_proto") {
    return (
      x.params.length === y.params.length &&
      compatible(x.result, y.result) &&
      x.params.every((param, i) => compatible(param.type, y.params[i]!.type))
    );
  }
  return false;
}
