import type { Type, Typedef } from "@rbgen/btf";
import { Poisoned } from "../text/complaints.ts";
import * as K from "../text/keyword.ts";
import { literalUnits } from "../text/literal.ts";
import * as T from "../text/token.ts";
import { agree } from "../type/compatible.ts";
import { asBytes, asType, type CArray, type Mutable, stripped, TagNode, tagOf } from "../type/ctype.ts";
import type { Declarator } from "./declarator.ts";
import { initialised } from "./initialiser.ts";
import type { Parser } from "./parser.ts";
import type { Specified } from "./specifier.ts";

/** Typedefs that may be built on each other. */
const longestChain = 500;

/** Reads all declarations of a file; those that hold an error are reported and left out. */
export class TranslationUnit {
  readonly #parser: Parser;

  readonly #depths = new Map<Type, number>();

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  read(): void {
    const { cursor, expressions } = this.#parser;
    while (cursor.kind !== T.EOF) {
      const start = cursor.at;
      try {
        this.#declaration();
      } catch (error) {
        if (!(error instanceof Poisoned)) throw error;
        this.#parser.depth = 0;
        this.#parser.parameters = 0;
        this.#parser.records.reset();
        expressions.reset();
        this.#recover(start);
      }
    }
  }

  #declaration(): void {
    const { cursor, attributes: reader, specifiers, expressions, declarators } = this.#parser;
    if (cursor.accept(T.SEMICOLON)) return;
    switch (cursor.keyword) {
      case K.STATIC_ASSERT:
        expressions.staticAssert();
        return;
      case K.ASM:
        reader.read(undefined);
        cursor.expect(T.SEMICOLON, "after asm");
        return;
      case K.EXTENSION:
        cursor.at++;
        return;
    }
    if (cursor.kind === T.RBRACE) cursor.unexpected("a declaration");
    const start = cursor.at;
    this.#parser.declarationStart = start;
    if (cursor.isName() && cursor.kinds[start + 1] === T.LPAREN && !specifiers.starts(start)) this.#unknownMacro();
    const specified = specifiers.read();
    if (cursor.accept(T.SEMICOLON)) return;
    for (let first = true; ; first = false) {
      const own =
        specified.attributes === undefined
          ? undefined
          : { ...specified.attributes, tags: [...specified.attributes.tags] };
      const declarator = declarators.read(specified.type, own);
      if (declarator.id < 0) cursor.unexpected("a name");
      if (specified.typedef) this.#typedef(declarator, start);
      else if (this.#object(declarator, specified, first)) return;
      if (!cursor.accept(T.COMMA)) break;
    }
    cursor.expect(T.SEMICOLON, "after the declaration");
  }

