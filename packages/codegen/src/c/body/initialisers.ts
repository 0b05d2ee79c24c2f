import type { Type } from "@rbgen/btf";
import * as T from "../text/token.ts";
import type { BodyParser } from "./body-parser.ts";
import { elementAt, type Initialised, MembersInOrder, memberNamed } from "./initialised.ts";
import { type Expression, unknown } from "./tree.ts";

/** Reads what braces fill. */
export class Initialisers {
  readonly #body: BodyParser;

  constructor(body: BodyParser) {
    this.#body = body;
  }

  /** Reads `{ .a = x, y, … }` that gives `target`, which has the type `type`, all of its value. */
  whole(target: Expression, type: Type): void {
    this.#body.facts.steps.add({ kind: "clear", target });
    this.#items(target, type);
  }

  /** What designators and the order of members name is stored there. */
  #items(target: Expression, type: Type | undefined): void {
    const body = this.#body;
    const { cursor } = body;
    const end = cursor.behind(cursor.at) - 1;
    cursor.at++;
    body.within(() => {
      const members = new MembersInOrder(target, type);
      while (cursor.at < end) {
        let item = this.#designated(members);
        if (item !== undefined) body.expect(T.EQUAL);
        else item = members.next(cursor.kind);
        if (cursor.kind === T.LBRACE) {
          if (item === undefined) this.#storeIn(members.rest, unknown);
          this.#items(item?.target ?? unknown, item?.type);
        } else {
          const value = body.expressions.assignment();
          if (item === undefined) this.#storeIn(members.rest, value);
          else body.facts.store(item.target, value);
        }
        if (!cursor.accept(T.COMMA)) break;
      }
    });
    cursor.at = end + 1;
  }

  /** `then` is what one of `all` holds. */
  #storeIn(all: readonly Initialised[], then: Expression): void {
    const [condition, otherwise] = [unknown, unknown];
    for (const { target } of all) this.#body.facts.store(target, { kind: "choice", condition, then, otherwise });
  }

  /** What designators name (`.hdr.kind`, `[2].x`); undefined where none stands. */
  #designated(members: MembersInOrder): Initialised | undefined {
    const { cursor } = this.#body;
    let found: Initialised | undefined;
    while (cursor.kind === T.DOT || cursor.kind === T.LBRACKET) {
      if (cursor.kind === T.DOT) {
        const name = cursor.textAt(cursor.at + 1);
        found = found === undefined ? members.named(name) : memberNamed(found, name);
        cursor.at += 2;
      } else {
        cursor.at++;
        const first = this.#body.expressions.conditional();
        const isRange = cursor.accept(T.ELLIPSIS);
        if (isRange) this.#body.expressions.conditional();
        this.#body.expect(T.RBRACKET);
        const index = isRange ? unknown : first;
        found = found === undefined ? members.at(index, this.#body.constant(index)) : elementAt(found, index);
      }
    }
    return found;
  }
}
