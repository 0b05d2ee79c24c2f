import type { Elf } from "../elf/elf.ts";
import { BtfError } from "../error.ts";
import type { Strings } from "../strings.ts";
import type { DeclTag, Endian, Kind, NamedType, Type } from "../types.ts";
import { kindMask, kindNumber, kindShift } from "./constants.ts";
import { NameIndex } from "./name-index.ts";
import type { NodeSource } from "./node-source.ts";
import { makeNode, voidType } from "./nodes.ts";
import { TagIndex } from "./tag-index.ts";

/** What the decoder found, before any type is made. */
export interface BtfParts {
  readonly endian: Endian;
  readonly words: Uint32Array;
  /** First word of each own type. */
  readonly index: Uint32Array;
  readonly partialInts: boolean;
  readonly strings: Strings;
  readonly base: Btf | undefined;
  readonly elf: Elf | undefined;
  readonly name: string | undefined;
}

const named: ReadonlySet<number> = new Set([
  kindNumber.struct,
  kindNumber.union,
  kindNumber.enum,
  kindNumber.enum64,
  kindNumber.typedef,
  kindNumber.int,
  kindNumber.float,
  kindNumber.fwd,
]);

/** Types of one kind. */
export type TypeOf<K extends Kind> = Extract<Type, { readonly kind: K }>;

/**
 * A BTF file, with its base where it is a split one. Types are made when they are asked for and kept, so that
 * the same id is the same object, also when it is reached through a reference.
 */
export class Btf {
  readonly endian: Endian;
  /** The ELF file that held the BTF. */
  readonly elf: Elf | undefined;
  readonly base: Btf | undefined;
  /** Name of the input, as errors show it. */
  readonly name: string | undefined;
  /** Id of the first type that is this file's own: 1, or what follows the base's last one. */
  readonly firstId: number;
  /** How many ids there are, `void` (0) and the base's included: ids are 0 … typeCount − 1. */
  readonly typeCount: number;

  readonly #words: Uint32Array;
  readonly #index: Uint32Array;
  readonly #strings: Strings;
  readonly #partialInts: boolean;
  readonly #source: NodeSource;
  readonly #types: (Type | undefined)[];
  #pointerSize: 4 | 8 | undefined;
  #names: NameIndex | undefined;
  #tags: TagIndex | undefined;

