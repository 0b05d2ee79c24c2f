import { type Member, resolve, skipQualifiers, type Type } from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";

/** Types inside of each other that are compared; C sources nest no deeper. */
const deepest = 300;

/**
 * Holds types that the built-in front-end read against clang's BTF of the same source, as far as BTF tells: it has no
 * alignments and no unnamed bit-fields, what is atomic or complex is void there, and clang before 15 has 32 bits of each
 * enumerator.
 */
export class Agreement {
  readonly #compared = new Map<Type, string | undefined>();

  /** The first difference, in words; undefined where there is none. */
  difference(own: Type, clangs: Type): string | undefined {
    return this.#compare(own, clangs, 0);
  }

  #compare(own: Type, clangs: Type, depth: number): string | undefined {
    if (depth > deepest) return "it nests too deep to be compared";
    const a = skipQualifiers(own);
    const b = skipQualifiers(clangs);
    if (b.kind === "void") return undefined;
    switch (a.kind) {
      case "typedef":
        if (b.kind !== "typedef" || a.name !== b.name) break;
        // The prelude's everyday names lead to their integer at once.
        return this.#compare(a.target, a.target.kind === "int" ? resolve(b.target) : b.target, depth + 1);
      case "int":
        if (b.kind !== "int" || a.size !== b.size || a.bool !== b.bool) break;
        // Whether plain char has a sign is the target's affair; a compiler may not flag it.
        if (a.signed !== b.signed && !a.char) break;
        return undefined;
      case "float":
        if (b.kind !== "float" || a.size !== b.size) break;
        return undefined;
      case "ptr":
        return b.kind === "ptr" ? this.#pointedAt(a.target, b.target, depth + 1) : differ(a, b);
      case "array":
        if (b.kind !== "array" || a.count !== b.count) break;
        return this.#compare(a.element, b.element, depth + 1);
      case "enum":
      case "enum64":
        if ((b.kind !== "enum" && b.kind !== "enum64") || a.name !== b.name) break;
        return enumerators(a, b);
      case "struct":
      case "union": {
        if (b.kind !== a.kind || a.name !== b.name) break;
        if (!this.#compared.has(a)) this.#compared.set(a, this.#members(a, b, depth));
        return this.#compared.get(a);
      }
      default:
        if (a.kind !== b.kind) break;
        return undefined;
    }
    return differ(a, b);
  }

  /** What a pointer points at: structs by name only, which have their own turn, functions not at all. */
  #pointedAt(own: Type, clangs: Type, depth: number): string | undefined {
    const a = skipQualifiers(own);
    const b = skipQualifiers(clangs);
    if (isTag(a) && isTag(b)) return a.name === b.name ? undefined : differ(a, b);
    if (a.kind === "typedef" && b.kind === "typedef") return a.name === b.name ? undefined : differ(a, b);
    return this.#compare(a, b, depth);
  }

  #members(own: Type & Composite, clangs: Type & Composite, depth: number): string | undefined {
    if (own.size !== clangs.size) return `it has ${counted(own.size, "byte")} here, and ${clangs.size} with clang`;
    const members = own.members.filter(isTold);
    const others = clangs.members.filter(isTold);
    for (const [index, member] of members.entries()) {
      const other = others[index];
      if (other === undefined) return `clang has no member ${nameOf(member)}`;
      if (placeOf(member) !== placeOf(other)) return `here it has ${placeOf(member)}, with clang ${placeOf(other)}`;
      const difference = this.#compare(member.type, other.type, depth + 1);
      if (difference !== undefined) return `of member ${nameOf(member)}, ${difference}`;
    }
    const more = others[members.length];
    return more === undefined ? undefined : `only clang has member ${nameOf(more)}`;
  }
}

interface Composite {
  readonly size: number;
  readonly members: readonly Member[];
}

/** Unnamed bit-fields are in no debug information. */
function isTold(member: Member): boolean {
  return member.name !== "" || member.bitSize === undefined;
}

function isTag(type: Type): type is Type & { readonly name: string } {
  return ["struct", "union", "enum", "enum64", "fwd"].includes(type.kind);
}

function enumerators(
  own: Extract<Type, { kind: "enum" | "enum64" }>,
  clangs: Extract<Type, { kind: "enum" | "enum64" }>,
): string | undefined {
  if (own.size !== clangs.size) return `it has ${counted(own.size, "byte")} here, and ${clangs.size} with clang`;
  const bits = clangs.kind === "enum" ? 32 : 64;
  for (const [index, { name, value }] of own.values.entries()) {
    const other = clangs.values[index];
    if (other === undefined) return `clang has no enumerator ${name}`;
    if (other.name !== name || BigInt.asUintN(bits, value) !== BigInt.asUintN(bits, other.value)) {
      return `here it has ${name} = ${value}, with clang ${other.name} = ${other.value}`;
    }
  }
  const more = clangs.values[own.values.length];
  return more === undefined ? undefined : `only clang has enumerator ${more.name}`;
}

function differ(own: Type, clangs: Type): string {
  return `it is ${wordsFor(own)} here, and ${wordsFor(clangs)} with clang`;
}

function wordsFor(type: Type): string {
  switch (type.kind) {
    case "ptr":
      return "a pointer";
    case "array":
      return `an array of ${type.count}`;
    case "func_proto":
      return "a function";
    default:
      return type.kind === "int" || type.kind === "float"
        ? type.name
        : "name" in type && type.name !== ""
          ? `${type.kind} ${type.name}`
          : `${type.kind} without a name`;
  }
}

function nameOf(member: Member): string {
  return member.name === "" ? "without a name" : `'${member.name}'`;
}

function placeOf(member: Member): string {
  const bits = member.bitSize === undefined ? "" : ` of ${member.bitSize} bits`;
  return `member ${nameOf(member)}${bits} at bit ${member.bitOffset}`;
}
