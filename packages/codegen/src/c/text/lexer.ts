import { hashFactor, hashSeed, type Interner } from "./interner.ts";
import type { Inclusion } from "./source-map.ts";
import * as T from "./token.ts";

// Classes of ASCII characters: what a token that starts with one can be.
const STRAY = 0;
const SPACE = 1;
const LINE_END = 2;
const LETTER = 3;
const DIGIT = 4;
const QUOTE = 5;
const SINGLE = 6;
const MULTI = 7;

const classes = new Uint8Array(128);
const singles = new Uint8Array(128);
/** 1 for characters that continue an identifier. */
const words = new Uint8Array(128);
for (const c of " \t\v\f\r\0") classes[c.charCodeAt(0)] = SPACE;
classes[10] = LINE_END;
for (let c = 0; c < 128; c++) {
  const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c === 36;
  const digit = c >= 48 && c <= 57;
  if (letter) classes[c] = LETTER;
  if (digit) classes[c] = DIGIT;
  if (letter || digit) words[c] = 1;
}
for (const c of "\"'") classes[c.charCodeAt(0)] = QUOTE;
for (const [c, kind] of [
  ["(", T.LPAREN],
  [")", T.RPAREN],
  ["[", T.LBRACKET],
  ["]", T.RBRACKET],
  ["{", T.LBRACE],
  ["}", T.RBRACE],
  [";", T.SEMICOLON],
  [",", T.COMMA],
  ["?", T.QUESTION],
  ["~", T.TILDE],
] as const) {
  classes[c.charCodeAt(0)] = SINGLE;
  singles[c.charCodeAt(0)] = kind;
}
for (const c of ".-+*/%&|^!<>=#:") classes[c.charCodeAt(0)] = MULTI;

/** Beyond ASCII: spaces, dashes and quotes that word processors make, and what is no UTF-8. All else may be part of a name. */
function isStray(c: number): boolean {
  return c === 0xa0 || (c >= 0x2000 && c <= 0x206f) || c === 0x3000 || c === 0xfffd;
}

/** What the lexer has to complain of; the preprocessor makes diagnostics of it, unless the text is skipped. */
export type LexFault = "comment" | "string" | "char";

/** Splits one text into preprocessing tokens; the token last read is in its fields. */
export class Lexer {
  readonly inclusion: Inclusion;
  readonly text: string;
  readonly #interner: Interner;
  /** Offset of the next character. */
  at = 0;
  kind = 0;
  value = 0;
  /** Offset of the token. */
  start = 0;
  /** White space or a comment before the token. */
  space = false;
  /** First token of its line. */
  lineStart = true;
  /** Newlines are tokens: inside a directive. */
  inDirective = false;
  fault: LexFault | undefined = undefined;
  readonly #begin: number;

  constructor(inclusion: Inclusion, interner: Interner) {
    this.inclusion = inclusion;
    this.text = inclusion.text;
    this.#interner = interner;
    this.#begin = this.text.charCodeAt(0) === 0xfeff ? 1 : 0;
    this.at = this.#begin;
  }

  /** Reads the next token. */
  next(): void {
    const text = this.text;
    const length = text.length;
    let at = this.at;
    let space = false;
    let lineStart = at === this.#begin;
    for (;;) {
      if (at >= length) {
        this.lineStart = true;
        this.#token(T.EOF, at, at, space);
        return;
      }
      const c = text.charCodeAt(at);
      switch (c < 128 ? classes[c] : c === 0xfeff ? SPACE : isStray(c) ? STRAY : LETTER) {
        case SPACE:
          space = true;
          at++;
          continue;
        case LINE_END:
          if (this.inDirective) {
            this.lineStart = false;
            this.#token(T.NEWLINE, at, at, space);
            return;
          }
          lineStart = true;
          space = true;
          at++;
          continue;
        case LETTER: {
          this.lineStart = lineStart;
          let hash = hashSeed;
          let end = at;
          let d = c;
          do {
            hash = Math.imul(hash ^ d, hashFactor);
            d = text.charCodeAt(++end);
          } while (d < 128 ? words[d] === 1 : !isStray(d));
          if (d === 92 && universal(text, end) !== undefined) {
            this.#universalName(at, space);
            return;
          }
          if ((d === 34 || d === 39) && isPrefix(text, at, end)) {
            this.#quoted(at, end, d, space);
            return;
          }
          this.kind = T.IDENT;
          this.value = this.#interner.internRange(text, at, end, hash);
          this.start = at;
          this.at = end;
          this.space = space;
          return;
        }
        case DIGIT:
          this.lineStart = lineStart;
          this.#number(at, space);
          return;
        case QUOTE:
          this.lineStart = lineStart;
          this.#quoted(at, at, c, space);
          return;
        case SINGLE:
          this.kind = singles[c]!;
          this.value = 0;
          this.start = at;
          this.at = at + 1;
          this.space = space;
          this.lineStart = lineStart;
          return;
        case MULTI: {
          const d = text.charCodeAt(at + 1);
          if (c === 47 && (d === 47 || d === 42)) {
            const end = this.#comment(at, d);
            // A comment may span lines inside a directive; it is one space all the same.
            space = true;
            at = end;
            continue;
          }
          this.lineStart = lineStart;
          if (c === 46 && d >= 48 && d <= 57) {
            this.#number(at, space);
            return;
          }
          this.#punctuator(at, c, d, space);
          return;
        }
        default:
          this.lineStart = lineStart;
          if (c === 92 && universal(text, at) !== undefined) {
            this.#universalName(at, space);
            return;
          }
          this.#token(T.OTHER, at, at + 1, space);
          this.value = this.#interner.intern(text.slice(at, at + 1));
          return;
      }
    }
  }

