import type { Complaints } from "../text/complaints.ts";
import * as K from "../text/keyword.ts";
import { literalUnits, stringText } from "../text/literal.ts";
import * as T from "../text/token.ts";
import { alignOf } from "../type/abi.ts";
import type { Cursor } from "./cursor.ts";
import type { Parser } from "./parser.ts";

/** What the attributes of one declaration ask for. */
export interface Attributes {
  packed: boolean;
  /** Bytes of `aligned` and `_Alignas`, the most of several; 0 for none. */
  align: number;
  /** `mode(…)`, without underscores. */
  mode: string | undefined;
  /** Bytes of `vector_size`, or elements of `ext_vector_type`. */
  vectorBytes: number;
  vectorElements: number;
  transparentUnion: boolean;
  section: string | undefined;
  /** It stays in the object though nothing refers to it. */
  used: boolean;
  /** Id of the function that runs where the variable's block is left. */
  cleanup: number | undefined;
  /** `btf_decl_tag`, and `counted_by` as one of them would say it. */
  tags: string[];
  typeTags: string[];
  pos: number;
}

/** `aligned` without a number: the most that the BPF target asks of any type. */
const mostAligned = 16;
/** Alignments that clang takes. */
const largestAlign = 2 ** 28;
/** Attributes that change layout in ways that are not worked out here. */
const refused = new Set([
  "ms_struct",
  "scalar_storage_order",
  "matrix_type",
  "neon_vector_type",
  "neon_polyvector_type",
  "bitand",
  "designated_size",
  "strict_flex_array_layout",
]);

function noAttributes(pos: number): Attributes {
  return {
    packed: false,
    align: 0,
    mode: undefined,
    vectorBytes: 0,
    vectorElements: 0,
    transparentUnion: false,
    section: undefined,
    used: false,
    cleanup: undefined,
    tags: [],
    typeTags: [],
    pos,
  };
}

/** Reads attributes wherever they may stand; those without effect on layout are passed over. */
export class AttributeReader {
  readonly #parser: Parser;
  readonly #cursor: Cursor;
  readonly #complaints: Complaints;

  constructor(parser: Parser) {
    this.#parser = parser;
    this.#cursor = parser.cursor;
    this.#complaints = parser.complaints;
  }

  /** Reads all attributes (and asm labels) here into `into`, made when there is one. */
  read(into: Attributes | undefined): Attributes | undefined {
    const cursor = this.#cursor;
    for (;;) {
      if (cursor.kind === T.LBRACKET && cursor.kinds[cursor.at + 1] === T.LBRACKET) {
        into ??= noAttributes(cursor.pos);
        this.#bracketed(into);
        continue;
      }
      switch (cursor.keyword) {
        case K.ATTRIBUTE:
          into ??= noAttributes(cursor.pos);
          this.#gnu(into);
          continue;
        case K.ALIGNAS:
          into ??= noAttributes(cursor.pos);
          this.#alignas(into);
          continue;
        case K.ASM: {
          let at = cursor.at + 1;
          while (cursor.keywordAt(at) === K.VOLATILE || cursor.keywordAt(at) === K.INLINE) at++;
          cursor.at = cursor.kinds[at] === T.LPAREN ? cursor.behind(at) : at;
          continue;
        }
        case K.EXTENSION:
          cursor.at++;
          continue;
        case K.DECLSPEC:
          cursor.at = cursor.behind(cursor.at + 1);
          continue;
        default:
          return into;
      }
    }
  }

