import type { Int, Type } from "@rbgen/btf";
import { counted } from "../../diagnostics/counted.ts";
import * as K from "../text/keyword.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { asBytes, asType, basic, type CArray, stripped } from "../type/ctype.ts";
import { decayed } from "../type/member-lookup.ts";
import type { Attributes } from "./attributes.ts";
import { basicType, COMPLEX, SHORT, SIGNED, UNSIGNED } from "./basic-type.ts";
import type { Parser } from "./parser.ts";

/** What the specifiers before a declarator say. */
export interface Specified {
  readonly type: Type;
  readonly typedef: boolean;
  readonly extern: boolean;
  readonly static: boolean;
  readonly attributes: Attributes | undefined;
}

// Words of which one bit is all that they say: modifiers of basic types first, as basic-type.ts has them.
const WORDS = 16;
const TYPEDEF = 32;
const EXTERN = 64;
const STATIC = 128;
const CONST = 256;
const VOLATILE = 512;
const RESTRICT = 1024;
const ATOMIC = 2048;

/** By keyword, what it says; -1 of one that says more than bits. */
const bitsOf: Int16Array = new Int16Array(256).fill(-1);
for (const [keyword, bits] of [
  [K.SHORT, SHORT | WORDS],
  [K.SIGNED, SIGNED | WORDS],
  [K.UNSIGNED, UNSIGNED | WORDS],
  [K.COMPLEX, COMPLEX | WORDS],
  [K.TYPEDEF, TYPEDEF],
  [K.EXTERN, EXTERN],
  [K.STATIC, STATIC],
  [K.CONST, CONST],
  [K.VOLATILE, VOLATILE],
  [K.RESTRICT, RESTRICT],
  // These say nothing that a type or a declaration keeps.
  [K.AUTO, 0],
  [K.REGISTER, 0],
  [K.THREAD, 0],
  [K.INLINE, 0],
  [K.NORETURN, 0],
  [K.EXTENSION, 0],
] as const) {
  bitsOf[keyword] = bits;
}

/** What the specifiers that were read say so far. */
interface Draft {
  type: Type | undefined;
  attributes: Attributes | undefined;
  bits: number;
  /** The basic word that is no modifier; 0 for none. */
  base: number;
  longs: number;
}

/** Reads declaration specifiers (C11 6.7) with GNU's additions. */
export class Specifiers {
  readonly #parser: Parser;

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** Whether the token at `at` can start specifiers. */
  starts(at: number): boolean {
    const { cursor, scope, foreign } = this.#parser;
    const keyword = cursor.keywordAt(at);
    if (keyword !== 0) return keyword <= K.EXTENSION && keyword !== K.ASM;
    if (!cursor.isName(at)) return false;
    const symbol = scope.symbols[cursor.values[at]!];
    if (symbol !== undefined) return symbol.kind === "typedef";
    return foreign.isTypeName(cursor.textAt(at));
  }

  /** Reads specifiers up to the declarator. */
  read(): Specified {
    const { cursor, complaints } = this.#parser;
    const start = cursor.at;
    const draft: Draft = { type: undefined, attributes: undefined, bits: 0, base: 0, longs: 0 };
    while (this.#take(draft)) {}
    const { attributes, bits } = draft;
    let type = (bits & WORDS) === 0 ? draft.type : this.#basic(draft, start);
    if (type === undefined) {
      if (attributes === undefined && (bits & (TYPEDEF | EXTERN | STATIC | CONST | VOLATILE)) === 0)
        return cursor.unexpected("a declaration");
      return complaints.poison("RB2014", cursor.positions[start]!, "this declaration names no type", {
        hint: "C99 and later have no implicit int",
      });
    }
    if (attributes !== undefined) type = this.applied(type, attributes);
    if ((bits & ATOMIC) !== 0) this.#checkAtomic(type, start);
    // The order of compilers' debug information.
    if ((bits & VOLATILE) !== 0) type = { kind: "volatile", target: type };
    if ((bits & CONST) !== 0) type = { kind: "const", target: type };
    if ((bits & RESTRICT) !== 0) type = { kind: "restrict", target: type };
    for (const value of attributes?.typeTags ?? []) type = { kind: "type_tag", value, target: type };
    if (attributes !== undefined) attributes.typeTags = [];
    return {
      type,
      attributes,
      typedef: (bits & TYPEDEF) !== 0,
      extern: (bits & EXTERN) !== 0,
      static: (bits & STATIC) !== 0,
    };
  }

  /** Takes one specifier into `draft`; false where there is none. */
  #take(draft: Draft): boolean {
    const { cursor, complaints, attributes } = this.#parser;
    const keyword = cursor.keyword;
    const bits = bitsOf[keyword]!;
    if (bits >= 0) {
      draft.bits |= bits;
      cursor.at++;
      return true;
    }
    switch (keyword) {
      case 0:
        return this.#takeName(draft);
      case K.VOID:
      case K.CHAR:
      case K.INT:
      case K.FLOAT:
      case K.DOUBLE:
      case K.BOOL:
      case K.INT128:
      case K.HALF:
        this.#takeBase(draft, keyword);
        return true;
      case K.LONG:
        draft.longs++;
        draft.bits |= WORDS;
        cursor.at++;
        return true;
      case K.UNSUPPORTED:
        return complaints.poison(
          "RB2013",
          cursor.pos,
          `'${cursor.textAt(cursor.at)}' is a type that the BPF target or the type graph does not have`,
        );
      case K.AUTO_TYPE:
      case K.STRUCT:
      case K.UNION:
      case K.ENUM:
        if (isTyped(draft)) cursor.unexpected("';'");
        draft.type = this.#tagged(keyword);
        return true;
      case K.TYPEOF:
        draft.type = this.#typeof();
        return true;
      case K.ATOMIC:
        this.#takeAtomic(draft);
        return true;
      case K.ATTRIBUTE:
      case K.ALIGNAS:
      case K.DECLSPEC:
        draft.attributes = attributes.read(draft.attributes);
        return true;
      default:
        return false;
    }
  }