  /**
   * Made by `parseBtf`.
   * @internal
   */
  constructor(parts: BtfParts) {
    this.endian = parts.endian;
    this.elf = parts.elf;
    this.base = parts.base;
    this.name = parts.name;
    this.firstId = parts.base?.typeCount ?? 1;
    this.typeCount = this.firstId + parts.index.length;
    this.#words = parts.words;
    this.#index = parts.index;
    this.#strings = parts.strings;
    this.#types = new Array<Type | undefined>(parts.index.length);
    this.#partialInts = parts.partialInts || (parts.base === undefined ? false : parts.base.#partialInts);
    const btf = this;
    this.#source = {
      words: parts.words,
      partialInts: this.#partialInts,
      get pointerSize(): 4 | 8 {
        return btf.pointerSize;
      },
      typeById: (id) => this.typeById(id),
      string: (offset) => parts.strings.at(offset),
      tagTexts: (id, component) => this.#tagIndex.texts(id, component),
      paramTagTexts: (proto, index) => this.#tagIndex.paramTexts(proto, index),
    };
  }

  /** Bytes of a pointer: from the ELF file's class, else from the size of `long`, else 8. */
  get pointerSize(): 4 | 8 {
    this.#pointerSize ??= this.#findPointerSize();
    return this.#pointerSize;
  }

  /**
   * Strings, which those of a split BTF on top of this one follow.
   * @internal
   */
  get strings(): Strings {
    return this.#strings;
  }

  /**
   * The type with this id; 0 is `void`.
   * @throws {@link BtfError} `type-id` where there is none, `kind` where its kind is not known.
   */
  typeById(id: number): Type {
    if (id === 0) return voidType;
    if (id < this.firstId && this.base !== undefined && id > 0) return this.base.typeById(id);
    const at = this.#index[id - this.firstId];
    if (at === undefined) {
      throw new BtfError("type-id", `there is no type ${id}, the last one is ${this.typeCount - 1}`, {
        name: this.name,
      });
    }
    const known = this.#types[id - this.firstId];
    if (known !== undefined) return known;
    const type = makeNode(this.#source, id, at);
    this.#types[id - this.firstId] = type;
    return type;
  }

  /** Every struct, union, enum, typedef, integer, float and forward declaration of this name, in order of ids. */
  find(name: string): readonly NamedType[] {
    return this.#find(name, named) as NamedType[];
  }

  /** Every type of one kind and this name, in order of ids: functions, variables and sections too. */
  findKind<K extends Kind>(kind: K, name: string): readonly TypeOf<K>[] {
    if (kind === "void") return [];
    return this.#find(name, new Set([kindNumber[kind]])) as TypeOf<K>[];
  }

  /** All types of one kind, in order of ids, the base's first. */
  *findAll<K extends Kind>(kind: K): Iterable<TypeOf<K>> {
    if (this.base !== undefined) yield* this.base.findAll(kind);
    const number = kindNumber[kind];
    for (let i = 0; i < this.#index.length; i++) {
      if (this.#kindAt(i) === number) yield this.typeById(this.firstId + i) as TypeOf<K>;
    }
  }

  /** Each name that {@link find} finds, once. */
  *names(): Iterable<string> {
    const seen = new Set<string>();
    for (const name of this.#allNames()) {
      if (name === "" || seen.has(name)) continue;
      seen.add(name);
      yield name;
    }
  }

  /** This file's own types, without `void` and the base's, in order of ids; those of unknown kinds are left out. */
  *types(): Iterable<Type> {
    for (let i = 0; i < this.#index.length; i++) {
      if (this.#kindAt(i) <= kindNumber.enum64) yield this.typeById(this.firstId + i);
    }
  }

  /** Kind number of the type with this id, also of a kind that is not known. */
  kindNumberOf(id: number): number {
    if (id === 0) return 0;
    if (id < this.firstId && this.base !== undefined) return this.base.kindNumberOf(id);
    return this.#kindAt(id - this.firstId);
  }

  /** Decl tags on a type of this BTF (component −1), or on one of its members or parameters. */
  tagsOf(type: Type, component: number = -1): readonly DeclTag[] {
    if (type.id === undefined) return [];
    return this.#tagIndex.ids(type.id, component).map((id) => this.typeById(id) as DeclTag);
  }

  *#allNames(): Iterable<string> {
    if (this.base !== undefined) yield* this.base.names();
    for (let i = 0; i < this.#index.length; i++) {
      if (named.has(this.#kindAt(i))) yield this.#strings.at(this.#words[this.#index[i]!]!);
    }
  }

  #kindAt(i: number): number {
    const at = this.#index[i];
    return at === undefined ? 0 : (this.#words[at + 1]! >>> kindShift) & kindMask;
  }

  #find(name: string, kinds: ReadonlySet<number>): Type[] {
    const found = this.base === undefined ? [] : this.base.#find(name, kinds);
    if (name === "" || name.includes("\0")) return found;
    this.#names ??= new NameIndex(this.#words, this.#index, this.#strings);
    for (const i of this.#names.find(name)) {
      if (kinds.has(this.#kindAt(i))) found.push(this.typeById(this.firstId + i));
    }
    return found;
  }

  get #tagIndex(): TagIndex {
    const base = this.base === undefined ? undefined : this.base.#tagIndex;
    this.#tags ??= new TagIndex(this.#words, this.#index, this.firstId, this.#strings, base);
    return this.#tags;
  }

  #findPointerSize(): 4 | 8 {
    if (this.elf !== undefined) return this.elf.bits === 32 ? 4 : 8;
    if (this.base !== undefined) return this.base.pointerSize;
    for (const name of ["long", "long int", "unsigned long", "long unsigned int"]) {
      for (const type of this.findKind("int", name)) if (type.size === 4 || type.size === 8) return type.size as 4 | 8;
    }
    return 8;
  }
}
