import type { Strings } from "../strings.ts";
import { kindMask, kindNumber, kindShift } from "./constants.ts";

interface Tag {
  readonly id: number;
  readonly name: number;
  /** A whole attribute, which no `btf_decl_tag` wrote. */
  readonly attribute: boolean;
}

const none: readonly never[] = [];

/** Decl tags by what they are on: BTF has only the way from a tag to its target. */
export class TagIndex {
  /** By target and component. */
  readonly #byPlace: Map<number, Map<number, Tag[]>> = new Map();
  /** By prototype: the one tagged function that has it; 0 where several functions share it. */
  readonly #functionOf: Map<number, number> = new Map();
  readonly #strings: Strings;
  readonly #base: TagIndex | undefined;

  constructor(words: Uint32Array, index: Uint32Array, firstId: number, strings: Strings, base: TagIndex | undefined) {
    this.#strings = strings;
    this.#base = base;
    for (let i = 0; i < index.length; i++) {
      const at = index[i]!;
      const info = words[at + 1]!;
      const kind = (info >>> kindShift) & kindMask;
      const target = words[at + 2]!;
      if (kind === kindNumber.func) this.#functionOf.set(target, this.#functionOf.has(target) ? 0 : firstId + i);
      if (kind !== kindNumber.decl_tag) continue;
      let components = this.#byPlace.get(target);
      if (components === undefined) {
        components = new Map();
        this.#byPlace.set(target, components);
      }
      const tag = { id: firstId + i, name: words[at]!, attribute: info >>> 31 === 1 };
      const component = words[at + 3]! | 0;
      const others = components.get(component);
      if (others === undefined) components.set(component, [tag]);
      else others.push(tag);
    }
  }

  /** Ids of the tags on a component of type `target`, in order. */
  ids(target: number, component: number): readonly number[] {
    const own = this.#byPlace.get(target)?.get(component) ?? none;
    const inherited = this.#base?.ids(target, component) ?? none;
    return own.length === 0 ? inherited : [...inherited, ...own.map((tag) => tag.id)];
  }

  /** Texts of the `btf_decl_tag`s on a component of type `target`, in order of their ids. */
  texts(target: number, component: number): readonly string[] {
    const own =
      this.#byPlace
        .get(target)
        ?.get(component)
        ?.filter((tag) => !tag.attribute) ?? none;
    const inherited = this.#base?.texts(target, component) ?? none;
    return own.length === 0 ? inherited : [...inherited, ...own.map((tag) => this.#strings.at(tag.name))];
  }

  /** Texts of the tags on a parameter of a prototype that one function alone has: tags are on functions. */
  paramTexts(proto: number, index: number): readonly string[] {
    const own = this.#functionOf.get(proto) ?? 0;
    return own === 0 ? (this.#base?.paramTexts(proto, index) ?? none) : this.texts(own, index);
  }
}
