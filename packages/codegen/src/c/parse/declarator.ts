import type { Param, Type } from "@rbgen/btf";
import * as K from "../text/keyword.ts";
import { raising } from "../text/limits.ts";
import { smallDecimal } from "../text/literal.ts";
import * as T from "../text/token.ts";
import { largestSize, sizeOf } from "../type/abi.ts";
import { basic, type CArray, stripped } from "../type/ctype.ts";
import type { Attributes } from "./attributes.ts";
import type { Parser } from "./parser.ts";

/** A name with its type; `id` is −1 where the declarator has no name. */
export interface Declarator {
  readonly type: Type;
  readonly id: number;
  readonly pos: number;
  readonly attributes: Attributes | undefined;
}

/** What a declarator must, may and must not name: a member or variable, a parameter, a type name. */
type Naming = "named" | "parameter" | "abstract";

/** A declarator that is being read: sizes of arrays and parameters hold others of their own. */
interface Draft {
  readonly naming: Naming;
  id: number;
  pos: number;
  attributes: Attributes | undefined;
}

/** Reads declarators (C11 6.7.6), which wrap a type from the inside out. */
export class Declarators {
  readonly #parser: Parser;

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** Reads a type name: specifiers and an abstract declarator. */
  typeName(): Type {
    const { type, attributes } = this.#parser.specifiers.read();
    return this.read(type, attributes, "abstract").type;
  }

  /** Reads one declarator over `base`; `attributes` of the specifiers are added to. */
  read(base: Type, attributes: Attributes | undefined, naming: Naming = "named"): Declarator {
    const { cursor, attributes: reader, specifiers } = this.#parser;
    const { at } = cursor;
    if (attributes === undefined && naming === "named" && cursor.isName(at)) {
      const next = cursor.kinds[at + 1];
      // Most members are a name and no more.
      if (next === T.SEMICOLON || next === T.COMMA || next === T.COLON) {
        cursor.at = at + 1;
        return { type: base, id: cursor.values[at]!, pos: cursor.positions[at]!, attributes };
      }
    }
    const draft: Draft = { naming, id: -1, pos: cursor.pos, attributes };
    let type = this.#declare(base, draft);
    if (cursor.keyword !== 0 || cursor.kind === T.LBRACKET) draft.attributes = reader.read(draft.attributes);
    const { id, pos, attributes: own } = draft;
    if (own !== undefined) type = specifiers.applied(type, own);
    for (const value of own?.typeTags ?? []) type = { kind: "type_tag", value, target: type };
    return { type, id, pos, attributes: own };
  }