  #unknownMacro(): never {
    const { cursor, complaints, foreign } = this.#parser;
    const name = cursor.textAt(cursor.at);
    return complaints.poison("RB2002", cursor.pos, `'${name}' is neither a type nor a macro here`, {
      hint: foreign.supplier(name) ?? "include the header that defines it, or define it with -D",
    });
  }

  #typedef(declarator: Declarator, start: number): void {
    const { scope, cursor, complaints, comments } = this.#parser;
    const { id, pos, type, attributes } = declarator;
    const name = cursor.names[id]!;
    const known = scope.symbols[id];
    if (complaints.faultWithin(start, cursor.at)) throw new Poisoned();
    if (known !== undefined) {
      if (known.kind === "typedef" && agree(known.type.target, type)) return;
      complaints.poison("RB2003", pos, `'${name}' is defined twice, differently`, {
        notes: [`the first definition is at ${complaints.map.describe(known.pos)}`],
        hint: "of two headers that both define it, include one",
      });
    }
    const depth = this.#depthOf(type) + 1;
    if (depth > longestChain) {
      complaints.abandon("RB2012", pos, `typedefs build on each other deeper than ${longestChain}`);
    }
    const node: Mutable<Typedef> = { kind: "typedef", name, target: type };
    this.#depths.set(node, depth);
    const vector = type.kind === "array" ? (type as CArray).align : undefined;
    const align = attributes?.align || vector;
    if (align !== undefined) node.align = asBytes(align);
    comments.attach(node, cursor.positions[start]!, cursor.pos, attributes?.tags);
    node.location = this.#parser.location(pos);
    scope.symbols[id] = { kind: "typedef", type: node, pos };
    this.#parser.defined.push({ type: node, pos });
  }

  /** How many typedefs `type` is built on: walking them must stay cheap. */
  #depthOf(type: Type): number {
    for (let at = type; ; ) {
      if (at.kind === "typedef") return this.#depths.get(at) ?? 0;
      if (at.kind === "array") at = at.element;
      else if (
        at.kind === "ptr" ||
        at.kind === "const" ||
        at.kind === "volatile" ||
        at.kind === "restrict" ||
        at.kind === "type_tag"
      )
        at = at.target;
      else return 0;
    }
  }

  /** A function or variable; true where a body ended the declaration. */
  #object(declarator: Declarator, specified: Specified, first: boolean): boolean {
    const { cursor, scope, declared } = this.#parser;
    const { id, pos, attributes } = declarator;
    let type = declarator.type;
    const name = cursor.names[id]!;
    // K&R: types of the parameters stand between them and the body.
    if (stripped(type).kind === "func_proto" && this.#parser.specifiers.starts(cursor.at)) {
      while (cursor.kind !== T.EOF && !(cursor.kind === T.LBRACE && cursor.kinds[cursor.at - 1] === T.SEMICOLON)) {
        cursor.at = cursor.kind === T.LBRACE ? cursor.behind(cursor.at) : cursor.at + 1;
      }
    }
    const body = cursor.kind === T.LBRACE;
    const initialised = cursor.kind === T.EQUAL;
    const value = cursor.at + 1;
    if (initialised) type = this.#initialiser(type);
    const zero = initialised && this.#isZero(value, cursor.at);
    if (!body && !initialised && /^_*(?:attribute_)?(?:packed|aligned)_*$/i.test(name) && tagOf(type) !== undefined) {
      this.#parser.complaints.poison("RB2002", pos, `'${name}' is no macro here, so that it would name a variable`, {
        hint: `include the header that defines it, or give -D '${name}=__attribute__((packed))'`,
      });
    }
    const known = scope.symbols[id];
    if (known === undefined || known.kind === "variable") scope.symbols[id] = { kind: "variable", type, pos };
    declared.push({
      name,
      type,
      pos,
      attributes,
      extern: specified.extern,
      static: specified.static,
      defined: body || initialised,
      zero,
      body: body && stripped(type).kind === "func_proto" ? cursor.at : undefined,
      value: initialised && (isFunctionPointer(type) || attributes?.section === ".maps") ? value : undefined,
    });
    if (!body || !first || stripped(type).kind !== "func_proto") return false;
    const open = cursor.at;
    cursor.at = cursor.behind(open);
    if (cursor.kinds[cursor.at - 1] !== T.RBRACE) {
      this.#parser.complaints.add("RB2001", cursor.positions[open]!, `the body of ${name} has no '}'`);
    }
    return true;
  }

  /** Whether an initialiser is nothing but zeros, as `0`, `{}`, `{ .a = 0 }`, `"\0"`, `false` or `((void *)0)`. */
  #isZero(start: number, end: number): boolean {
    const { cursor } = this.#parser;
    for (let at = start; at < end; at++) {
      const kind = cursor.kinds[at];
      if (kind === T.DOT && cursor.isName(at + 1)) at++;
      else if (kind === T.LBRACKET) at = cursor.behind(at) - 1;
      else if (kind === T.STRING) {
        if (literalUnits(cursor.textAt(at))?.every((unit) => unit === 0) !== true) return false;
      } else if (!/^(?:[{}(),*=]|void|false|'\\0+'|0(?:x0+|b0+|0*)[ul]*|0*\.0*f?)$/i.test(cursor.textAt(at)))
        return false;
    }
    return true;
  }

  /** Skips an initialiser; an array without a size gets the one that it has there. */
  #initialiser(type: Type): Type {
    const { cursor, scope } = this.#parser;
    const start = ++cursor.at;
    let at = start;
    while (cursor.kinds[at] !== T.SEMICOLON && cursor.kinds[at] !== T.COMMA && cursor.kinds[at] !== T.EOF) {
      const kind = cursor.kinds[at];
      if (kind === T.RBRACE || kind === T.RPAREN || kind === T.RBRACKET) break;
      at = kind === T.LBRACE || kind === T.LPAREN || kind === T.LBRACKET ? cursor.behind(at) : at + 1;
    }
    cursor.at = at;
    return initialised(type, cursor, scope, start, at);
  }

  /** Goes on behind the declaration that starts at `start`. */
  #recover(start: number): void {
    const { cursor, scope } = this.#parser;
    const failed = cursor.at;
    let name = -1;
    let at = start;
    let body = false;
    for (;;) {
      const kind = cursor.kinds[at]!;
      if (kind === T.EOF) break;
      if (kind === T.SEMICOLON) {
        at++;
        break;
      }
      if (at > start && at >= failed && cursor.kinds[at - 1] === T.RBRACE && startsDeclaration(cursor.keywordAt(at)))
        break;
      if (cursor.isName(at)) name = cursor.values[at]!;
      if (kind === T.LBRACE) {
        body = cursor.kinds[at - 1] === T.RPAREN;
        at = cursor.behind(at);
        if (body) break;
        continue;
      }
      at = kind === T.LPAREN || kind === T.LBRACKET ? cursor.behind(at) : at + 1;
    }
    // The name of a typedef that failed is known and holds an error, so that its uses are not reported as well.
    if (cursor.keywordAt(start) === K.TYPEDEF && name >= 0 && scope.symbols[name] === undefined) {
      const node = new TagNode(cursor.names[name]!, "struct");
      scope.poisoned.add(node);
      scope.symbols[name] = {
        kind: "typedef",
        type: { kind: "typedef", name: node.name, target: asType(node) },
        pos: cursor.positions[start]!,
      };
    }
    cursor.at = Math.max(at, start + 1);
  }
}

function isFunctionPointer(type: Type): boolean {
  const plain = stripped(type);
  return plain.kind === "ptr" && stripped(plain.target).kind === "func_proto";
}

function startsDeclaration(keyword: number): boolean {
  return (
    keyword === K.STRUCT ||
    keyword === K.UNION ||
    keyword === K.ENUM ||
    keyword === K.TYPEDEF ||
    keyword === K.STATIC ||
    keyword === K.EXTERN
  );
}
