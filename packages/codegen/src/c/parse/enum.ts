import type { Enumerator, Int, Type } from "@rbgen/btf";
import { Poisoned } from "../text/complaints.ts";
import { smallDecimal } from "../text/literal.ts";
import * as T from "../text/token.ts";
import { wrap } from "../type/arithmetic.ts";
import { asBytes, basic, stripped, TagNode } from "../type/ctype.ts";
import type { ScopeSymbol } from "../type/scope.ts";
import type { Attributes } from "./attributes.ts";
import type { Parser } from "./parser.ts";

/** Reads enums. */
export class Enums {
  readonly #parser: Parser;

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** Reads from `enum` to the end of the specifier. */
  read(): TagNode {
    const { cursor, attributes: reader, records, scope, complaints, specifiers } = this.#parser;
    const start = cursor.at;
    cursor.at++;
    let attributes = reader.read(undefined);
    const pos = cursor.pos;
    let id = -1;
    if (cursor.isName()) {
      id = cursor.values[cursor.at]!;
      cursor.at++;
    }
    let fixed: Int | undefined;
    if (cursor.kind === T.COLON && this.#typeFollows()) {
      cursor.at++;
      const type = stripped(specifiers.read().type);
      if (type.kind !== "int") return complaints.poison("RB2014", pos, "the type of an enum is an integer");
      fixed = type;
    }
    if (cursor.kind !== T.LBRACE) {
      if (id < 0) cursor.unexpected("a name or '{' after enum");
      const node = records.tag(id, "enum", pos);
      if (fixed !== undefined && node.kind === "fwd") this.#complete(node, fixed, []);
      return node;
    }
    const first = id < 0 ? undefined : records.tag(id, "enum", pos);
    const again = first !== undefined && (first.kind !== "fwd" || scope.tagPositions.has(first));
    const node: TagNode = first === undefined || again ? new TagNode(first?.name ?? "", "enum") : first;
    scope.tagPositions.set(node, pos);
    const symbols: (ScopeSymbol & { kind: "constant" })[] = [];
    let values: readonly Enumerator[];
    try {
      values = this.#body(node, fixed, symbols);
    } catch (error) {
      // What was told of it is enough: its uses are not reported as well.
      if (error instanceof Poisoned) scope.poisoned.add(node);
      throw error;
    }
    // Each value may rest on the one before.
    if (complaints.faultWithin(start, cursor.at)) {
      for (const symbol of symbols) scope.symbols[scope.symbols.indexOf(symbol)] = undefined;
      scope.poisoned.add(node);
      throw new Poisoned();
    }
    attributes = reader.read(attributes);
    const chosen = fixed ?? this.#chooseType(values, attributes?.packed === true, pos);
    const type = attributes?.mode === undefined ? chosen : this.#moded(chosen, attributes);
    for (const symbol of symbols) {
      if (fixed !== undefined || !fits(symbol.value, basic.int)) symbol.type = type;
    }
    this.#complete(node, type, values);
    if (attributes !== undefined && attributes.align > node.align) node.align = asBytes(attributes.align);
    node.location = this.#parser.location(pos);
    this.#parser.comments.attach(
      node,
      cursor.positions[this.#parser.depth === 0 ? this.#parser.declarationStart : start]!,
      cursor.positions[cursor.at - 1]!,
      attributes?.tags,
    );
    if (again) {
      records.again(first, node, pos);
      return first;
    }
    const { defined, anonymousEnums } = this.#parser;
    (node.name === "" ? anonymousEnums : defined).push({ type: node, pos });
    return node;
  }

