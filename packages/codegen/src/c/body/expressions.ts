import type { Type } from "@rbgen/btf";
import * as K from "../text/keyword.ts";
import { readBinary } from "../text/operators.ts";
import * as T from "../text/token.ts";
import type { BodyParser } from "./body-parser.ts";
import { isTrue } from "./flows.ts";
import { Lost } from "./lost.ts";
import { type Expression, unknown } from "./tree.ts";

/** Operators of one expression, behind which its value is not known. */
const mostOperators = 2000;

/** The operators that assignments of one word compute with. */
const computed: ReadonlyMap<string, number> = new Map([
  ["+=", T.PLUS],
  ["-=", T.MINUS],
  ["*=", T.STAR],
  ["/=", T.SLASH],
  ["%=", T.PERCENT],
  ["&=", T.AMP],
  ["|=", T.PIPE],
  ["^=", T.CARET],
  ["<<=", T.SHIFT_LEFT],
  [">>=", T.SHIFT_RIGHT],
]);

/** Reads operators and what they stand between. */
export class Expressions {
  readonly #body: BodyParser;

  constructor(body: BodyParser) {
    this.#body = body;
  }

  /** Reads an expression, with commas. */
  full(): Expression {
    let value = this.assignment();
    while (this.#body.cursor.accept(T.COMMA)) value = { kind: "last", value: this.assignment() };
    return value;
  }

  assignment(): Expression {
    return this.#body.nested(() => {
      const target = this.conditional();
      const { cursor, facts } = this.#body;
      const { at } = cursor;
      const plain = cursor.kind === T.EQUAL;
      if (!plain && cursor.kind !== T.ASSIGN_OP) return target;
      cursor.at++;
      const value = this.assignment();
      if (target.kind === "name" && target.local !== undefined) {
        facts.give(target.local, plain ? value : changed(target, cursor.textAt(at), value));
      } else facts.store(target, plain ? value : changed(target, cursor.textAt(at), value));
      return plain ? { kind: "assignment", target, value } : target;
    });
  }

  conditional(): Expression {
    const { cursor, facts } = this.#body;
    const condition = this.#binary();
    if (!cursor.accept(T.QUESTION)) return condition;
    const known = this.#body.constant(condition);
    const never = isTrue(known);
    const { steps } = facts;
    const asked = steps.at;
    facts.branch(condition, true);
    const then = cursor.kind === T.COLON ? condition : facts.unlessDead(known === 0n, () => this.full());
    this.#body.expect(T.COLON);
    const behind = known === 0n ? undefined : steps.at;
    steps.at = asked;
    facts.branch(condition, false);
    const otherwise = this.#body.nested(() => facts.unlessDead(never, () => this.conditional()));
    steps.join(behind, never ? undefined : steps.at);
    const taken = never ? then : otherwise;
    if (known !== undefined && !mayBeNegative(taken)) return taken;
    return { kind: "choice", condition, then, otherwise };
  }

  #binary(): Expression {
    const { cursor } = this.#body;
    let count = 0;
    return readBinary<Expression>({
      get kind() {
        return cursor.kind;
      },
      operand: () => this.cast(),
      join: (left, read) => {
        const operator = cursor.kind;
        cursor.at++;
        const right = this.#behind(operator, left, read);
        return ++count > mostOperators ? unknown : { kind: "binary", operator, left, right };
      },
    });
  }

  /** Reads what stands behind an operator, which `&&` and `||` may leave out. */
  #behind(operator: number, left: Expression, read: () => Expression): Expression {
    if (operator !== T.AND_AND && operator !== T.OR_OR) return read();
    const { facts } = this.#body;
    const { steps } = facts;
    const asked = steps.at;
    facts.branch(left, operator === T.AND_AND);
    const right = read();
    const behind = steps.at;
    steps.at = asked;
    facts.branch(left, operator === T.OR_OR);
    steps.join(steps.at, behind);
    return right;
  }

  #opensType(): boolean {
    const { cursor, parser } = this.#body;
    if (cursor.kind !== T.LPAREN) return false;
    return this.#body.localAt(cursor.at + 1) === undefined && parser.specifiers.starts(cursor.at + 1);
  }

  #typeInParentheses(): Type {
    const { cursor, parser } = this.#body;
    cursor.at++;
    const type = parser.declarators.typeName();
    this.#body.expect(T.RPAREN);
    return type;
  }

  cast(): Expression {
    const { cursor, initialisers, primaries } = this.#body;
    if (!this.#opensType()) return this.#unary();
    const type = this.#typeInParentheses();
    if (cursor.kind === T.LBRACE) {
      const compound: Expression = { kind: "compound", type };
      initialisers.whole(compound, type);
      return primaries.postfix(compound);
    }
    return { kind: "cast", type, operand: this.#nestedCast() };
  }

  #nestedCast(): Expression {
    return this.#body.nested(() => this.cast());
  }

  #unary(): Expression {
    const { cursor, facts } = this.#body;
    const operator = cursor.kind;
    switch (operator) {
      case T.AMP: {
        cursor.at++;
        const operand = this.#nestedCast();
        // Whoever is handed the address may store through it.
        if (operand.kind === "name" && operand.local !== undefined) {
          facts.assign(operand.local, unknown);
          operand.local.addressed = true;
        }
        return { kind: "address", operand };
      }
      case T.STAR:
        cursor.at++;
        return { kind: "target", operand: this.#nestedCast() };
      case T.PLUS:
      case T.MINUS:
      case T.TILDE:
      case T.BANG:
        cursor.at++;
        return { kind: "unary", operator, operand: this.#nestedCast() };
      case T.PLUS_PLUS:
      case T.MINUS_MINUS: {
        cursor.at++;
        const operand = this.#body.nested(() => this.#unary());
        facts.change(operand);
        return operand;
      }
      case T.AND_AND:
        cursor.at += 2;
        return unknown;
    }
    return this.#named() ?? this.#body.primaries.read();
  }

  /** Reads an operator that is a word; undefined where none stands. */
  #named(): Expression | undefined {
    const { cursor, facts } = this.#body;
    switch (cursor.keyword) {
      case K.EXTENSION:
        cursor.at++;
        return this.#nestedCast();
      case K.SIZEOF: {
        cursor.at++;
        if (this.#opensType()) {
          const type = this.#typeInParentheses();
          if (cursor.kind === T.LBRACE) throw new Lost();
          return { kind: "size", type, operand: undefined };
        }
        // It is not run.
        const operand = facts.unlessDead(true, () => this.#body.nested(() => this.#unary()));
        return { kind: "size", type: undefined, operand };
      }
      case K.ALIGNOF:
      case K.PREFERRED_ALIGNOF:
        cursor.at++;
        if (this.#opensType()) cursor.at = cursor.behind(cursor.at);
        else facts.unlessDead(true, () => this.#body.nested(() => this.#unary()));
        return unknown;
      default:
        return undefined;
    }
  }
}

/** What `target` holds behind `target |= value`, by the text of the operator. */
function changed(target: Expression, text: string, value: Expression): Expression {
  const operator = computed.get(text);
  return operator === undefined ? unknown : { kind: "binary", operator, left: target, right: value };
}

/** Whether what an expression is depends on the type that it is converted to: the other arm of a condition has a say in that. */
function mayBeNegative(expression: Expression): boolean {
  if (expression.kind === "name") return expression.local === undefined;
  return expression.kind === "unary" && expression.operator !== T.BANG;
}
