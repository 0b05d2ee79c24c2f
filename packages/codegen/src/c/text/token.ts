/** Kinds of preprocessing tokens. Numbers, so that a token stream is a few typed arrays. */
export const EOF: number = 0;
export const IDENT: number = 1;
export const NUMBER: number = 2;
export const CHAR: number = 3;
export const STRING: number = 4;
export const NEWLINE: number = 5;
/** A character that C has no use for. */
export const OTHER: number = 6;
/** What an empty macro argument leaves beside `##`. */
export const PLACEMARKER: number = 7;

export const LPAREN: number = 8;
export const RPAREN: number = 9;
export const LBRACKET: number = 10;
export const RBRACKET: number = 11;
export const LBRACE: number = 12;
export const RBRACE: number = 13;
export const SEMICOLON: number = 14;
export const COMMA: number = 15;
export const COLON: number = 16;
export const QUESTION: number = 17;
export const TILDE: number = 18;
export const DOT: number = 19;
export const ELLIPSIS: number = 20;
export const ARROW: number = 21;
export const PLUS: number = 22;
export const MINUS: number = 23;
export const STAR: number = 24;
export const SLASH: number = 25;
export const PERCENT: number = 26;
export const AMP: number = 27;
export const PIPE: number = 28;
export const CARET: number = 29;
export const BANG: number = 30;
export const LESS: number = 31;
export const GREATER: number = 32;
export const LESS_EQUAL: number = 33;
export const GREATER_EQUAL: number = 34;
export const EQUAL_EQUAL: number = 35;
export const BANG_EQUAL: number = 36;
export const SHIFT_LEFT: number = 37;
export const SHIFT_RIGHT: number = 38;
export const AND_AND: number = 39;
export const OR_OR: number = 40;
export const EQUAL: number = 41;
export const PLUS_PLUS: number = 42;
export const MINUS_MINUS: number = 43;
/** `+=` and the other compound assignments, which no declaration or constant needs told apart. */
export const ASSIGN_OP: number = 44;
export const HASH: number = 45;
export const HASH_HASH: number = 46;
export const COLON_COLON: number = 47;

/** Spelling of each punctuator by kind; "" where the kind has more than one. */
export const spelling: readonly string[] = [
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ";",
  ",",
  ":",
  "?",
  "~",
  ".",
  "...",
  "->",
  "+",
  "-",
  "*",
  "/",
  "%",
  "&",
  "|",
  "^",
  "!",
  "<",
  ">",
  "<=",
  ">=",
  "==",
  "!=",
  "<<",
  ">>",
  "&&",
  "||",
  "=",
  "++",
  "--",
  "",
  "#",
  "##",
  "::",
];

/** The text of a token of `kind`, `names` being what is interned. */
export function spelt(kind: number, value: number, names: readonly string[]): string {
  return spelling[kind] || (names[value] ?? "");
}

/** A token of a macro, a directive or an argument. Tokens that no macro touches are never made into objects. */
export interface Token {
  readonly kind: number;
  /** Interned spelling of identifiers, literals, compound assignments and stray characters. */
  readonly value: number;
  /** Position as {@link import("./source-map.ts").SourceMap} counts. */
  readonly pos: number;
  /** White space before it. */
  readonly space: boolean;
  /** An identifier met inside of its own macro's expansion: never expanded again. */
  readonly painted: boolean;
}
