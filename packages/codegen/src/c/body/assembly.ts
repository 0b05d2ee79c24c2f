import * as T from "../text/token.ts";
import { stripped } from "../type/ctype.ts";
import type { BodyParser } from "./body-parser.ts";
import { Lost } from "./lost.ts";
import type { Expression, Local } from "./tree.ts";

/** What the operands of one `asm` let it reach. */
interface Reach {
  readonly locals: Set<Local>;
  anything: boolean;
}

/** Reads `asm` statements: what their instructions do is not known, but what they are handed is. */
export class Assembly {
  readonly #body: BodyParser;
  /** Whether a `::` was read of which only the first colon is used. */
  #half = false;

  constructor(body: BodyParser) {
    this.#body = body;
  }

  read(): void {
    const { cursor, facts } = this.#body;
    const { pos } = cursor;
    for (let words = 0; cursor.kind !== T.LPAREN; words++) {
      if (words > 4) throw new Lost();
      cursor.at++;
    }
    const end = cursor.behind(cursor.at) - 1;
    cursor.at++;
    let empty = true;
    for (; cursor.kind === T.STRING; cursor.at++) empty &&= cursor.textAt(cursor.at) === '""';
    this.#half = false;
    const reach: Reach = { locals: new Set(), anything: false };
    const changed = this.#operands(end, reach);
    reach.anything ||= this.#clobbersMemory(end);
    const labels = this.#labels(end);
    this.#body.expect(T.RPAREN);
    // `asm volatile ("" ::: "memory")` only keeps compilers from moving stores.
    if (!empty) {
      facts.hide({ kind: "obscure", pos, ids: new Set(), ...reach });
      for (const operand of changed) facts.change(operand);
    }
    facts.steps.fork(labels);
    this.#body.expect(T.SEMICOLON);
  }

  /** `::` is one token, which stands for two colons here. */
  get #atColon(): boolean {
    const { kind } = this.#body.cursor;
    return this.#half || kind === T.COLON || kind === T.COLON_COLON;
  }

  #colon(): boolean {
    const { cursor } = this.#body;
    if (this.#half) {
      this.#half = false;
      return true;
    }
    if (cursor.accept(T.COLON)) return true;
    this.#half = cursor.accept(T.COLON_COLON);
    return this.#half;
  }

  /** Reads what it gives and takes: the lvalues that it changes. */
  #operands(end: number, reach: Reach): readonly Expression[] {
    const { cursor, expressions } = this.#body;
    const changed: Expression[] = [];
    for (const isOutput of [true, false]) {
      if (!this.#colon()) break;
      while (cursor.at < end && !this.#atColon) {
        if (cursor.kind === T.LBRACKET) cursor.at = cursor.behind(cursor.at);
        const constraint = cursor.textAt(cursor.at);
        this.#body.expect(T.STRING);
        this.#body.expect(T.LPAREN);
        const operand = this.#body.nested(() => expressions.full());
        this.#body.expect(T.RPAREN);
        if (isOutput) changed.push(operand);
        if (!isOutput || constraint.includes("+")) this.#reach(operand, reach);
        if (!cursor.accept(T.COMMA)) break;
      }
    }
    return changed;
  }

  #clobbersMemory(end: number): boolean {
    const { cursor } = this.#body;
    if (!this.#colon()) return false;
    let clobbers = false;
    for (; cursor.at < end && !this.#atColon; cursor.at++) clobbers ||= cursor.textAt(cursor.at) === '"memory"';
    return clobbers;
  }

  /** Reads the labels that `asm goto` may jump to. */
  #labels(end: number): readonly string[] {
    const { cursor } = this.#body;
    const labels: string[] = [];
    if (!this.#colon()) return labels;
    for (; cursor.at < end; cursor.at++) if (cursor.isName()) labels.push(cursor.textAt(cursor.at));
    return labels;
  }

  /** Adds what instructions may change that are handed `operand`. */
  #reach(operand: Expression, reach: Reach): void {
    switch (operand.kind) {
      case "number":
      case "size":
      case "swap":
        return;
      case "unary":
        this.#reach(operand.operand, reach);
        return;
      case "binary":
        this.#reach(operand.left, reach);
        this.#reach(operand.right, reach);
        return;
      case "cast":
        this.#reach(operand.operand, reach);
        return;
      case "address":
        if (operand.operand.kind === "name" && operand.operand.local !== undefined) {
          reach.locals.add(operand.operand.local);
          return;
        }
        break;
      case "name": {
        const { local } = operand;
        const symbol = local === undefined ? this.#body.parser.scope.symbols[operand.id] : undefined;
        const type = local?.type ?? symbol?.type;
        const kind = type && stripped(type).kind;
        if (symbol?.kind === "constant" || kind === "int" || kind === "enum" || kind === "enum64") return;
        if (local !== undefined) {
          reach.locals.add(local);
          return;
        }
        break;
      }
    }
    reach.anything = true;
  }
}
