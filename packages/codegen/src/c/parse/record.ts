import type { Bits, Type } from "@rbgen/btf";
import { malformedPack } from "../preprocess/pragma-state.ts";
import { Poisoned } from "../text/complaints.ts";
import * as K from "../text/keyword.ts";
import { smallDecimal } from "../text/literal.ts";
import * as T from "../text/token.ts";
import { alignOf, largestSize, RecordLayout, sizeOf } from "../type/abi.ts";
import { sameDefinition } from "../type/compatible.ts";
import { type CArray, stripped, TagNode, tagOf } from "../type/ctype.ts";
import type { Attributes } from "./attributes.ts";
import { type MemberSource, MemberTable } from "./member-table.ts";
import type { Parser } from "./parser.ts";

/** A member as it was read, before the record's own attributes are known. */
interface Field extends MemberSource {
  id: number;
  type: Type;
  width: number;
  attributes: Attributes | undefined;
  pos: number;
  /** First token of its declaration and the one behind it, for its comment. */
  start: number;
  end: number;
}

/** Reads structs and unions. */
export class Records {
  readonly #parser: Parser;
  /** Record in which each name was last a member, to find duplicates. */
  #seen: Int32Array = new Int32Array(0);
  #serial = 0;
  /** Fields of the bodies that are being read, the innermost body's last; what is above the top is used again. */
  readonly #fields: Field[] = [];
  #top = 0;
  readonly #table: MemberTable;
  /** Bodies of structs and unions that are being read. */
  open = 0;
  /** Whose they are, the outermost first; what is above `open` is left of others. */
  readonly #holders: TagNode[] = [];

  constructor(parser: Parser) {
    this.#parser = parser;
    this.#table = new MemberTable(parser.cursor.names, parser.comments, (pos) => parser.location(pos));
  }

  /** Reads from `struct` or `union` to the end of the specifier. */
  read(): TagNode {
    const { cursor, scope, attributes: reader, pragmas, complaints } = this.#parser;
    const start = cursor.at;
    const of = cursor.keyword === K.UNION ? "union" : "struct";
    cursor.at++;
    let attributes = reader.read(undefined);
    const pos = cursor.pos;
    let id = -1;
    if (cursor.isName()) {
      id = cursor.values[cursor.at]!;
      cursor.at++;
    }
    if (cursor.kind !== T.LBRACE) {
      if (id < 0) cursor.unexpected(`a name or '{' after ${of}`);
      return this.tag(id, of, pos);
    }
    const pack = pragmas.packAt(start);
    const node = this.#declare(id, of, pos);
    this.#parser.enter("structs");
    this.#holders[this.open++] = node;
    const open = cursor.at;
    const bottom = this.#top;
    const sound = this.#body(node) && !complaints.faultWithin(start, cursor.at);
    const top = this.#top;
    this.#parser.leave();
    this.open--;
    if (cursor.at === open) throw new Poisoned();
    attributes = reader.read(attributes);
    if (!sound) {
      this.#top = bottom;
      scope.poisoned.add(node);
      return node;
    }
    try {
      this.#complete(node, bottom, top, attributes, pack, start, pos);
    } catch (error) {
      if (!(error instanceof Poisoned)) throw error;
      scope.poisoned.add(node);
    }
    this.#top = bottom;
    const first = id < 0 ? node : scope.tags[id]!;
    if (first !== node) this.again(first, node, pos);
    // What parameters define ends with them.
    else if (node.kind !== "fwd" && node.name !== "" && this.#parser.parameters === 0)
      this.#parser.defined.push({ type: node, pos });
    return first;
  }

  /** Forgets the bodies that are being read: their declaration was given up. */
  reset(): void {
    this.open = 0;
    this.#top = 0;
  }

  /** Reports a second definition that differs from the first one. */
  again(first: TagNode, second: TagNode, pos: number): void {
    const { scope, complaints } = this.#parser;
    if (sameDefinition(first, second)) return;
    const at = scope.tagPositions.get(first);
    scope.poisoned.add(first);
    complaints.add("RB2003", pos, `${first.of} ${first.name} is defined twice, differently`, {
      notes:
        at === undefined
          ? ["the kernel's definition was taken before"]
          : [`the first definition is at ${complaints.map.describe(at)}`],
      hint: "one name has two meanings: rename one, or include only one of the headers",
    });
  }

  /** The node of a tag that is named, made if it is new. */
  tag(id: number, of: TagNode["of"], pos: number): TagNode {
    const { scope, cursor, complaints } = this.#parser;
    const known = scope.tags[id];
    if (known !== undefined) {
      if (known.of !== of) {
        complaints.poison("RB2003", pos, `'${known.name}' is used as ${of}, and is declared as ${known.of}`);
      }
      return known;
    }
    const node = new TagNode(cursor.names[id]!, of);
    scope.tags[id] = node;
    return node;
  }

  /** The node to be defined: a new one, or one declared before. */
  #declare(id: number, of: TagNode["of"], pos: number): TagNode {
    const { scope } = this.#parser;
    if (id < 0) return new TagNode("", of);
    const node = this.tag(id, of, pos);
    const before = scope.tagPositions.get(node);
    if (node.kind !== "fwd" || before !== undefined) {
      // Read beside the first one, and held against it when it is whole.
      return new TagNode(node.name, of);
    }
    scope.tagPositions.set(node, pos);
    return node;
  }

