import type { Interner } from "./interner.ts";
import { Lexer, type LexFault } from "./lexer.ts";
import type { Token } from "./token.ts";
import * as T from "./token.ts";

/** A lexer of a text that no file holds: what `##` makes, an expression of an annotation. */
function lexerOf(text: string, interner: Interner): Lexer {
  return new Lexer(
    {
      source: { name: "", text },
      text: `${text}\n`,
      splices: undefined,
      path: "",
      role: "builtin",
      searchIndex: -1,
      base: 0,
      includedAt: undefined,
      comments: [],
      renumberings: [],
      lines: undefined,
    },
    interner,
  );
}

/** The one token at `pos` that `text` is; undefined where it is none, or several. */
export function tokenOf(text: string, interner: Interner, pos: number): Token | undefined {
  const lexer = lexerOf(text, interner);
  lexer.next();
  if (lexer.at !== text.length || lexer.kind === T.EOF || lexer.fault !== undefined) return undefined;
  return { kind: lexer.kind, value: lexer.value, pos, space: false, painted: false };
}

/** The tokens of `text`, which stand where they do there; what is wrong with it in place of them. */
export function tokensOf(text: string, interner: Interner): readonly Token[] | LexFault {
  const lexer = lexerOf(text, interner);
  const tokens: Token[] = [];
  for (lexer.next(); lexer.kind !== T.EOF; lexer.next()) {
    if (lexer.fault !== undefined) return lexer.fault;
    tokens.push({ kind: lexer.kind, value: lexer.value, pos: lexer.start, space: lexer.space, painted: false });
  }
  return lexer.fault ?? tokens;
}
