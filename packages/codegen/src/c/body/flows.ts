import * as T from "../text/token.ts";
import type { BodyParser } from "./body-parser.ts";
import { Lost } from "./lost.ts";
import type { Expression, Step } from "./tree.ts";

const always: Expression = { kind: "number", value: 1n };

/** Reads the statements that say what runs next: branches, loops, jumps. */
export class Flows {
  readonly #body: BodyParser;

  constructor(body: BodyParser) {
    this.#body = body;
  }

  /** Reads the statement that the word at hand opens; false where `word` is none. */
  read(word: string): boolean {
    const { cursor } = this.#body;
    cursor.at++;
    switch (word) {
      case "if":
        this.#branches();
        return true;
      case "while":
        this.#while();
        return true;
      case "switch":
        this.#switch();
        return true;
      case "else":
        this.#body.statements.inner();
        this.#body.facts.ended = false;
        return true;
      case "do":
        this.#do();
        return true;
      case "for":
        this.#for();
        return true;
      case "return":
        this.#return();
        return true;
      case "case":
        this.#case();
        return true;
      case "goto":
        this.#goto();
        return true;
      case "break":
      case "continue":
        this.#break(word === "break");
        return true;
      default:
        cursor.at--;
        return false;
    }
  }

  #return(): void {
    const { cursor, expressions, facts } = this.#body;
    const value = cursor.kind === T.SEMICOLON ? undefined : expressions.full();
    if (value !== undefined) facts.returns.push(value);
    this.#body.expect(T.SEMICOLON);
    this.#body.cleanups.leave(0);
    facts.steps.return(value);
    facts.ended = true;
  }

  #case(): void {
    const { cursor, expressions, facts } = this.#body;
    const first = expressions.conditional();
    const last = cursor.accept(T.ELLIPSIS) ? expressions.conditional() : undefined;
    this.#body.expect(T.COLON);
    facts.label();
    facts.steps.case(first, last);
  }

  #goto(): void {
    const { cursor, facts } = this.#body;
    // `goto *&&label` may lead anywhere.
    if (cursor.kind === T.STAR) throw new Lost();
    this.#body.cleanups.mayLeave();
    facts.steps.goto(cursor.textAt(cursor.at++));
    this.#body.expect(T.SEMICOLON);
    facts.ended = true;
  }

  #break(leaves: boolean): void {
    const { cleanups, facts } = this.#body;
    cleanups.leave(facts.steps.cleanupsAt(leaves));
    if (leaves) facts.steps.break();
    else facts.steps.continue();
    this.#body.expect(T.SEMICOLON);
    facts.ended = true;
  }

  /** Reads `(condition)`. */
  #asked(): Expression {
    this.#body.expect(T.LPAREN);
    const condition = this.#body.expressions.full();
    this.#body.expect(T.RPAREN);
    return condition;
  }

  #while(): void {
    const { facts, statements } = this.#body;
    const { steps } = facts;
    const start = steps.meet(steps.at);
    if (steps.at !== undefined) steps.at = start;
    const condition = this.#asked();
    const known = this.#body.constant(condition);
    const asked = steps.at;
    const exit = steps.open(start, this.#body.cleanups.count);
    facts.unlessDead(known === 0n, () => {
      facts.branch(condition, true);
      statements.inner();
    });
    steps.jump(start);
    steps.close();
    this.#leave(exit, this.#told(condition, asked));
  }

  #do(): void {
    const { cursor, facts, statements } = this.#body;
    const { steps } = facts;
    const start = steps.meet(steps.at);
    if (steps.at !== undefined) steps.at = start;
    const next = steps.meet();
    const exit = steps.open(next, this.#body.cleanups.count);
    statements.inner();
    steps.close();
    steps.jump(next);
    steps.at = next.before.length > 0 ? next : undefined;
    cursor.at++;
    const condition = this.#asked();
    this.#body.expect(T.SEMICOLON);
    const asked = steps.at;
    if (this.#body.constant(condition) !== 0n) {
      facts.branch(condition, true);
      steps.jump(start);
    }
    this.#leave(exit, this.#told(condition, asked));
  }

  #switch(): void {
    const { facts, statements } = this.#body;
    const { steps } = facts;
    const value = this.#asked();
    const isReached = steps.at !== undefined;
    const exit = steps.open(undefined, this.#body.cleanups.count, value);
    steps.at = undefined;
    statements.inner();
    const others = steps.close();
    steps.jump(exit);
    this.#leave(exit, isReached ? others : undefined);
  }

  #for(): void {
    const body = this.#body;
    const { cursor, declarations, expressions, facts, statements } = body;
    const { steps } = facts;
    body.expect(T.LPAREN);
    body.within(() => {
      if (declarations.stands) declarations.read();
      else {
        if (cursor.kind !== T.SEMICOLON) expressions.full();
        body.expect(T.SEMICOLON);
      }
      const start = steps.meet(steps.at);
      if (steps.at !== undefined) steps.at = start;
      const condition = cursor.kind === T.SEMICOLON ? always : expressions.full();
      body.expect(T.SEMICOLON);
      const asked = steps.at;
      const next = steps.meet();
      const exit = steps.open(next, this.#body.cleanups.count);
      facts.unlessDead(body.constant(condition) === 0n, () => {
        steps.at = next;
        if (cursor.kind !== T.RPAREN) expressions.full();
        body.expect(T.RPAREN);
        steps.jump(start);
        steps.at = asked;
        facts.branch(condition, true);
        statements.inner();
        steps.jump(next);
      });
      steps.close();
      this.#leave(exit, this.#told(condition, asked));
    });
  }

  /** From where the condition of a loop was `asked`, and did not hold; undefined where it always does. */
  #told(condition: Expression, asked: Step | undefined): Step | undefined {
    if (isTrue(this.#body.constant(condition))) return undefined;
    const { facts } = this.#body;
    facts.steps.at = asked;
    facts.branch(condition, false);
    return facts.steps.at;
  }

  /** Goes on behind a loop or `switch`, which is left by `break`, or from where its condition was `asked`. */
  #leave(exit: Step, asked: Step | undefined): void {
    const { facts } = this.#body;
    facts.steps.join(exit.before.length > 0 ? exit : undefined, asked);
    facts.ended = false;
  }

  /** Reads `(condition) then else otherwise`; what a constant of the condition leaves out runs never. */
  #branches(): void {
    const { cursor, facts } = this.#body;
    const condition = this.#asked();
    const known = this.#body.constant(condition);
    const before = facts.ended;
    const never = isTrue(known);
    const { steps } = facts;
    const asked = steps.at;
    facts.branch(condition, true);
    const told = steps.at;
    const thenEnds = this.#branch(known === 0n);
    const then = known === 0n && steps.at === told ? undefined : steps.at;
    facts.ended = before;
    steps.at = never ? undefined : asked;
    facts.branch(condition, false);
    let otherwiseEnds = before || never;
    if (cursor.isName() && cursor.textAt(cursor.at) === "else") {
      cursor.at++;
      otherwiseEnds = this.#branch(never);
    }
    steps.join(then, steps.at);
    facts.ended = before || (thenEnds && otherwiseEnds);
  }

  /** Reads one branch; whether nothing goes on behind it. */
  #branch(dead: boolean): boolean {
    const { facts, statements } = this.#body;
    const { labels } = facts;
    facts.unlessDead(dead, () => statements.inner());
    return facts.ended || (dead && facts.labels === labels);
  }
}

export function isTrue(constant: bigint | undefined): boolean {
  return constant !== undefined && constant !== 0n;
}