  /** Whether `: type` follows, rather than the width of an unnamed bit-field. */
  #typeFollows(): boolean {
    const { cursor, specifiers } = this.#parser;
    return specifiers.starts(cursor.at + 1);
  }

  #complete(node: TagNode, type: Int, values: readonly Enumerator[]): void {
    node.size = type.size;
    node.align = type.size;
    node.signed = type.signed;
    node.values = values;
    node.kind = type.size === 8 ? "enum64" : "enum";
    this.#parser.scope.underlying.set(node, type);
  }

  #body(node: TagNode, fixed: Int | undefined, symbols: (ScopeSymbol & { kind: "constant" })[]): Enumerator[] {
    const { cursor, scope, expressions, complaints, attributes: reader, comments } = this.#parser;
    const values: Enumerator[] = [];
    let previous = -1n;
    let previousType: Type = basic.int;
    cursor.at++;
    while (!cursor.accept(T.RBRACE)) {
      if (!cursor.isName()) cursor.unexpected(`an enumerator or '}' of enum ${node.name}`);
      const at = cursor.at++;
      const id = cursor.values[at]!;
      const pos = cursor.positions[at]!;
      const attributes = cursor.keyword === 0 && cursor.kind !== T.LBRACKET ? undefined : reader.read(undefined);
      let value: bigint;
      let type: Int = basic.int;
      if (cursor.accept(T.EQUAL)) {
        const next = cursor.kinds[cursor.at + 1];
        const quick =
          cursor.kind === T.NUMBER && (next === T.COMMA || next === T.RBRACE)
            ? smallDecimal(cursor.textAt(cursor.at))
            : -1;
        if (quick >= 0) {
          cursor.at++;
          value = BigInt(quick);
        } else {
          ({ value, type } = expressions.constant(`enumerator '${cursor.textAt(at)}'`));
        }
      } else {
        value = previous + 1n;
        const before = stripped(previousType);
        if (before.kind === "int" && !fits(value, before)) type = before.signed ? basic.long : basic.ulong;
        else if (before.kind === "int") type = before;
      }
      if (fixed !== undefined && !fits(value, fixed)) {
        complaints.poison(
          "RB2021",
          pos,
          `enumerator '${cursor.textAt(at)}' is ${value}, which ${fixed.name} does not hold`,
        );
      }
      if (!fits(value, basic.long) && !fits(value, basic.ulong))
        complaints.poison("RB2021", pos, `enumerator '${cursor.textAt(at)}' is ${value}, which no integer type holds`);
      const known = scope.symbols[id];
      // Two headers may define one enumerator; they have to agree.
      if (known !== undefined && (known.kind !== "constant" || known.value !== value)) {
        this.#redefined(known, cursor.textAt(at), value, pos);
      }
      const symbolType: Type = fits(value, basic.int) ? basic.int : type;
      const symbol: ScopeSymbol & { kind: "constant" } = { kind: "constant", value, type: fixed ?? symbolType, pos };
      scope.symbols[id] = symbol;
      symbols.push(symbol);
      if (cursor.kind !== T.RBRACE) cursor.expect(T.COMMA, "between enumerators");
      const enumerator: {
        name: string;
        value: bigint;
        doc?: string;
        tags?: readonly string[];
        location: ReturnType<Parser["location"]>;
      } = {
        name: cursor.textAt(at),
        value,
        location: this.#parser.location(pos),
      };
      comments.attach(enumerator, pos, cursor.positions[cursor.at - 1]!, attributes?.tags);
      values.push(enumerator);
      previous = value;
      previousType = type;
    }
    if (values.length === 0 && fixed === undefined)
      complaints.poison("RB2001", cursor.positions[cursor.at - 1]!, `enum ${node.name} has no enumerators`);
    return values;
  }

  /** The type that `mode` asks for, which is how bpftool writes small enums. */
  #moded(type: Int, attributes: Attributes): Int {
    const changed = this.#parser.specifiers.applied(type, attributes);
    return changed.kind === "int" ? changed : type;
  }

  #redefined(known: ScopeSymbol, name: string, value: bigint, pos: number): void {
    const { complaints } = this.#parser;
    complaints.poison("RB2003", pos, `'${name}' is defined twice`, {
      notes: [
        `the first definition is at ${complaints.map.describe(known.pos)}${known.kind === "constant" ? `, as ${known.value}` : ""}; this one is ${value}`,
      ],
    });
  }

  /** The type that clang and gcc give an enum: unsigned int unless values ask for more. */
  #chooseType(values: readonly Enumerator[], packed: boolean, pos: number): Int {
    let least = 0n;
    let most = 0n;
    for (const { value } of values) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const negative = least < 0n;
    const candidates = negative
      ? [...(packed ? [basic.schar, basic.short] : []), basic.int, basic.long]
      : [...(packed ? [basic.uchar, basic.ushort] : []), basic.uint, basic.ulong];
    for (const type of candidates) if (fits(least, type) && fits(most, type)) return type;
    return this.#parser.complaints.poison("RB2021", pos, `no integer type holds both ${least} and ${most}`);
  }
}

function fits(value: bigint, type: Int): boolean {
  return wrap(value, type) === value;
}