  /** Reads the members onto the fields' top; false where one holds an error. */
  #body(node: TagNode): boolean {
    const { cursor, expressions } = this.#parser;
    let sound = true;
    cursor.at++;
    const { depth, parameters } = this.#parser;
    const bodies = this.open;
    const bottom = this.#top;
    while (!cursor.accept(T.RBRACE)) {
      if (cursor.accept(T.SEMICOLON)) continue;
      if (cursor.kind === T.EOF) cursor.unexpected(`'}' of ${node.of} ${node.name}`);
      const start = cursor.at;
      try {
        if (cursor.keyword === K.STATIC_ASSERT) this.#parser.expressions.staticAssert();
        else this.#member();
      } catch (error) {
        if (!(error instanceof Poisoned)) throw error;
        sound = false;
        this.#parser.depth = depth;
        this.#parser.parameters = parameters;
        this.open = bodies;
        this.#top = bottom;
        expressions.reset();
        this.#recover(start);
      }
    }
    return sound;
  }

  /** Goes on behind the member that starts at `start`, and never before where it failed: what was read once is not read again. */
  #recover(start: number): void {
    const { cursor } = this.#parser;
    const failed = cursor.at;
    for (let at = start; ; ) {
      const kind = cursor.kinds[at]!;
      if (kind === T.EOF || (kind === T.RBRACE && at >= failed)) {
        cursor.at = at;
        return;
      }
      if (kind === T.SEMICOLON && at >= failed) {
        cursor.at = at + 1;
        return;
      }
      at = kind === T.LBRACE || kind === T.LPAREN || kind === T.LBRACKET ? cursor.behind(at) : at + 1;
    }
  }

  #member(): void {
    const { cursor, specifiers, declarators, attributes: reader, complaints } = this.#parser;
    const start = cursor.at;
    const { type, attributes } = specifiers.read();
    const first = this.#top;
    if (cursor.kind === T.SEMICOLON) {
      const plain = tagOf(unqualified(type));
      if (plain !== undefined && plain.name === "" && plain.of !== "enum") {
        this.require(type, cursor.positions[start]!, "an anonymous member");
        this.#push(-1, type, -1, attributes, cursor.positions[start]!, start);
      }
    } else {
      for (;;) {
        let id = -1;
        let pos = cursor.pos;
        let memberType = type;
        let own = attributes;
        if (cursor.kind !== T.COLON) {
          // Attributes of the specifiers go to every declarator, those behind one to it alone.
          const declarator = declarators.read(
            type,
            attributes === undefined ? undefined : { ...attributes, tags: [...attributes.tags] },
          );
          if (declarator.id < 0) cursor.unexpected("a member's name");
          id = declarator.id;
          pos = declarator.pos;
          memberType = declarator.type;
          own = declarator.attributes;
        }
        let width = -1;
        if (cursor.accept(T.COLON)) {
          width = this.#width();
          if (cursor.keyword !== 0) own = reader.read(own === undefined ? undefined : { ...own, tags: [...own.tags] });
        }
        if (stripped(memberType).kind === "func_proto")
          complaints.poison("RB2008", pos, `member '${cursor.names[id] ?? ""}' is a function`, {
            hint: "a pointer to a function is (*name)(…)",
          });
        if (width < 0) this.require(memberType, pos, `member '${cursor.names[id] ?? ""}'`);
        this.#push(id, memberType, width, own, pos, start);
        if (!cursor.accept(T.COMMA)) break;
      }
    }
    if (cursor.kind !== T.RBRACE) cursor.expect(T.SEMICOLON, "after the member");
    for (let i = first; i < this.#top; i++) this.#fields[i]!.end = cursor.at;
  }

  #push(id: number, type: Type, width: number, attributes: Attributes | undefined, pos: number, start: number): void {
    const field = this.#fields[this.#top++];
    if (field === undefined) {
      this.#fields.push({ id, type, width, attributes, pos, start, end: 0 });
      return;
    }
    field.id = id;
    field.type = type;
    field.width = width;
    field.attributes = attributes;
    field.pos = pos;
    field.start = start;
  }

  /** The name of a member, for a message. */
  #nameOf(field: Field): string {
    return this.#parser.cursor.names[field.id] ?? "";
  }

  #width(): number {
    const { cursor, expressions, complaints } = this.#parser;
    const pos = cursor.pos;
    if (cursor.kind === T.NUMBER) {
      const next = cursor.kinds[cursor.at + 1]!;
      const value = smallDecimal(cursor.textAt(cursor.at));
      if (value >= 0 && (next === T.SEMICOLON || next === T.COMMA)) {
        cursor.at++;
        return value;
      }
    }
    const { value } = expressions.constant("the width of the bit-field");
    if (value < 0n || value > 128n) complaints.poison("RB2007", pos, `a bit-field cannot be ${value} bits wide`);
    return Number(value);
  }

  /** Gives the declaration up unless `type` is complete; a type that holds an error is not reported again. */
  require(type: Type, pos: number, what: string): void {
    const plain = stripped(type);
    if (plain.kind === "array") return;
    if (plain.kind === "void") this.#parser.complaints.poison("RB2004", pos, `${what} cannot be void`);
    const node = tagOf(plain);
    if (node === undefined) return;
    if (this.#parser.scope.poisoned.has(node)) throw new Poisoned();
    if (node.kind !== "fwd") return;
    const name = node.name === "" ? `this ${node.of}` : `${node.of} ${node.name}`;
    if (this.open > 0 && this.#holders.lastIndexOf(node, this.open - 1) >= 0) {
      this.#parser.complaints.poison("RB2004", pos, `${what} needs ${name}, which is not complete before its end`, {
        hint: `a ${node.of} cannot hold itself: let it hold a pointer to one`,
      });
    }
    if (this.#parser.foreign.complete(node, pos)) return;
    if (this.#parser.scope.poisoned.has(node)) throw new Poisoned();
    this.#parser.complaints.poison(
      "RB2004",
      pos,
      `${what} needs ${name}, which is ${this.#parser.scope.tagPositions.has(node) ? "not complete here" : "nowhere defined"}`,
      {
        hint: this.#parser.foreign.hint(node.name),
      },
    );
  }

  #complete(
    node: TagNode,
    bottom: number,
    top: number,
    attributes: Attributes | undefined,
    pack: number,
    start: number,
    pos: number,
  ): void {
    const { complaints, cursor, comments, pragmas } = this.#parser;
    const union = node.of === "union";
    const packed = attributes?.packed === true || pragmas.packedAt(start);
    const layout = new RecordLayout(union, packed, pack, attributes?.align ?? 0);
    const table = this.#table;
    const first = table.length;
    this.#serial++;
    if (this.#seen.length < cursor.names.length) this.#seen = grown(this.#seen, cursor.names.length);
    for (let i = bottom; i < top; i++) {
      const field = this.#fields[i]!;
      const own = field.attributes;
      const tight = own?.packed === true;
      const asked = own?.align ?? 0;
      const plain = stripped(field.type);
      let bitOffset: Bits;
      if (field.width >= 0) {
        this.#checkBitField(field, plain);
        bitOffset = layout.placeBits(
          field.width,
          sizeOf(field.type)!,
          alignOf(field.type),
          tight,
          asked,
          field.id >= 0,
        );
      } else {
        let size = sizeOf(field.type);
        if (size === undefined) {
          if (plain.kind !== "array" || union) {
            complaints.poison("RB2016", field.pos, `flexible array '${this.#nameOf(field)}' cannot be in a union`, {
              hint: "use [0], or put it into a struct",
            });
          }
          if (i !== top - 1) {
            complaints.poison("RB2016", field.pos, `flexible array '${this.#nameOf(field)}' is not the last member`, {
              hint: "only the last member may be [] ; [0] may stand anywhere",
            });
          }
          size = 0;
        }
        bitOffset = layout.place(size, alignOf(field.type), tight, asked);
      }
      const align = Math.max(asked, plain.kind === "array" ? ((plain as CArray).align ?? 0) : 0);
      table.add(field, bitOffset, align, cursor.positions[field.start]!, cursor.positions[field.end - 1]!);
      if (field.id >= 0) this.#unique(field.id, field.pos, node);
      else if (plain.kind === "struct" || plain.kind === "union") this.#uniqueIn(tagOf(plain), field.pos, node);
    }
    const { size, align } = layout.finish();
    if (size > largestSize)
      complaints.poison("RB2017", pos, `${node.of} ${node.name} is ${size} bytes, which is too large`);
    const refused = pragmas.refusedAt(start);
    // A malformed pragma has been reported where it stands.
    if (refused === malformedPack) throw new Poisoned();
    if (refused !== undefined) {
      complaints.poison("RB2009", pos, `${refused} is in force here, and what it does to the layout is not worked out`);
    }
    node.size = size;
    node.align = align;
    node.lay({ table, first, count: top - bottom });
    if (packed) node.packed = true;
    node.location = this.#parser.location(pos);
    const within = this.#parser.depth > 0;
    comments.attach(
      node,
      cursor.positions[within ? start : this.#parser.declarationStart]!,
      cursor.positions[cursor.at - 1]!,
      attributes?.tags,
      // What stands above a member of a struct without a name says something of the member.
      !within || node.name !== "",
    );
    node.kind = union ? "union" : "struct";
  }

  #checkBitField(field: Field, plain: Type): void {
    const { complaints } = this.#parser;
    const named = field.id < 0 ? "this bit-field" : `bit-field '${this.#nameOf(field)}'`;
    if (plain.kind === "fwd") this.require(plain, field.pos, named);
    const enumerated = plain.kind === "enum" || plain.kind === "enum64";
    if (plain.kind !== "int" && !enumerated)
      complaints.poison("RB2007", field.pos, `${named} has a type that is no integer`);
    const most = plain.kind === "int" && plain.bool ? 1 : (plain as { size: number }).size * 8;
    if (field.width > most)
      complaints.poison("RB2007", field.pos, `${named} has ${field.width} bits, and its type only ${most}`);
    if (field.width === 0 && field.id >= 0)
      complaints.poison("RB2007", field.pos, `${named} has 0 bits and a name`, {
        hint: "only ': 0' without a name ends a unit",
      });
  }

  /** Members of an anonymous struct or union are those of the one around it. */
  #uniqueIn(inner: TagNode | undefined, pos: number, node: TagNode): void {
    const rows = inner?.rows;
    if (rows === undefined) return;
    for (let row = rows.first; row < rows.first + rows.count; row++) {
      const id = rows.table.idAt(row);
      if (id >= 0) this.#unique(id, pos, node);
      else this.#uniqueIn(tagOf(stripped(rows.table.typeAt(row))), pos, node);
    }
  }

  #unique(id: number, pos: number, node: TagNode): void {
    if (this.#seen[id] === this.#serial) {
      const name = this.#parser.cursor.names[id] ?? "";
      this.#parser.complaints.poison("RB2015", pos, `${node.of} ${node.name} has two members '${name}'`);
    }
    this.#seen[id] = this.#serial;
  }
}

/** `type` without qualifiers; a typedef stays, since a typedef's name alone makes no anonymous member. */
function unqualified(type: Type): Type {
  return type.kind === "const" || type.kind === "volatile" ? unqualified(type.target) : type;
}

function grown(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