  #takeName(draft: Draft): boolean {
    const { cursor, attributes } = this.#parser;
    if (cursor.kind === T.LBRACKET && cursor.kinds[cursor.at + 1] === T.LBRACKET) {
      draft.attributes = attributes.read(draft.attributes);
      return true;
    }
    if (isTyped(draft) || !cursor.isName()) return false;
    draft.type = this.#named();
    return true;
  }

  #takeBase(draft: Draft, keyword: number): void {
    const { cursor, complaints } = this.#parser;
    const { type, base } = draft;
    if (type !== undefined && cursor.kinds[cursor.at - 1] === T.RBRACE) cursor.unexpected("';' after the definition");
    if (type !== undefined || (base !== 0 && !(base === K.INT && keyword === K.INT))) {
      complaints.poison(
        "RB2014",
        cursor.pos,
        `'${cursor.textAt(cursor.at)}' cannot be combined with the type before it`,
      );
    }
    draft.base = keyword;
    draft.bits |= WORDS;
    cursor.at++;
  }

  #takeAtomic(draft: Draft): void {
    const { cursor, declarators } = this.#parser;
    cursor.at++;
    if (cursor.kind === T.LPAREN && !isTyped(draft)) {
      cursor.at++;
      draft.type = declarators.typeName();
      cursor.expect(T.RPAREN, "of _Atomic");
    }
    draft.bits |= ATOMIC;
  }

  /** A struct, union or enum, or what `__auto_type` stands for. */
  #tagged(keyword: number): Type {
    if (keyword === K.AUTO_TYPE) return this.#initialised();
    return asType(keyword === K.ENUM ? this.#parser.enums.read() : this.#parser.records.read());
  }

  /** A typedef's name, or a name that someone else defines. */
  #named(): Type {
    const { cursor, scope, foreign } = this.#parser;
    const id = cursor.values[cursor.at]!;
    const symbol = scope.symbols[id];
    if (symbol?.kind === "typedef") {
      cursor.at++;
      return symbol.type;
    }
    const pos = cursor.pos;
    const name = cursor.textAt(cursor.at);
    const found = symbol === undefined ? foreign.typeOf(name, pos) : undefined;
    if (found !== undefined) {
      cursor.at++;
      return found;
    }
    return foreign.missing(name, pos, cursor, this.#inFunction());
  }

  /** Whether the name at the cursor belongs to a function at file scope: to its result or to a parameter. */
  #inFunction(): boolean {
    const { cursor, parameters, records } = this.#parser;
    if (records.open > 0) return false;
    if (parameters > 0) return true;
    let at = cursor.at + 1;
    while (cursor.kinds[at] === T.STAR || cursor.keywordAt(at) === K.CONST || cursor.keywordAt(at) === K.INLINE) at++;
    return (
      cursor.isName(at) &&
      cursor.kinds[at + 1] === T.LPAREN &&
      cursor.keywordAt(this.#parser.declarationStart) !== K.TYPEDEF
    );
  }

  #typeof(): Type {
    const { cursor, declarators, expressions } = this.#parser;
    const bare = cursor.textAt(cursor.at++).includes("unqual");
    cursor.expect(T.LPAREN, "after typeof");
    let type = this.#parser.specifiers.starts(cursor.at) ? declarators.typeName() : expressions.full().type;
    cursor.expect(T.RPAREN, "of typeof");
    while (bare && (type.kind === "const" || type.kind === "volatile" || type.kind === "restrict")) type = type.target;
    return type;
  }

  /** The type of what the name behind `__auto_type` is initialised with. */
  #initialised(): Type {
    const { cursor, expressions } = this.#parser;
    const name = ++cursor.at;
    if (!cursor.isName(name) || cursor.kinds[name + 1] !== T.EQUAL) cursor.unexpected("a name and its initialiser");
    cursor.at = name + 2;
    const { type } = expressions.conditional();
    cursor.at = name;
    return decayed(type);
  }

  /** A complex type: real and imaginary part, which lie in memory as an array of two does. */
  #complex(part: Type, start: number): Type {
    const { complaints, cursor } = this.#parser;
    if (part.kind === "float" || (part.kind === "int" && !part.bool)) return { kind: "array", element: part, count: 2 };
    return complaints.poison("RB2014", cursor.positions[start]!, "a complex type has parts of a number's type");
  }

  /** The type of basic words, the first of which stands at `start`. */
  #basic({ base, longs, bits }: Draft, start: number): Type {
    const { cursor, complaints } = this.#parser;
    const complex = (bits & COMPLEX) !== 0;
    // `_Complex` alone is that of double.
    const double = complex && base === 0 && (bits & (SHORT | SIGNED | UNSIGNED)) === 0 && longs < 2;
    const type = basicType({ base: double ? K.DOUBLE : base, longs, modifiers: bits });
    if (type !== undefined) return complex ? this.#complex(type, start) : type;
    return complaints.poison("RB2014", cursor.positions[start]!, "these words do not make one type", {
      to: cursor.positions[cursor.at - 1]!,
    });
  }

  /** `mode` and vectors, which replace the type. */
  applied(type: Type, attributes: Attributes): Type {
    const { complaints } = this.#parser;
    if (attributes.mode !== undefined) {
      const mode = attributes.mode;
      attributes.mode = undefined;
      const plain = stripped(type);
      const changed = plain.kind === "int" ? moded(plain, mode) : plain.kind === "float" ? floatMode(mode) : undefined;
      if (changed === undefined)
        return complaints.poison("RB2010", attributes.pos, `mode '${mode}' does not apply to this type`);
      type = changed;
    }
    if (attributes.vectorBytes !== 0 || attributes.vectorElements !== 0) {
      const plain = stripped(type);
      const size = sizeOf(plain);
      if ((plain.kind !== "int" && plain.kind !== "float") || size === undefined) {
        return complaints.poison("RB2010", attributes.pos, "a vector holds integers or floating numbers");
      }
      const bytes = attributes.vectorBytes || attributes.vectorElements * size;
      if (bytes % size !== 0)
        complaints.poison(
          "RB2010",
          attributes.pos,
          `a vector of ${counted(bytes, "byte")} is no whole number of elements of ${size}`,
        );
      const whole = 2 ** Math.ceil(Math.log2(bytes));
      if (whole !== bytes)
        complaints.poison(
          "RB2025",
          attributes.pos,
          "a vector whose size is no power of two has padding that the type graph cannot hold",
        );
      attributes.vectorBytes = 0;
      attributes.vectorElements = 0;
      const vector: CArray = { kind: "array", element: type, count: bytes / size, align: asBytes(whole) };
      type = vector;
    }
    return type;
  }

  /** `_Atomic` rounds sizes up to what a lock-free access takes; only types that it leaves alone are known here. */
  #checkAtomic(type: Type, start: number): void {
    const { complaints, cursor } = this.#parser;
    const plain = stripped(type);
    if (plain.kind !== "struct" && plain.kind !== "union") return;
    const pow2 = (plain.size & (plain.size - 1)) === 0;
    if (plain.size > 8 || (pow2 && (plain.align ?? 1) === plain.size)) return;
    complaints.poison(
      "RB2013",
      cursor.positions[start]!,
      "an _Atomic struct or union of this size has padding that the type graph cannot hold",
    );
  }
}

/** Whether a type stands there already, whole or as words. */
function isTyped({ type, bits }: Draft): boolean {
  return type !== undefined || (bits & WORDS) !== 0;
}

function moded(type: Int, mode: string): Int | undefined {
  switch (mode) {
    case "QI":
    case "byte":
      return type.signed ? basic.schar : basic.uchar;
    case "HI":
      return type.signed ? basic.short : basic.ushort;
    case "SI":
      return type.signed ? basic.int : basic.uint;
    case "DI":
    case "word":
    case "pointer":
    case "unwind_word":
      return type.signed ? basic.long : basic.ulong;
    case "TI":
      return type.signed ? basic.int128 : basic.uint128;
    default:
      return undefined;
  }
}

function floatMode(mode: string): Type | undefined {
  return mode === "SF" ? basic.float : mode === "DF" ? basic.double : undefined;
}
