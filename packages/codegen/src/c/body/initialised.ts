import type { Member, Type } from "@rbgen/btf";
import * as T from "../text/token.ts";
import { stripped } from "../type/ctype.ts";
import { memberOf } from "../type/member-lookup.ts";
import type { Expression } from "./tree.ts";

/** What an item of an initialiser fills. */
export interface Initialised {
  readonly target: Expression;
  /** Undefined where it is not told. */
  readonly type: Type | undefined;
}

/** The member `name` of what `of` is. */
export function memberNamed({ target, type }: Initialised, name: string): Initialised {
  const found = type === undefined ? undefined : memberOf(type, name);
  return { target: { kind: "member", base: target, arrow: false, name }, type: found?.member.type };
}

/** The element of what `of` is at an index. */
export function elementAt({ target, type }: Initialised, index: Expression): Initialised {
  const plain = type === undefined ? undefined : stripped(type);
  return {
    target: { kind: "element", base: target, index },
    type: plain?.kind === "array" ? plain.element : undefined,
  };
}

/** The members or elements that the items of one pair of braces fill: each the next one, from the last designator on (C11 6.7.9). */
export class MembersInOrder {
  readonly target: Expression;
  readonly type: Type | undefined;
  readonly #members: readonly Member[];
  readonly #element: Type | undefined;
  /** Index of the next one; undefined behind an item of which it is not told how many members it fills. */
  #next: number | undefined = 0;
  /** The first one of which it is not told what fills it. */
  #untold = 0;

  constructor(target: Expression, type: Type | undefined) {
    this.target = target;
    this.type = type;
    const plain = type === undefined ? undefined : stripped(type);
    this.#element = plain?.kind === "array" ? plain.element : undefined;
    if (plain?.kind === "struct") this.#members = plain.members.filter(isInitialised);
    else this.#members = plain?.kind === "union" ? plain.members.filter(isInitialised).slice(0, 1) : [];
  }

  /** What `.name` fills. */
  named(name: string): Initialised {
    const index = this.#members.findIndex((member) => member.name === name);
    this.#next = index < 0 ? undefined : index + 1;
    return memberNamed(this, name);
  }

  /** What `[index]` fills, whose value is told where it is a constant. */
  at(index: Expression, value: bigint | undefined): Initialised {
    this.#next = value === undefined ? undefined : Number(value) + 1;
    return elementAt(this, index);
  }

  /** What the next item fills, which begins with the token `kind`; undefined where that is not told. */
  next(kind: number): Initialised | undefined {
    const index = this.#next;
    const member = index === undefined ? undefined : this.#members[index];
    const type = this.#element ?? member?.type;
    if (index === undefined || type === undefined) return undefined;
    this.#next = index + 1;
    if (kind !== T.LBRACE && isAggregate(type) && !(kind === T.STRING && isText(type))) {
      // It may be a whole struct, or the first of several members of it.
      this.#next = undefined;
      this.#untold = index;
      return undefined;
    }
    return this.#at(index);
  }

  /** All that items may fill of which it is not told what they do. */
  get rest(): readonly Initialised[] {
    const members = this.#members.slice(this.#untold);
    return members.length > 0 ? members.map((_, index) => this.#at(this.#untold + index)) : [this];
  }

  #at(index: number): Initialised {
    const member = this.#members[index];
    if (member === undefined) return elementAt(this, { kind: "number", value: BigInt(index) });
    // Members of a struct without a name go by their own names.
    if (member.name === "") return { target: this.target, type: member.type };
    return { target: { kind: "member", base: this.target, arrow: false, name: member.name }, type: member.type };
  }
}

/** Unnamed bit-fields are skipped. */
function isInitialised({ name, type }: Member): boolean {
  return name !== "" || isAggregate(type);
}

function isAggregate(type: Type): boolean {
  const { kind } = stripped(type);
  return kind === "struct" || kind === "union" || kind === "array";
}

/** Whether a string alone fills all of it. */
function isText(type: Type): boolean {
  const array = stripped(type);
  return array.kind === "array" && stripped(array.element).kind === "int";
}
