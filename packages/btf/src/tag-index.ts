import { kindMask, kindNumber, kindShift } from "./constants.ts";
import type { Strings } from "./strings.ts";

const none: readonly never[] = [];

/** Decl tags by what they are on: BTF has only the way from a tag to its target. */
export class TagIndex {
  readonly #byTarget: Map<number, { readonly id: number; readonly component: number; readonly name: number }[]> =
    new Map();
  readonly #strings: Strings;
  readonly #base: TagIndex | undefined;

  constructor(words: Uint32Array, index: Uint32Array, firstId: number, strings: Strings, base: TagIndex | undefined) {
    this.#strings = strings;
    this.#base = base;
    for (let i = 0; i < index.length; i++) {
      const at = index[i]!;
      if (((words[at + 1]! >>> kindShift) & kindMask) !== kindNumber.decl_tag) continue;
      const tag = { id: firstId + i, component: words[at + 3]! | 0, name: words[at]! };
      const others = this.#byTarget.get(words[at + 2]!);
      if (others === undefined) this.#byTarget.set(words[at + 2]!, [tag]);
      else others.push(tag);
    }
  }

  /** Ids of the tags on a component of type `target`, in order. */
  ids(target: number, component: number): readonly number[] {
    const own = this.#byTarget.get(target)?.filter((tag) => tag.component === component) ?? none;
    const inherited = this.#base?.ids(target, component) ?? none;
    return own.length === 0 ? inherited : [...inherited, ...own.map((tag) => tag.id)];
  }

  /** Texts of the tags on a component of type `target`, in order of their ids. */
  texts(target: number, component: number): readonly string[] {
    const own = this.#byTarget.get(target)?.filter((tag) => tag.component === component) ?? none;
    const inherited = this.#base?.texts(target, component) ?? none;
    return own.length === 0 ? inherited : [...inherited, ...own.map((tag) => this.#strings.at(tag.name))];
  }
}
