import * as K from "../text/keyword.ts";
import * as T from "../text/token.ts";
import { stripped } from "../type/ctype.ts";
import type { BodyParser } from "./body-parser.ts";
import { Lost } from "./lost.ts";
import { type Expression, type Local, unknown } from "./tree.ts";

const zero: Expression = { kind: "number", value: 0n };

/** Reads declarations of variables and types. */
export class Declarations {
  readonly #body: BodyParser;

  constructor(body: BodyParser) {
    this.#body = body;
  }

  /** Whether the statement at hand is one. */
  get stands(): boolean {
    const { cursor, parser } = this.#body;
    return this.#body.localAt(cursor.at) === undefined && parser.specifiers.starts(cursor.at);
  }

  read(): void {
    const body = this.#body;
    const { cursor, parser, names, facts } = body;
    this.#hideTags();
    const specified = parser.specifiers.read();
    if (cursor.accept(T.SEMICOLON)) return;
    for (;;) {
      const { id, type, pos, attributes } = parser.declarators.read(specified.type, undefined);
      if (id < 0) throw new Lost();
      if (specified.typedef) names.declareTypedef(id, type, pos);
      else {
        const local = body.declare(id, cursor.names[id]!, type);
        const { kind } = stripped(type);
        const isWhole = kind === "struct" || kind === "union" || kind === "array";
        if (!cursor.accept(T.EQUAL)) {
          // It begins as 0, or as another file says.
          if (!isWhole && (specified.static || specified.extern))
            facts.assign(local, specified.extern ? unknown : zero);
        } else if (specified.static) this.#kept(local, isWhole);
        else if (cursor.kind === T.LBRACE) {
          body.initialisers.whole({ kind: "name", id, local }, type);
          if (!isWhole) facts.assign(local, unknown);
        } else facts.give(local, body.expressions.assignment());
        const cleanup = attributes?.cleanup ?? specified.attributes?.cleanup;
        if (cleanup !== undefined) body.cleanups.add(cleanup, id, local, pos);
      }
      if (!cursor.accept(T.COMMA)) break;
    }
    body.expect(T.SEMICOLON);
  }

  /** Reads what a variable begins as which keeps what it holds: the declaration stores nothing. */
  #kept(local: Local, isWhole: boolean): void {
    const { cursor, expressions, facts } = this.#body;
    if (cursor.kind === T.LBRACE) {
      cursor.at = cursor.behind(cursor.at);
      if (!isWhole) facts.assign(local, unknown);
    } else facts.assign(local, expressions.assignment());
  }

  /** Hides what has the tag that the declaration at hand defines: that is another type. */
  #hideTags(): void {
    const { cursor, names } = this.#body;
    const behindAttributes = (at: number): number => {
      let next = at;
      while (cursor.keywordAt(next) === K.ATTRIBUTE) next = cursor.behind(next + 1);
      return next;
    };
    for (let at = cursor.at; ; at++) {
      const kind = cursor.kinds[at];
      if (kind === T.SEMICOLON || kind === T.EQUAL || kind === T.LPAREN || kind === T.LBRACE || kind === T.EOF) return;
      const keyword = cursor.keywordAt(at);
      if (keyword !== K.STRUCT && keyword !== K.UNION && keyword !== K.ENUM) continue;
      const name = behindAttributes(at + 1);
      if (!cursor.isName(name) || cursor.kinds[behindAttributes(name + 1)] !== T.LBRACE) continue;
      names.hideTag(cursor.values[name]!);
      return;
    }
  }
}
