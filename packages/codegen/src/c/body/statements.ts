import * as K from "../text/keyword.ts";
import * as T from "../text/token.ts";
import type { BodyParser } from "./body-parser.ts";
import { isLost, Lost } from "./lost.ts";
import type { Expression, Local } from "./tree.ts";

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
      facts.unlessDead(facts.ended, () => this.#hide(start, error instanceof Lost && error.deep));
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

  /** Notes what the skipped statement from `start` on may do. */
  #hide(start: number, deep: boolean): void {
    const { cursor, facts } = this.#body;
    const locals = new Set<Local>();
    const ids = new Set<number>();
    const labels: string[] = [];
    for (let at = start; at < cursor.at; at++) {
      if (!cursor.isName(at) || cursor.kinds[at - 1] === T.DOT || cursor.kinds[at - 1] === T.ARROW) continue;
      const local = this.#body.localAt(at);
      if (local === undefined) ids.add(cursor.values[at]!);
      else locals.add(local);
      const word = cursor.textAt(at);
      if (word === "goto" && cursor.isName(at + 1)) labels.push(cursor.textAt(at + 1));
      if (word === "break" || word === "continue") facts.steps.mayBreak();
    }
    const pos = cursor.positions[start]!;
    facts.hide({ kind: "obscure", pos, locals, ids, anything: false, ...(deep && { deep }) });
    facts.steps.fork(labels);
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
    if (cursor.keyword === K.ASM) {
      assembly.read();
      return undefined;
    }
    if (this.#saysNothing) {
      cursor.at = cursor.behind(cursor.at + 1);
      return undefined;
    }
    if (cursor.isName() && (flows.read(cursor.textAt(cursor.at)) || this.#label())) return undefined;
    if (declarations.stands) {
      declarations.read();
      return undefined;
    }
    const value = expressions.full();
    this.#body.expect(T.SEMICOLON);
    return value;
  }

  /** An assertion, or `__attribute__((fallthrough));`. */
  get #saysNothing(): boolean {
    const { cursor } = this.#body;
    if (cursor.keyword === K.STATIC_ASSERT) return true;
    return cursor.keyword === K.ATTRIBUTE && cursor.kinds[cursor.behind(cursor.at + 1)] === T.SEMICOLON;
  }

  #label(): boolean {
    const { cursor, facts } = this.#body;
    if (cursor.kinds[cursor.at + 1] !== T.COLON) return false;
    const name = cursor.textAt(cursor.at);
    cursor.at += 2;
    facts.label();
    if (name === "default") facts.steps.default();
    else facts.steps.label(name);
    return true;
  }
}
