import type { Type } from "@rbgen/btf";
import type { Parser } from "../parse/parser.ts";
import { BodyParser } from "./body-parser.ts";
import { isLost, Lost } from "./lost.ts";
import type { Body, Expression } from "./tree.ts";

/** Reads the bodies of functions. Silent: what it does not understand says nothing, and nothing of it reaches the file's scope. */
export class BodyReader {
  readonly #parser: Parser;

  /** @param parser one whose scope and complaints are its own */
  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** Reads the body whose `{` is the token at `open`; undefined where it is too deep. */
  read(
    name: string,
    open: number,
    params: readonly { readonly name: string; readonly type: Type }[],
  ): Body | undefined {
    const body = new BodyParser(this.#parser);
    const { cursor, facts } = body;
    cursor.at = open;
    const parameters = params.map(({ name: own, type }, index) => body.declare(cursor.idOf(own), own, type, index));
    try {
      body.statements.block();
      facts.steps.return();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return undefined;
    } finally {
      body.names.end();
    }
    const { locals, calls, stores, returns, obscure, steps } = facts;
    return { name, parameters, locals, calls, stores, returns, obscure, steps };
  }

  /** Reads the expression that the token at `start` begins, outside of all functions; undefined where it is not understood. */
  value(start: number): Expression | undefined {
    const body = new BodyParser(this.#parser);
    body.cursor.at = start;
    try {
      return body.expressions.assignment();
    } catch (error) {
      if (!isLost(error)) throw error;
      return undefined;
    } finally {
      body.names.end();
    }
  }
}
