import type { Type } from "@rbgen/btf";
import type { Parser } from "../parse/parser.ts";
import type { TagNode } from "../type/ctype.ts";
import type { ScopeSymbol } from "../type/scope.ts";
import type { Local } from "./tree.ts";

/** A name that a block declares anew, and what it was before. */
type Hidden =
  | { readonly id: number; readonly symbol: ScopeSymbol | undefined }
  | { readonly id: number; readonly tag: TagNode | undefined };

/** The names that the blocks of a function declare, each up to its end: what they hide of the file's comes back there. */
export class LocalNames {
  readonly #parser: Parser;
  readonly #scopes: Map<number, Local>[] = [new Map()];
  readonly #hidden: Hidden[] = [];

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** A variable, or with an index a parameter; one without a name has a negative `id`. */
  declare(id: number, name: string, type: Type, parameter?: number): Local {
    const local: Local = { name, type, parameter, values: [] };
    if (id < 0) return local;
    this.#scopes[this.#scopes.length - 1]!.set(id, local);
    // Sizes and typeof of declarations ask the scope.
    this.#hide(id, { kind: "variable", type, pos: this.#parser.cursor.pos });
    return local;
  }

  declareTypedef(id: number, target: Type, pos: number): void {
    const type = { kind: "typedef", name: this.#parser.cursor.names[id]!, target } as const;
    this.#hide(id, { kind: "typedef", type, pos });
  }

  #hide(id: number, symbol: ScopeSymbol): void {
    const { symbols } = this.#parser.scope;
    this.#hidden.push({ id, symbol: symbols[id] });
    symbols[id] = symbol;
  }

  /** Makes the tag `id` free for another type. */
  hideTag(id: number): void {
    const { tags } = this.#parser.scope;
    this.#hidden.push({ id, tag: tags[id] });
    tags[id] = undefined;
  }

  find(id: number): Local | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const local = this.#scopes[i]!.get(id);
      if (local !== undefined) return local;
    }
    return undefined;
  }

  /** Runs `read` in a block of its own. */
  within<Result>(read: () => Result): Result {
    const hidden = this.#hidden.length;
    const scopes = this.#scopes.length;
    this.#scopes.push(new Map());
    try {
      return read();
    } finally {
      this.#scopes.length = scopes;
      this.#restore(hidden);
    }
  }

  /** Ends the function: nothing of it stays in the file's scope. */
  end(): void {
    this.#restore(0);
  }

  #restore(length: number): void {
    const { symbols, tags } = this.#parser.scope;
    while (this.#hidden.length > length) {
      const hidden = this.#hidden.pop()!;
      if ("tag" in hidden) tags[hidden.id] = hidden.tag;
      else symbols[hidden.id] = hidden.symbol;
    }
  }
}
