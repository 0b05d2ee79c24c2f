import { suggest } from "@rbgen/btf";
import type { Complaints } from "../text/complaints.ts";
import type { Interner } from "../text/interner.ts";
import { keywordCodes } from "../text/keyword.ts";
import * as T from "../text/token.ts";
import type { TokenBuffer } from "../text/token-buffer.ts";
import { annotationMacros, suppliers } from "./prelude.ts";

const keywordCount = keywordCodes.length;

/** A place in a token stream. The parser moves `at`; looking ahead and going back cost nothing. */
export class Cursor {
  readonly kinds: Uint8Array;
  readonly values: Int32Array;
  readonly positions: Int32Array;
  readonly names: readonly string[];
  readonly #tokens: TokenBuffer;
  readonly #interner: Interner;
  readonly #complaints: Complaints;
  at = 0;

  constructor(tokens: TokenBuffer, interner: Interner, complaints: Complaints) {
    this.#tokens = tokens;
    this.#interner = interner;
    this.kinds = tokens.kinds;
    this.values = tokens.values;
    this.positions = tokens.positions;
    this.names = interner.names;
    this.#complaints = complaints;
  }

  /** Another place in the same stream, which complains elsewhere. */
  apart(complaints: Complaints): Cursor {
    return new Cursor(this.#tokens, this.#interner, complaints);
  }

  /** Interned id of `name`; −1 where no text has it. */
  idOf(name: string): number {
    return this.#interner.lookup(name);
  }

  get kind(): number {
    return this.kinds[this.at]!;
  }

  /** Position of the current token. */
  get pos(): number {
    return this.positions[this.at]!;
  }

  /** Keyword code of the current token; 0 for anything else. */
  get keyword(): number {
    return this.keywordAt(this.at);
  }

  keywordAt(at: number): number {
    const value = this.values[at]!;
    return this.kinds[at] === T.IDENT && value < keywordCount ? keywordCodes[value]! : 0;
  }

  /** Whether the token at `at` is an identifier and no keyword. */
  isName(at: number = this.at): boolean {
    return this.kinds[at] === T.IDENT && this.values[at]! >= keywordCount;
  }

  /** Text of the token at `at`. */
  textAt(at: number): string {
    return T.spelt(this.kinds[at]!, this.values[at]!, this.names);
  }

  accept(kind: number): boolean {
    if (this.kinds[this.at] !== kind) return false;
    this.at++;
    return true;
  }

  /** Takes a token of `kind`, or gives the declaration up. */
  expect(kind: number, context: string): void {
    if (this.kinds[this.at] !== kind) this.unexpected(`'${T.spelling[kind]}' ${context}`);
    this.at++;
  }

  /** Gives the declaration up: `wanted` is not here. */
  unexpected(wanted: string): never {
    const found = this.kind === T.EOF ? "the file ends" : `'${this.textAt(this.at)}' stands here`;
    // What is missing is missing behind the last token, which may be on an earlier line.
    const missing = wanted.startsWith("';'") && this.at > 0;
    this.#complaints.poison(
      "RB2001",
      this.positions[missing ? this.at - 1 : this.at]!,
      `expected ${wanted}, but ${found}`,
      this.isName() ? annotationHint(this.textAt(this.at)) : {},
    );
  }

  /** Index behind the bracket that closes the one at `open`; the end of the stream where none does. */
  behind(open: number): number {
    const kinds = this.kinds;
    let depth = 0;
    for (let at = open; ; at++) {
      switch (kinds[at]) {
        case T.LPAREN:
        case T.LBRACE:
        case T.LBRACKET:
          depth++;
          break;
        case T.RPAREN:
        case T.RBRACE:
        case T.RBRACKET:
          if (--depth === 0) return at + 1;
          break;
        case T.EOF:
          return at;
      }
    }
  }
}

/** What a macro that is no macro here is meant to be: annotations are what stands where C has nothing. */
function annotationHint(name: string): { readonly hint?: string } {
  if (!name.startsWith("RB_")) return {};
  if (annotationMacros.includes(name)) return { hint: `#include <${suppliers.get(name)}> defines it` };
  const [meant] = suggest(name, annotationMacros, 1);
  return meant === undefined ? {} : { hint: `did you mean '${meant}'?` };
}