  #gnu(into: Attributes): void {
    const cursor = this.#cursor;
    cursor.at++;
    cursor.expect(T.LPAREN, "after __attribute__");
    cursor.expect(T.LPAREN, "after __attribute__(");
    this.#list(into, T.RPAREN);
    cursor.expect(T.RPAREN, "of the attribute");
    cursor.expect(T.RPAREN, "of the attribute");
  }

  #bracketed(into: Attributes): void {
    const cursor = this.#cursor;
    cursor.at += 2;
    this.#list(into, T.RBRACKET);
    cursor.expect(T.RBRACKET, "of the attribute");
    cursor.expect(T.RBRACKET, "of the attribute");
  }

  #list(into: Attributes, end: number): void {
    const cursor = this.#cursor;
    while (cursor.kind !== end && cursor.kind !== T.EOF) {
      if (cursor.accept(T.COMMA)) continue;
      if (cursor.kind !== T.IDENT) cursor.unexpected("an attribute");
      const at = cursor.at++;
      let name = cursor.textAt(at);
      if (cursor.accept(T.COLON_COLON)) name = cursor.textAt(cursor.at++);
      this.#one(into, bare(name), at);
    }
  }

  #one(into: Attributes, name: string, at: number): void {
    const cursor = this.#cursor;
    const pos = cursor.positions[at]!;
    const open = cursor.at;
    const called = cursor.kind === T.LPAREN;
    const behind = called ? cursor.behind(open) : open;
    if (called) cursor.at++;
    switch (name) {
      case "packed":
        into.packed = true;
        break;
      case "aligned":
        this.#aligned(into, called ? this.#number("the alignment") : BigInt(mostAligned), pos);
        break;
      case "mode":
        into.mode = bare(cursor.textAt(cursor.at));
        break;
      case "vector_size":
        into.vectorBytes = this.#vector(this.#number("the size of the vector"), pos);
        break;
      case "ext_vector_type":
        into.vectorElements = this.#vector(this.#number("the size of the vector"), pos);
        break;
      case "transparent_union":
        into.transparentUnion = true;
        break;
      case "used":
      case "retain":
        into.used = true;
        break;
      case "cleanup":
        if (cursor.isName()) into.cleanup = cursor.values[cursor.at];
        break;
      case "section":
        into.section = this.#text(cursor.at) ?? into.section;
        break;
      case "btf_decl_tag": {
        const text = this.#text(cursor.at);
        if (text === undefined) this.#complaints.poison("RB2010", pos, "btf_decl_tag needs a string");
        into.tags.push(text);
        break;
      }
      case "btf_type_tag": {
        const text = this.#text(cursor.at);
        if (text === undefined) this.#complaints.poison("RB2010", pos, "btf_type_tag needs a string");
        into.typeTags.push(text);
        break;
      }
      case "counted_by":
        if (!called || cursor.kind !== T.IDENT)
          this.#complaints.poison("RB2010", pos, "counted_by needs the name of a member");
        into.tags.push(`rbgen:counted_by=${cursor.textAt(cursor.at)}`);
        break;
      default:
        if (refused.has(name)) {
          this.#complaints.poison(
            "RB2009",
            pos,
            `attribute '${name}' changes the layout, and how is not worked out here`,
            {
              hint: "leave the attribute out, or compile the header with clang (--frontend clang)",
            },
          );
        }
    }
    cursor.at = behind;
  }

  #number(what: string): bigint {
    return this.#parser.expressions.constant(what).value;
  }

  #aligned(into: Attributes, value: bigint, pos: number): void {
    const bytes = Number(value);
    if (value <= 0n || (value & (value - 1n)) !== 0n || bytes > largestAlign) {
      this.#complaints.poison("RB2010", pos, `an alignment is a power of two up to ${largestAlign}, not ${value}`);
    }
    into.align = Math.max(into.align, bytes);
  }

  #vector(value: bigint, pos: number): number {
    if (value <= 0n || value > 1n << 20n) this.#complaints.poison("RB2010", pos, `${value} is no size for a vector`);
    return Number(value);
  }

  #alignas(into: Attributes): void {
    const cursor = this.#cursor;
    const pos = cursor.pos;
    cursor.at++;
    cursor.expect(T.LPAREN, "after _Alignas");
    const value = this.#parser.specifiers.starts(cursor.at)
      ? BigInt(alignOf(this.#parser.declarators.typeName()))
      : this.#number("the alignment");
    cursor.expect(T.RPAREN, "of _Alignas");
    if (value !== 0n) this.#aligned(into, value, pos);
  }

  /** The string literal at `at`, adjacent ones joined. */
  #text(at: number): string | undefined {
    const units: number[] = [];
    const cursor = this.#cursor;
    const first = at;
    for (; cursor.kinds[at] === T.STRING; at++) {
      const own = literalUnits(cursor.textAt(at));
      if (own === undefined) return undefined;
      units.push(...own);
    }
    return at === first ? undefined : stringText(units);
  }
}

/** `__packed__` as `packed`. */
function bare(name: string): string {
  return name.length > 4 && name.startsWith("__") && name.endsWith("__") ? name.slice(2, -2) : name;
}