  #declare(type: Type, draft: Draft): Type {
    const { cursor, attributes: reader } = this.#parser;
    this.#parser.enter("declarators");
    let stars = 0;
    while (cursor.kind === T.STAR || cursor.kind === T.CARET || cursor.keyword === K.ATTRIBUTE) {
      if (cursor.keyword === K.ATTRIBUTE) {
        draft.attributes = reader.read(draft.attributes);
        continue;
      }
      if (++stars > this.#parser.limits.nesting) {
        this.#parser.complaints.abandon(
          "RB2012",
          cursor.pos,
          `pointers nest deeper than ${this.#parser.limits.nesting}`,
          {
            hint: raising("nesting"),
          },
        );
      }
      cursor.at++;
      type = this.#qualified({ kind: "ptr", target: type }, draft);
    }
    if (cursor.isName() && (draft.naming === "named" || (draft.naming === "parameter" && draft.id === -1))) {
      draft.id = cursor.values[cursor.at]!;
      draft.pos = cursor.pos;
      cursor.at++;
    } else if (cursor.kind === T.LPAREN && this.#groups(cursor.at + 1, draft.naming)) {
      // What follows the parentheses applies first: read it, then come back to what is inside.
      const inner = cursor.at + 1;
      cursor.at = cursor.behind(cursor.at);
      type = this.#suffixes(type, draft.naming);
      const behind = cursor.at;
      cursor.at = inner;
      type = this.#declare(type, draft);
      cursor.expect(T.RPAREN, "of the declarator");
      cursor.at = behind;
      this.#parser.leave();
      return type;
    }
    type = this.#suffixes(type, draft.naming);
    this.#parser.leave();
    return type;
  }

  /** Qualifiers and attributes behind a `*`. */
  #qualified(pointer: Type, draft: Draft): Type {
    const { cursor, attributes: reader } = this.#parser;
    let type = pointer;
    for (;;) {
      switch (cursor.keyword) {
        case K.CONST:
          type = { kind: "const", target: type };
          break;
        case K.VOLATILE:
          type = { kind: "volatile", target: type };
          break;
        case K.RESTRICT:
          type = { kind: "restrict", target: type };
          break;
        case K.ATOMIC:
        case K.EXTENSION:
          break;
        case K.ATTRIBUTE:
          draft.attributes = reader.read(draft.attributes);
          continue;
        default:
          return type;
      }
      cursor.at++;
    }
  }

  /** Whether the parenthesis before `at` groups a declarator, rather than opening parameters. */
  #groups(at: number, naming: Naming): boolean {
    const { cursor } = this.#parser;
    while (cursor.keywordAt(at) === K.ATTRIBUTE) at = cursor.behind(at + 1);
    const kind = cursor.kinds[at]!;
    if (
      kind === T.STAR ||
      kind === T.CARET ||
      kind === T.LPAREN ||
      (kind === T.LBRACKET && cursor.kinds[at + 1] !== T.LBRACKET)
    )
      return true;
    // Where a name must come, a typedef's is declared anew.
    return cursor.isName(at) && (naming === "named" || !this.#parser.specifiers.starts(at));
  }

  #suffixes(type: Type, naming: Naming): Type {
    const { cursor } = this.#parser;
    if (cursor.kind === T.LBRACKET && cursor.kinds[cursor.at + 1] !== T.LBRACKET) {
      const pos = cursor.pos;
      cursor.at++;
      const count = this.#count(pos, naming);
      this.#parser.enter("array dimensions");
      const element = this.#suffixes(type, naming);
      this.#parser.leave();
      return this.#array(element, count, pos);
    }
    if (cursor.kind !== T.LPAREN) return type;
    const pos = cursor.pos;
    const params = this.#params();
    const result = this.#suffixes(type, naming);
    const plain = stripped(result).kind;
    if (plain === "array" || plain === "func_proto")
      this.#parser.complaints.poison(
        "RB2013",
        pos,
        `a function cannot return ${plain === "array" ? "an array" : "a function"}`,
      );
    return { kind: "func_proto", result, params };
  }

  /** Reads up to `]`: the number of elements, −1 for none. */
  #count(pos: number, naming: Naming): number {
    const { cursor, expressions, complaints } = this.#parser;
    while (cursor.keyword === K.STATIC || (cursor.keyword >= K.CONST && cursor.keyword <= K.RESTRICT)) cursor.at++;
    if (cursor.accept(T.RBRACKET)) return -1;
    if (cursor.kind === T.STAR && cursor.kinds[cursor.at + 1] === T.RBRACKET) {
      cursor.at += 2;
      return -1;
    }
    const start = cursor.at;
    if (cursor.kind === T.NUMBER && cursor.kinds[start + 1] === T.RBRACKET) {
      const text = cursor.textAt(start);
      const value = smallDecimal(text);
      if (value >= 0) {
        cursor.at += 2;
        return value;
      }
    }
    if (naming === "parameter") {
      // An array is a pointer there, and its size may be another parameter.
      while (cursor.kind !== T.RBRACKET && cursor.kind !== T.EOF) {
        const opens = cursor.kind === T.LPAREN || cursor.kind === T.LBRACKET || cursor.kind === T.LBRACE;
        cursor.at = opens ? cursor.behind(cursor.at) : cursor.at + 1;
      }
      cursor.expect(T.RBRACKET, "of the array");
      return 0;
    }
    const { value } = expressions.constant("the size of the array");
    cursor.expect(T.RBRACKET, "of the array");
    if (value < 0n) complaints.poison("RB2008", pos, `an array cannot have ${value} elements`);
    if (value > BigInt(largestSize)) complaints.poison("RB2017", pos, `an array of ${value} elements is too large`);
    return Number(value);
  }

  #array(element: Type, count: number, pos: number): Type {
    const { complaints, records } = this.#parser;
    if (stripped(element).kind === "func_proto" || stripped(element).kind === "void")
      complaints.poison("RB2008", pos, "an array's elements are objects");
    records.require(element, pos, "an array's element");
    const size = sizeOf(element);
    if (size === undefined) return complaints.poison("RB2004", pos, "the element of this array has no known size");
    if (size * Math.max(count, 0) > largestSize)
      complaints.poison("RB2017", pos, `an array of ${count} elements of ${size} bytes is too large`);
    const array: CArray =
      count < 0 ? { kind: "array", element, count: 0, unsized: true } : { kind: "array", element, count };
    return array;
  }

  /** Whether the parentheses at `open` hold the names of a K&R definition, whose types follow before its body. */
  #namesOnly(open: number): boolean {
    const { cursor, specifiers, depth, records } = this.#parser;
    if (!cursor.isName(open + 1) || depth > 1 || records.open > 0 || specifiers.starts(open + 1)) return false;
    const next = cursor.kinds[open + 2];
    if (next !== T.COMMA && next !== T.RPAREN) return false;
    const behind = cursor.behind(open);
    const keyword = cursor.keywordAt(behind);
    return keyword !== K.ATTRIBUTE && keyword !== K.EXTENSION && specifiers.starts(behind);
  }

  #params(): Param[] {
    const { cursor, specifiers } = this.#parser;
    const params: Param[] = [];
    if (this.#namesOnly(cursor.at)) {
      cursor.at = cursor.behind(cursor.at);
      return params;
    }
    cursor.at++;
    this.#parser.enter("parameters");
    this.#parser.parameters++;
    while (!cursor.accept(T.RPAREN)) {
      if (params.length > 0) cursor.expect(T.COMMA, "between parameters");
      if (cursor.accept(T.ELLIPSIS)) {
        params.push({ name: "", type: basic.void });
        cursor.expect(T.RPAREN, "after '...'");
        break;
      }
      const { type, attributes } = specifiers.read();
      const declarator = this.read(type, attributes, "parameter");
      const plain = declarator.type.kind === "array" ? declarator.type : undefined;
      params.push({
        name: declarator.id < 0 ? "" : cursor.names[declarator.id]!,
        type:
          plain !== undefined
            ? { kind: "ptr", target: plain.element }
            : declarator.type.kind === "func_proto"
              ? { kind: "ptr", target: declarator.type }
              : declarator.type,
      });
    }
    this.#parser.leave();
    this.#parser.parameters--;
    return params.length === 1 && params[0]?.name === "" && params[0].type.kind === "void" ? [] : params;
  }
}
