import type { Type } from "@rbgen/btf";
import type { Cursor } from "../parse/cursor.ts";
import type { Parser } from "../parse/parser.ts";
import { Assembly } from "./assembly.ts";
import { BodyFacts } from "./body-facts.ts";
import { Cleanups } from "./cleanups.ts";
import { constantOf } from "./constant.ts";
import { Declarations } from "./declarations.ts";
import { Expressions } from "./expressions.ts";
import { Flows } from "./flows.ts";
import { Initialisers } from "./initialisers.ts";
import { LocalNames } from "./local-names.ts";
import { Lost } from "./lost.ts";
import { Primaries } from "./primaries.ts";
import { Statements } from "./statements.ts";
import type { Expression, Local } from "./tree.ts";

/** Statements and operands inside of each other, behind which a function is given up. */
const deepest = 200;

/** The parts that read one function, which call each other, around one cursor and one scope. */
export class BodyParser {
  readonly parser: Parser;
  readonly names: LocalNames;
  readonly facts: BodyFacts;
  readonly cleanups: Cleanups;
  readonly expressions: Expressions;
  readonly primaries: Primaries;
  readonly initialisers: Initialisers;
  readonly declarations: Declarations;
  readonly assembly: Assembly;
  readonly flows: Flows;
  readonly statements: Statements;
  /** Statements and operands inside of each other at this moment. */
  depth = 0;

  constructor(parser: Parser) {
    this.parser = parser;
    this.names = new LocalNames(parser);
    this.facts = new BodyFacts(() => parser.cursor.pos);
    this.cleanups = new Cleanups(this.facts);
    this.expressions = new Expressions(this);
    this.primaries = new Primaries(this);
    this.initialisers = new Initialisers(this);
    this.declarations = new Declarations(this);
    this.assembly = new Assembly(this);
    this.flows = new Flows(this);
    this.statements = new Statements(this);
  }

  get cursor(): Cursor {
    return this.parser.cursor;
  }

  declare(id: number, name: string, type: Type, parameter?: number): Local {
    const local = this.names.declare(id, name, type, parameter);
    this.facts.locals.push(local);
    return local;
  }

  /** The variable that the token at `at` names. */
  localAt(at: number): Local | undefined {
    return this.cursor.isName(at) ? this.names.find(this.cursor.values[at]!) : undefined;
  }

  /** The integer that an expression is, whatever runs; undefined where a run decides. */
  constant(expression: Expression): bigint | undefined {
    return constantOf(expression, (id) => {
      const symbol = this.parser.scope.symbols[id];
      return symbol?.kind === "constant" ? symbol.value : undefined;
    });
  }

  expect(kind: number): void {
    if (!this.cursor.accept(kind)) throw new Lost();
  }

  nested<Result>(read: () => Result): Result {
    if (++this.depth > deepest) throw new Lost(true);
    const result = read();
    this.depth--;
    return result;
  }

  /** Reads a block or a branch, whose names are its own. */
  within<Result>(read: () => Result): Result {
    return this.names.within(() => {
      if (++this.depth > deepest) throw new Lost(true);
      const kept = this.cleanups.count;
      try {
        return read();
      } finally {
        this.cleanups.end(kept);
        this.depth--;
      }
    });
  }
}
