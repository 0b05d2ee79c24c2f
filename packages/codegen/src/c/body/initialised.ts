import type { Member, Type } from "@rbgen/btf";
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

/** The members that the items of one pair of braces fill: each the next one, from the last designator on (C11 6.7.9). */
export class MembersInOrder {
  readonly target: Expression;
  readonly #type: Type | undefined;
  readonly #members: readonly Member[];
  /** Index of the next one; undefined behind an item of which it is not told how many members it fills. */
  #next: number | undefined = 0;

  constructor(target: Expression, type: Type | undefined) {
    this.target = target;
    this.#type = type;
    const plain = type === undefined ? undefined : stripped(type);
    if (plain?.kind === "struct") this.#members = plain.members.filter(isInitialised);
    else this.#members = plain?.kind === "union" ? plain.members.filter(isInitialised).slice(0, 1) : [];
  }

  /** What `.name` fills. */
  named(name: string): Initialised {
    const index = this.#members.findIndex((member) => member.name === name);
    this.#next = index < 0 ? undefined : index + 1;
    return memberNamed({ target: this.target, type: this.#type }, name);
  }

  /** What the next item fills, which stands in braces or not; undefined where that is not told. */
  next(inBraces: boolean): Initialised | undefined {
    const member = this.#next === undefined ? undefined : this.#members[this.#next++];
    if (member === undefined) return undefined;
    if (!inBraces && isAggregate(member.type)) {
      // It may be a whole struct, or the first of several members of it.
      this.#next = undefined;
      return undefined;
    }
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
