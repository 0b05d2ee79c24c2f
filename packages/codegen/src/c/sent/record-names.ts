import type { NamedType, Type, Typedef } from "@rbgen/btf";
import type { Parser } from "../parse/parser.ts";
import { innerOf, stripped } from "../type/ctype.ts";

/** What the types of records are called, those too that functions define for themselves. */
export class RecordNames {
  readonly #parser: Parser;
  readonly #local = new Map<string, NamedType>();

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** Types that functions define for themselves, as far as they were asked for, by the names that reach them. */
  get local(): ReadonlyMap<string, NamedType> {
    return this.#local;
  }

  /**
   * `type` as `--map` takes it: "struct event", "__u64[4]". Of a type that `owner` defines for itself, where its name is another
   * one's too, "struct owner::event". Undefined where it has no name.
   */
  of(type: Type, owner: string): string | undefined {
    const name = nameOf(type);
    const own = name === undefined ? undefined : definedIn(type);
    if (name === undefined || own === undefined) return name;
    const { scope, cursor, foreign } = this.#parser;
    const id = cursor.idOf(own.name);
    const symbol = scope.symbols[id];
    const known = own.kind === "typedef" ? (symbol?.kind === "typedef" ? symbol.type : undefined) : scope.tags[id];
    if (known !== undefined ? isSame(known as Type, own) : foreign.fromKernel.has(own) || foreign.fromPrelude.has(own))
      return name;
    const other = this.#local.get(own.name);
    if (known === undefined && (other === undefined || isSame(other, own))) {
      this.#local.set(own.name, own);
      return name;
    }
    return this.#ofOwner(own, name, owner);
  }

  #ofOwner(own: NamedType, name: string, owner: string): string {
    for (let count = 1; ; count++) {
      const unique = `${owner}${count === 1 ? "" : count}::${own.name}`;
      const renamed = this.#local.get(unique);
      if (renamed === undefined) this.#local.set(unique, withName(own, unique));
      else if (!isCopyOf(renamed, own)) continue;
      return name.replace(own.name, () => unique);
    }
  }
}

/** Types that stand for others under a further name. */
const copies = new WeakMap<object, object>();

function withName(type: NamedType, name: string): NamedType {
  const copy: NamedType = { ...type, name, ...("members" in type && { members: type.members }) } as NamedType;
  copies.set(copy, stripped(type));
  return copy;
}

function isCopyOf(copy: NamedType, type: NamedType): boolean {
  return copies.get(copy) === stripped(type);
}

function isSame(a: Type, b: Type): boolean {
  return stripped(a) === stripped(b);
}

/** The struct, union or enum behind `type`, or the typedef where that has no name; undefined for scalars. */
function definedIn(type: Type): NamedType | undefined {
  let typedef: Typedef | undefined;
  for (let at: Type | undefined = type; at !== undefined; at = innerOf(at)) {
    if (at.kind === "typedef") typedef ??= at;
    if (at.kind === "struct" || at.kind === "union" || at.kind === "enum" || at.kind === "enum64")
      return at.name === "" ? typedef : at;
  }
  return undefined;
}

/** `type` as `--map` takes it, as if no other one had its name; undefined where it has none. */
function nameOf(type: Type): string | undefined {
  let typedef: string | undefined;
  let dimensions = "";
  for (let at: Type | undefined = type; at !== undefined; at = innerOf(at)) {
    switch (at.kind) {
      case "array":
        dimensions += `[${at.count}]`;
        // Of a typedef of an array, that is a name of the array.
        typedef = undefined;
        break;
      case "typedef":
        typedef ??= at.name;
        break;
      case "struct":
      case "union":
      case "enum":
      case "enum64": {
        const keyword = at.kind === "enum64" ? "enum" : at.kind;
        const name = at.name === "" ? typedef : `${keyword} ${at.name}`;
        return name === undefined ? undefined : name + dimensions;
      }
      case "int":
      case "float":
        return (typedef ?? at.name) + dimensions;
    }
  }
  return undefined;
}
