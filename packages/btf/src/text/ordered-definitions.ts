import { BtfError } from "../error.ts";
import { skipQualifiers } from "../layout/strip.ts";
import type { Enum, Enum64, Type } from "../types.ts";
import { defineAs, type Names } from "./definition.ts";
import { isReserved } from "./spelling.ts";

/** How deep types may need each other before one of them can be written. */
const maxDepth = 1000;

/**
 * These types and all that they need, as C that compiles: each definition after what it contains, structs and unions that
 * are only pointed at declared. Compiled by clang for x86-64 or BPF, every layout is the one that the types have.
 * Names that C cannot hold twice (two structs of one name, an enumerator of two enums) get `___2` and so on.
 * @throws {@link BtfError} as `formatDefinition`; `cycle` for a type that contains itself.
 */
export function formatDefinitions(types: Iterable<Type>): string {
  const text = new DefinitionsText();
  for (const type of types) text.define(type, 0);
  return text.toString();
}

class DefinitionsText {
  readonly #parts: string[] = [];
  readonly #declared: Set<Type> = new Set();
  readonly #defined: Set<Type> = new Set();
  readonly #open: Set<Type> = new Set();
  readonly #declaring: Set<Type> = new Set();
  readonly #names: UniqueNames = new UniqueNames();
  readonly #forwards: Set<string> = new Set();

  toString(): string {
    return this.#parts.join("\n");
  }

  /** Makes `type` complete, so that a member can have it. */
  define(type: Type, depth: number): void {
    if (this.#defined.has(type)) return;
    if (this.#open.has(type)) {
      throw new BtfError("cycle", `${type.kind}${"name" in type ? ` ${type.name}` : ""} needs itself to be complete`, {
        typeId: type.id,
      });
    }
    if (depth > maxDepth) throw new BtfError("limit", "types that need each other too deep", { typeId: type.id });
    switch (type.kind) {
      case "void":
      case "int":
      case "float":
      case "decl_tag":
        break;
      case "struct":
      case "union":
        this.#open.add(type);
        for (const member of type.members) this.define(member.type, depth + 1);
        this.#open.delete(type);
        if (type.name !== "") this.#write(type);
        break;
      case "enum":
      case "enum64":
        if (type.name !== "") this.#write(type);
        break;
      case "fwd":
        this.#declare(type, depth);
        break;
      case "array":
        this.#open.add(type);
        this.define(type.element, depth + 1);
        this.#open.delete(type);
        break;
      case "typedef":
        // The name comes first: what it names may hold pointers to it.
        this.#declare(type, depth + 1);
        this.#open.add(type);
        this.define(type.target, depth + 1);
        this.#open.delete(type);
        break;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        this.#open.add(type);
        this.define(type.target, depth + 1);
        this.#open.delete(type);
        break;
      case "ptr":
      case "func_proto":
        this.#declare(type, depth);
        break;
      case "func":
        this.#declare(type.proto, depth + 1);
        this.#write(type);
        break;
      case "var":
        this.define(type.type, depth + 1);
        this.#write(type);
        break;
      case "datasec":
        for (const { variable } of type.variables) this.define(variable, depth + 1);
        break;
    }
    this.#defined.add(type);
  }

  /** Makes `type` known, so that a pointer or a prototype can name it. */
  #declare(type: Type, depth: number): void {
    if (this.#declared.has(type) || this.#defined.has(type)) return;
    if (depth > maxDepth) throw new BtfError("limit", "types that need each other too deep", { typeId: type.id });
    switch (type.kind) {
      case "struct":
      case "union":
        if (type.name === "") this.define(type, depth);
        else this.#forward(`${type.kind} ${this.#names.of(type)};\n`);
        break;
      case "fwd":
        this.#forward(`${type.of} ${this.#names.of(type)};\n`);
        break;
      case "ptr":
        this.#declared.add(type);
        this.#declare(type.target, depth + 1);
        return;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        this.#declared.add(type);
        this.#declare(type.target, depth + 1);
        return;
      case "func_proto":
        this.#declared.add(type);
        this.#declare(type.result, depth + 1);
        for (const param of type.params) this.#declare(param.type, depth + 1);
        return;
      case "typedef": {
        if (this.#declaring.has(type)) {
          throw new BtfError("cycle", `typedef ${type.name} is needed by what it names`, { typeId: type.id });
        }
        this.#declaring.add(type);
        this.#declare(skipQualifiers(type.target), depth + 1);
        this.#declaring.delete(type);
        this.#write(type);
        break;
      }
      default:
        this.define(type, depth);
    }
    this.#declared.add(type);
  }

  #forward(text: string): void {
    if (this.#forwards.has(text)) return;
    this.#forwards.add(text);
    this.#parts.push(text);
  }

  #write(type: Type): void {
    this.#parts.push(defineAs(type, this.#names));
  }
}

/** Names that are unique in the two name spaces that a C file has outside of bodies: tags, and everything else. */
class UniqueNames implements Names {
  readonly #tags: Map<string, string> = new Map();
  readonly #ordinary: Set<string> = new Set();
  readonly #known: Map<Type, string> = new Map();
  readonly #defined: Set<string> = new Set();
  /** Where the last search ended, by what was sought: a name that is taken stays taken, so that none below is free. */
  readonly #ends: Map<string, number> = new Map();

  of(type: Type): string {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const name = "name" in type ? type.name : "";
    const unique =
      type.kind === "typedef" || type.kind === "var" || type.kind === "func"
        ? this.#take(name, "", (candidate) => this.#claimOrdinary(candidate))
        : this.#take(name, `${type.kind} ${keywordOf(type)}`, (candidate) => this.#claimTag(candidate, type));
    this.#known.set(type, unique);
    return unique;
  }

  enumerator(_: Enum | Enum64, name: string): string {
    return this.#take(name, "", (candidate) => this.#claimOrdinary(candidate));
  }

  /** The first of `name`, `name___2` and so on that can be claimed by types of this `sort`, which all claim alike. */
  #take(name: string, sort: string, claim: (candidate: string) => boolean): string {
    const sought = `${sort} ${name}`;
    let n = this.#ends.get(sought) ?? 1;
    let candidate = numbered(name, n);
    while (isReserved(candidate) || !claim(candidate)) candidate = numbered(name, ++n);
    this.#ends.set(sought, n);
    return candidate;
  }

  #claimOrdinary(name: string): boolean {
    if (this.#ordinary.has(name)) return false;
    this.#ordinary.add(name);
    return true;
  }

  /** A tag belongs to one keyword, to any number of forward declarations, and to one definition. */
  #claimTag(name: string, type: Type): boolean {
    const keyword = keywordOf(type);
    const owner = this.#tags.get(name);
    if (owner !== undefined && owner !== keyword) return false;
    if (type.kind !== "fwd") {
      if (this.#defined.has(name)) return false;
      this.#defined.add(name);
    }
    this.#tags.set(name, keyword);
    return true;
  }
}

function numbered(name: string, n: number): string {
  return n === 1 ? name : `${name}___${n}`;
}

function keywordOf(type: Type): string {
  return type.kind === "fwd" ? type.of : type.kind === "enum64" ? "enum" : type.kind;
}
