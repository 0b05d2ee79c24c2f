import type { Int, Type, Typedef } from "@rbgen/btf";
import type { TagNode } from "./ctype.ts";

/** What an ordinary identifier names at file scope. */
export type ScopeSymbol =
  | { readonly kind: "typedef"; readonly type: Typedef; readonly pos: number }
  | { readonly kind: "constant"; readonly value: bigint; type: Type; readonly pos: number }
  | { readonly kind: "variable"; readonly type: Type; readonly pos: number };

/** Names of one translation unit, by interned id. C's name spaces: ordinary identifiers and tags. */
export class Scope {
  readonly symbols: (ScopeSymbol | undefined)[];
  readonly tags: (TagNode | undefined)[];
  /** Where each tag is defined. */
  readonly tagPositions: Map<TagNode, number> = new Map();
  /** Types that hold an error: out of reach for users. */
  readonly poisoned: Set<object> = new Set();
  /** Arithmetic type behind an enum, for constants of that type. */
  readonly underlying: Map<object, Int> = new Map();

  constructor(names: number | Scope) {
    if (typeof names === "number") {
      this.symbols = new Array<ScopeSymbol | undefined>(names).fill(undefined);
      this.tags = new Array<TagNode | undefined>(names).fill(undefined);
      return;
    }
    this.symbols = names.symbols.slice();
    this.tags = names.tags.slice();
    for (const [tag, pos] of names.tagPositions) this.tagPositions.set(tag, pos);
    for (const type of names.poisoned) this.poisoned.add(type);
    for (const [type, plain] of names.underlying) this.underlying.set(type, plain);
  }

  /** The same names, for declarations that end before those of this one do. */
  copy(): Scope {
    return new Scope(this);
  }
}
