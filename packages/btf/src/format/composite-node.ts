import { resolve } from "../layout/strip.ts";
import type { Int, Member, Struct, Type } from "../types.ts";
import { type Bits, bits, bytes } from "../units.ts";
import { vlenMask } from "./constants.ts";
import type { NodeSource } from "./node-source.ts";

/** A struct or union; its members are made when they are asked for. */
export class CompositeNode<Kind extends "struct" | "union"> {
  readonly kind: Kind;
  readonly id: number;
  readonly name: string;
  readonly size: Struct["size"];
  readonly #source: NodeSource;
  readonly #at: number;
  #members: readonly Member[] | undefined;

  constructor(source: NodeSource, kind: Kind, id: number, at: number) {
    this.kind = kind;
    this.id = id;
    this.name = source.string(source.words[at]!);
    this.size = bytes(source.words[at + 2]!);
    this.#source = source;
    this.#at = at;
  }

  get members(): readonly Member[] {
    this.#members ??= this.#read();
    return this.#members;
  }

  get tags(): readonly string[] {
    return this.#source.tagTexts(this.id, -1);
  }

  #read(): Member[] {
    const { words } = this.#source;
    const info = words[this.#at + 1]!;
    const count = info & vlenMask;
    const sized = info >>> 31 === 1;
    const members: Member[] = [];
    for (let i = 0, at = this.#at + 3; i < count; i++, at += 3) {
      const word = words[at + 2]!;
      let offset = word;
      let width = 0;
      if (sized) {
        offset = word & 0xffffff;
        width = word >>> 24;
      } else {
        // Before members could hold their width, an integer type of fewer bits than its bytes, or one at an odd place, was it.
        const int = this.#oldBitField(words[at + 1]!, word);
        if (int !== undefined) {
          offset = word + (int.bits?.offset ?? 0);
          width = int.bits?.size ?? int.size * 8;
        }
      }
      members.push(new MemberNode(this.#source, this.id, i, at, bits(offset), bits(width)));
    }
    return members;
  }

  /** The integer that makes the member an old-style bit-field. Types are looked at only where there can be one. */
  #oldBitField(ref: number, offset: number): Int | undefined {
    if (!this.#source.partialInts && offset % 8 === 0) return undefined;
    const type = resolve(this.#source.typeById(ref));
    return type.kind === "int" && (type.bits !== undefined || offset % 8 !== 0) ? type : undefined;
  }
}

class MemberNode implements Member {
  readonly name: string;
  readonly bitOffset: Bits;
  declare readonly bitSize?: Bits;
  readonly #source: NodeSource;
  readonly #owner: number;
  readonly #index: number;
  readonly #ref: number;
  #type: Type | undefined;

  constructor(source: NodeSource, owner: number, index: number, at: number, bitOffset: Bits, bitSize: Bits) {
    this.name = source.string(source.words[at]!);
    this.bitOffset = bitOffset;
    if (bitSize !== 0) this.bitSize = bitSize;
    this.#source = source;
    this.#owner = owner;
    this.#index = index;
    this.#ref = source.words[at + 1]!;
  }

  get type(): Type {
    this.#type ??= this.#source.typeById(this.#ref);
    return this.#type;
  }

  get tags(): readonly string[] {
    return this.#source.tagTexts(this.#owner, this.#index);
  }
}
