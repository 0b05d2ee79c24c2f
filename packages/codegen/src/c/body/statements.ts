import * as K from "../text/keyword.ts";
import * as T from "../text/token.ts";
import type { BodyParser } from "./body-parser.ts";
import { isLost, Lost } from "./lost.ts";
import type { Expression } from "./tree.ts";

/** Reads blocks and the statements in them. */
export class Statements {
  readonly #body: BodyParser;

  constructor(body: BodyParser) {
    this.#body = body;
  }

  /** Reads `{ … }`; the value of its last expression. */
  block(): Expression | undefined {
    const body = this.#body;
    const { cursor, facts } = body;
    const end = cursor.behind(cursor.at) - 1;
    cursor.at++;
    return body.within(() => {
      let last: Expression | undefined;
      while (cursor.at < end && cursor.kind !== T.EOF) {
        last = this.#orSkipped(end, () => facts.unlessDead(facts.ended, () => this.#statement()));
      }
      cursor.at = end + 1;
      return last;
    });
  }

  /** What `read` reads; a statement that it does not understand is skipped. */
  #orSkipped(end: number, read: () => Expression | undefined): Expression | undefined {
    const { cursor, parser, facts } = this.#body;
    const { depth } = this.#body;
    const start = cursor.at;
    const { steps, ended, labels } = facts;
    const [before, open] = [steps.at, steps.depth];
    try {
      return read();
    } catch (error) {
      if (!isLost(error)) throw error;
      this.#body.depth = depth;
      parser.depth = 0;
      parser.records.reset();
      parser.expressions.reset();
      steps.unwind(open);
      steps.join(before, steps.at);
      facts.ended = ended && labels === facts.labels;
      this.#skip(start, end);
      return undefined;
    }
  }

  /** Goes behind the statement that starts at `start`. */
  #skip(start: number, end: number): void {
    const { cursor } = this.#body;
    let at = start;
    while (at < end) {
      const kind = cursor.kinds[at]!;
      if (kind === T.SEMICOLON) {
        at++;
        break;
      }
      if (kind === T.LBRACE) {
        at = cursor.behind(at);
        // A brace ends a statement, but for an initialiser's.
        if (cursor.kinds[at] !== T.SEMICOLON && cursor.kinds[at] !== T.COMMA && cursor.kinds[at] !== T.RPAREN) break;
        continue;
      }
      at = kind === T.LPAREN || kind === T.LBRACKET ? cursor.behind(at) : at + 1;
    }
    cursor.at = Math.max(at, start + 1);
  }

  /** Reads a statement that is a block of its own: a branch, or what a loop runs. */
  inner(): void {
    this.#body.within(() => this.#statement());
  }

  #statement(): Expression | undefined {
    const { cursor, declarations, expressions, assembly, flows } = this.#body;
    if (cursor.accept(T.SEMICOLON)) return undefined;
    if (cursor.kind === T.LBRACE) {
      this.block();
      return undefined;
    }
    if (cursor.keyword === K.ASM) assembly.read();
    if (cursor.keyword === K.STATIC_ASSERT) throw new Lost();
    if (cursor.keyword === K.ATTRIBUTE && cursor.kinds[cursor.behind(cursor.at + 1)] === T.SEMICOLON) throw new Lost();
    if (cursor.isName() && (flows.read(cursor.textAt(cursor.at)) || this.#label())) return undefined;
    if (declarations.stands) {
      declarations.read();
      return undefined;
    }
    const value = expressions.full();
    this.#body.expect(T.SEMICOLON);
    return value;
  }

  #label(): boolean {
    const { cursor, facts } = this.#body;
    if (cursor.kinds[cursor.at + 1] !== T.COLON) return false;
    const name = cursor.textAt(cursor.at);
    cursor.at += 2;
    facts.label();
    if (name === "default") facts.steps.case(true);
    else facts.steps.label(name);
    return true;
  }
}
