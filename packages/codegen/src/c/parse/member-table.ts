import type { Bits, Location, Member, Type } from "@rbgen/btf";
import type { Comments } from "../text/comments.ts";
import { asBits, asBytes, type MemberRows, type Mutable } from "../type/ctype.ts";
import type { Attributes } from "./attributes.ts";

/** What a declaration says of a member, and where. */
export interface MemberSource {
  /** Interned name; −1 without one. */
  readonly id: number;
  readonly type: Type;
  /** Bits of a bit-field; −1 for any other member. */
  readonly width: number;
  readonly attributes: Attributes | undefined;
  readonly pos: number;
}

/** Numbers of a row: name, width, alignment, position, position of its declaration's first and last token. */
const columns = 6;

/**
 * Members of every struct and union as numbers side by side. A large header has some 100 000, of which few are looked
 * at: as objects, with their locations, they would cost more time in the garbage collector than it takes to read them.
 */
export class MemberTable {
  readonly #names: readonly string[];
  readonly #comments: Comments;
  readonly #locate: (pos: number) => Location;
  readonly #types: Type[] = [];
  readonly #tags: Map<number, readonly string[]> = new Map();
  #numbers: Int32Array = new Int32Array(columns << 8);
  /** In bits, which go beyond 32 of them. */
  #offsets: Float64Array = new Float64Array(1 << 8);

  constructor(names: readonly string[], comments: Comments, locate: (pos: number) => Location) {
    this.#names = names;
    this.#comments = comments;
    this.#locate = locate;
  }

  /** Interned name of the member in `row`; −1 without one. */
  idAt(row: number): number {
    return this.#numbers[row * columns]!;
  }

  typeAt(row: number): Type {
    return this.#types[row]!;
  }

  get length(): number {
    return this.#types.length;
  }

  /** Adds a member; `start` and `end` are the positions of its declaration's first and last token. */
  add(source: MemberSource, bitOffset: Bits, align: number, start: number, end: number): void {
    const row = this.#types.length;
    if (row === this.#offsets.length) this.#grow();
    this.#types.push(source.type);
    this.#offsets[row] = bitOffset;
    const numbers = this.#numbers;
    const at = row * columns;
    numbers[at] = source.id;
    numbers[at + 1] = source.width;
    numbers[at + 2] = align;
    numbers[at + 3] = source.pos;
    numbers[at + 4] = start;
    numbers[at + 5] = end;
    const tags = source.attributes?.tags;
    if (tags !== undefined && tags.length > 0) this.#tags.set(row, tags);
  }

  /** Makes the members that stand in `rows`. */
  members({ first, count }: MemberRows): Member[] {
    const members: Member[] = [];
    for (let row = first; row < first + count; row++) members.push(this.#member(row));
    return members;
  }

  #member(row: number): Member {
    const numbers = this.#numbers;
    const at = row * columns;
    const id = numbers[at]!;
    const width = numbers[at + 1]!;
    const align = numbers[at + 2]!;
    const member: Mutable<Member> = {
      name: id < 0 ? "" : this.#names[id]!,
      type: this.#types[row]!,
      bitOffset: asBits(this.#offsets[row]!),
      location: this.#locate(numbers[at + 3]!),
    };
    if (width >= 0) member.bitSize = asBits(width);
    if (align > 0) member.align = asBytes(align);
    this.#comments.attach(member, numbers[at + 4]!, numbers[at + 5]!, this.#tags.get(row));
    return member;
  }

  #grow(): void {
    const numbers = new Int32Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const offsets = new Float64Array(this.#offsets.length * 2);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
  }
}
