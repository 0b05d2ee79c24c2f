import type { Int, Type } from "@rbgen/btf";
import * as K from "../text/keyword.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { asBytes, asType, basic, type CArray, stripped } from "../type/ctype.ts";
import { decayed } from "../type/member-lookup.ts";
import type { Attributes } from "./attributes.ts";
import type { Parser } from "./parser.ts";

/** What the specifiers before a declarator say. */
export interface Specified {
  readonly type: Type;
  readonly typedef: boolean;
  readonly extern: boolean;
  readonly static: boolean;
  readonly attributes: Attributes | undefined;
}

const TYPEDEF = 1;
const EXTERN = 2;
const STATIC = 4;

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
    const { cursor, complaints, attributes: reader } = this.#parser;
    const start = cursor.at;
    let attributes: Attributes | undefined;
    let type: Type | undefined;
    let storage = 0;
    let isConst = false;
    let isVolatile = false;
    let isRestrict = false;
    let atomic = false;
    // Counts of the basic words; `base` is the one that is no modifier.
    let base = 0;
    let longs = 0;
    let short = false;
    let signed = false;
    let unsigned = false;
    let words = false;
    let complex = false;
    for (;;) {
      const keyword = cursor.keyword;
      switch (keyword) {
        case 0: {
          if (cursor.kind === T.LBRACKET && cursor.kinds[cursor.at + 1] === T.LBRACKET) {
            attributes = reader.read(attributes);
            continue;
          }
          if (type !== undefined || words || !cursor.isName()) break;
          type = this.#named();
          continue;
        }
        case K.VOID:
        case K.CHAR:
        case K.INT:
        case K.FLOAT:
        case K.DOUBLE:
        case K.BOOL:
        case K.INT128:
        case K.HALF:
          if (type !== undefined && cursor.kinds[cursor.at - 1] === T.RBRACE)
            cursor.unexpected("';' after the definition");
          if (type !== undefined || (base !== 0 && !(base === K.INT && keyword === K.INT))) {
            complaints.poison(
              "RB2014",
              cursor.pos,
              `'${cursor.textAt(cursor.at)}' cannot be combined with the type before it`,
            );
          }
          base = keyword;
          words = true;
          cursor.at++;
          continue;
        case K.SHORT:
          short = true;
          words = true;
          cursor.at++;
          continue;
        case K.LONG:
          longs++;
          words = true;
          cursor.at++;
          continue;
        case K.SIGNED:
          signed = true;
          words = true;
          cursor.at++;
          continue;
        case K.UNSIGNED:
          unsigned = true;
          words = true;
          cursor.at++;
          continue;
        case K.COMPLEX:
          complex = true;
          words = true;
          cursor.at++;
          continue;
        case K.AUTO_TYPE:
          if (type !== undefined || words) cursor.unexpected("';'");
          type = this.#initialised();
          continue;
        case K.UNSUPPORTED:
          complaints.poison(
            "RB2013",
            cursor.pos,
            `'${cursor.textAt(cursor.at)}' is a type that the BPF target or the type graph does not have`,
          );
          break;
        case K.STRUCT:
        case K.UNION:
          if (type !== undefined || words) cursor.unexpected("';'");
          type = asType(this.#parser.records.read());
          continue;
        case K.ENUM:
          if (type !== undefined || words) cursor.unexpected("';'");
          type = asType(this.#parser.enums.read());
          continue;
        case K.TYPEOF:
          type = this.#typeof();
          continue;
        case K.ATOMIC:
          cursor.at++;
          if (cursor.kind === T.LPAREN && type === undefined && !words) {
            cursor.at++;
            type = this.#parser.declarators.typeName();
            cursor.expect(T.RPAREN, "of _Atomic");
          }
          atomic = true;
          continue;
        case K.CONST:
          isConst = true;
          cursor.at++;
          continue;
        case K.VOLATILE:
          isVolatile = true;
          cursor.at++;
          continue;
        case K.RESTRICT:
          isRestrict = true;
          cursor.at++;
          continue;
        case K.TYPEDEF:
          storage |= TYPEDEF;
          cursor.at++;
          continue;
        case K.EXTERN:
          storage |= EXTERN;
          cursor.at++;
          continue;
        case K.STATIC:
          storage |= STATIC;
          cursor.at++;
          continue;
        case K.AUTO:
        case K.REGISTER:
        case K.THREAD:
        case K.INLINE:
        case K.NORETURN:
        case K.EXTENSION:
          cursor.at++;
          continue;
        case K.ATTRIBUTE:
        case K.ALIGNAS:
        case K.DECLSPEC:
          attributes = reader.read(attributes);
          continue;
      }
      break;
    }
    if (words) {
      // `_Complex` alone is that of double.
      const double = complex && base === 0 && !short && !signed && !unsigned && longs < 2;
      type = this.#basic(start, double ? K.DOUBLE : base, longs, short, signed, unsigned);
      if (complex) type = this.#complex(type, start);
    }
    if (type === undefined) {
      if (attributes === undefined && storage === 0 && !isConst && !isVolatile)
        return cursor.unexpected("a declaration");
      return complaints.poison("RB2014", cursor.positions[start]!, "this declaration names no type", {
        hint: "C99 and later have no implicit int",
      });
    }
    if (attributes !== undefined) type = this.applied(type, attributes);
    if (atomic) this.#checkAtomic(type, start);
    // The order of compilers' debug information.
    if (isVolatile) type = { kind: "volatile", target: type };
    if (isConst) type = { kind: "const", target: type };
    if (isRestrict) type = { kind: "restrict", target: type };
    for (const value of attributes?.typeTags ?? []) type = { kind: "type_tag", value, target: type };
    if (attributes !== undefined) attributes.typeTags = [];
    return {
      type,
      attributes,
      typedef: (storage & TYPEDEF) !== 0,
      extern: (storage & EXTERN) !== 0,
      static: (storage & STATIC) !== 0,
    };
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

  #basic(start: number, base: number, longs: number, short: boolean, signed: boolean, unsigned: boolean): Type {
    const { cursor, complaints } = this.#parser;
    const wrong = (): never =>
      complaints.poison("RB2014", cursor.positions[start]!, "these words do not make one type", {
        to: cursor.positions[cursor.at - 1]!,
      });
    if ((signed && unsigned) || (short && longs > 0) || longs > 2) wrong();
    const plain = !signed && !unsigned && !short && longs === 0;
    switch (base) {
      case K.VOID:
        return plain ? basic.void : wrong();
      case K.BOOL:
        return plain ? basic.bool : wrong();
      case K.HALF:
        return plain ? basic.half : wrong();
      case K.FLOAT:
        return plain ? basic.float : wrong();
      case K.DOUBLE:
        return signed || unsigned || short || longs > 1 ? wrong() : longs === 1 ? basic.ldouble : basic.double;
      case K.CHAR:
        return short || longs > 0 ? wrong() : unsigned ? basic.uchar : signed ? basic.schar : basic.char;
      case K.INT128:
        return short || longs > 0 ? wrong() : unsigned ? basic.uint128 : basic.int128;
      default:
        if (short) return unsigned ? basic.ushort : basic.short;
        if (longs === 2) return unsigned ? basic.ullong : basic.llong;
        if (longs === 1) return unsigned ? basic.ulong : basic.long;
        return unsigned ? basic.uint : basic.int;
    }
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
        complaints.poison("RB2010", attributes.pos, `${bytes} bytes are no whole number of elements of ${size}`);
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