  /** Reads a name that holds universal character names: it is the one with the characters themselves (C11 6.4.3). */
  #universalName(start: number, space: boolean): void {
    const { text } = this;
    let name = "";
    let at = start;
    for (;;) {
      const c = text.charCodeAt(at);
      const escaped = c === 92 ? universal(text, at) : undefined;
      if (escaped !== undefined) {
        name += escaped;
        at += text[at + 1] === "u" ? 6 : 10;
      } else if (c >= 128 || words[c] === 1) {
        name += text[at];
        at++;
      } else break;
    }
    this.#token(T.IDENT, start, at, space);
    this.value = this.#interner.intern(name);
  }

  /** Reads the `<…>` of an include; the token is a string with its signs, or nothing has been read. */
  angled(): boolean {
    const close = this.text.indexOf(">", this.start + 1);
    const line = this.text.indexOf("\n", this.start);
    if (close < 0 || close > line) return false;
    this.value = this.#interner.intern(this.text.slice(this.start, close + 1));
    this.kind = T.STRING;
    this.at = close + 1;
    return true;
  }

  /** Offset of the end of the line that holds the next character. */
  lineEnd(): number {
    return this.text.indexOf("\n", this.at);
  }

  #token(kind: number, start: number, end: number, space: boolean): void {
    this.kind = kind;
    this.value = 0;
    this.start = start;
    this.at = end;
    this.space = space;
  }

  #comment(at: number, second: number): number {
    const text = this.text;
    let end: number;
    if (second === 47) {
      end = text.indexOf("\n", at);
    } else {
      end = text.indexOf("*/", at + 2) + 2;
      if (end === 1) {
        end = text.length;
        this.fault = "comment";
        this.start = at;
      }
    }
    const comments = this.inclusion.comments;
    const last = comments.length - 2;
    if (last < 0 || comments[last]! < at) comments.push(at, end);
    return end;
  }

  #number(at: number, space: boolean): void {
    const text = this.text;
    let hash = hashSeed;
    let end = at;
    let c = text.charCodeAt(end);
    for (;;) {
      hash = Math.imul(hash ^ c, hashFactor);
      const before = c;
      c = text.charCodeAt(++end);
      if (c < 128 ? words[c] === 1 || c === 46 : true) continue;
      if ((c === 43 || c === 45) && (before === 101 || before === 69 || before === 112 || before === 80)) continue;
      break;
    }
    this.kind = T.NUMBER;
    this.value = this.#interner.internRange(text, at, end, hash);
    this.start = at;
    this.at = end;
    this.space = space;
  }

  #quoted(start: number, open: number, quote: number, space: boolean): void {
    const text = this.text;
    let end = open + 1;
    for (let c = text.charCodeAt(end); c !== quote; c = text.charCodeAt(end)) {
      if (c === 10) {
        // An apostrophe in skipped prose is no fault; the preprocessor decides.
        this.#token(T.OTHER, start, open + 1, space);
        this.value = this.#interner.intern(text.slice(start, open + 1));
        this.fault = quote === 34 ? "string" : "char";
        return;
      }
      end += c === 92 && text.charCodeAt(end + 1) !== 10 ? 2 : 1;
    }
    this.#token(quote === 34 ? T.STRING : T.CHAR, start, end + 1, space);
    this.value = this.#interner.intern(text.slice(start, end + 1));
  }

  #punctuator(at: number, c: number, d: number, space: boolean): void {
    let kind: number = T.OTHER;
    let length = 1;
    const two = (second: number, both: number, alone: number): void => {
      kind = d === second ? both : alone;
      if (d === second) length = 2;
    };
    const assigns = d === 61;
    switch (c) {
      case 46: // .
        kind = T.DOT;
        if (d === 46 && this.text.charCodeAt(at + 2) === 46) {
          kind = T.ELLIPSIS;
          length = 3;
        }
        break;
      case 45: // -
        kind = d === 62 ? T.ARROW : d === 45 ? T.MINUS_MINUS : assigns ? T.ASSIGN_OP : T.MINUS;
        length = kind === T.MINUS ? 1 : 2;
        break;
      case 43: // +
        kind = d === 43 ? T.PLUS_PLUS : assigns ? T.ASSIGN_OP : T.PLUS;
        length = kind === T.PLUS ? 1 : 2;
        break;
      case 42: // *
        two(61, T.ASSIGN_OP, T.STAR);
        break;
      case 47: // /
        two(61, T.ASSIGN_OP, T.SLASH);
        break;
      case 94: // ^
        two(61, T.ASSIGN_OP, T.CARET);
        break;
      case 33: // !
        two(61, T.BANG_EQUAL, T.BANG);
        break;
      case 61: // =
        two(61, T.EQUAL_EQUAL, T.EQUAL);
        break;
      case 35: // #
        two(35, T.HASH_HASH, T.HASH);
        break;
      case 38: // &
        kind = d === 38 ? T.AND_AND : assigns ? T.ASSIGN_OP : T.AMP;
        length = kind === T.AMP ? 1 : 2;
        break;
      case 124: // |
        kind = d === 124 ? T.OR_OR : assigns ? T.ASSIGN_OP : T.PIPE;
        length = kind === T.PIPE ? 1 : 2;
        break;
      case 58: // :
        kind = d === 62 ? T.RBRACKET : d === 58 ? T.COLON_COLON : T.COLON;
        length = kind === T.COLON ? 1 : 2;
        break;
      case 37: // %
        kind = assigns ? T.ASSIGN_OP : d === 62 ? T.RBRACE : d === 58 ? T.HASH : T.PERCENT;
        length = kind === T.PERCENT ? 1 : 2;
        if (kind === T.HASH && this.text.startsWith("%:%:", at)) {
          kind = T.HASH_HASH;
          length = 4;
        }
        break;
      case 60: // <
        if (d === 60) {
          const assigned = this.text.charCodeAt(at + 2) === 61;
          kind = assigned ? T.ASSIGN_OP : T.SHIFT_LEFT;
          length = assigned ? 3 : 2;
        } else {
          kind = assigns ? T.LESS_EQUAL : d === 58 ? T.LBRACKET : d === 37 ? T.LBRACE : T.LESS;
          length = kind === T.LESS ? 1 : 2;
        }
        break;
      case 62: // >
        if (d === 62) {
          const assigned = this.text.charCodeAt(at + 2) === 61;
          kind = assigned ? T.ASSIGN_OP : T.SHIFT_RIGHT;
          length = assigned ? 3 : 2;
        } else {
          kind = assigns ? T.GREATER_EQUAL : T.GREATER;
          length = kind === T.GREATER ? 1 : 2;
        }
        break;
    }
    this.#token(kind, at, at + length, space);
    if (kind === T.ASSIGN_OP) this.value = this.#interner.intern(this.text.slice(at, at + length));
  }
}

/** Whether `text[start, end)` is an encoding prefix of a literal. */
function isPrefix(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length > 2) return false;
  const c = text.charCodeAt(start);
  if (length === 1) return c === 76 || c === 117 || c === 85;
  return c === 117 && text.charCodeAt(start + 1) === 56;
}

/** The character that `\\uXXXX` or `\\UXXXXXXXX` at `at` stands for in a name. */
function universal(text: string, at: number): string | undefined {
  const digits = /^\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(text.slice(at, at + 10));
  const code = Number.parseInt(digits?.[1] ?? digits?.[2] ?? "0", 16);
  // Neither ASCII nor half of a character.
  return code < 0xa0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code);
}
