import { BtfError } from "../error.ts";
import { isFlexible } from "../layout/members.ts";
import { sizeOf } from "../layout/size.ts";
import { resolve } from "../layout/strip.ts";
import type { Enum, Enum64, Member, Struct, Type, Typedef, Union } from "../types.ts";
import { type BodyItem, planBody } from "./c-layout.ts";
import { declare, type Spelling } from "./declaration.ts";
import { isIdentifier, spellFloat, spellInt } from "./spelling.ts";

/** Characters of one definition: anonymous types within anonymous types can double at each step. */
const maxText = 1024 * 1024;
/** Anonymous types within each other. */
const maxDepth = 64;

/** Names that a definition uses: as they are, or made unique in a text of many definitions. */
export interface Names {
  /** Name of a struct, union, enum, typedef or forward declaration. */
  of(type: Type): string;
  /** Name of an enumerator of `type`. */
  enumerator(type: Enum | Enum64, name: string): string;
}

const ownNames: Names = {
  of: (type) => ("name" in type ? type.name : ""),
  enumerator: (_, name) => name,
};

/**
 * The definition of a struct, union, enum or typedef as C, in the layout that the type has: anonymous types inside of it are
 * written out, padding and attributes are added where the rules of C would lead elsewhere. Tags are left out.
 * @throws {@link BtfError} `c-text` for a type without a definition, a layout that C cannot spell or a name that is
 * no identifier of C; `size`, `cycle`, `limit`.
 */
export function formatDefinition(type: Type): string {
  return defineAs(type, ownNames);
}

/** The definition of `type` with these names, without what it needs to be defined before. */
export function defineAs(type: Type, names: Names): string {
  const writer = new DefinitionWriter(names);
  switch (type.kind) {
    case "struct":
    case "union":
      return `${writer.composite(type, true, 0)};\n`;
    case "enum":
    case "enum64":
      return `${writer.enumeration(type, "")};\n`;
    case "typedef":
      return writer.typedef(type);
    case "fwd":
      return `${type.of} ${identifier(names.of(type), type)};\n`;
    case "var":
      return `extern ${writer.declaration(type.type, identifier(names.of(type), type), 0)};\n`;
    case "func":
      return `extern ${writer.declaration(type.proto, identifier(names.of(type), type), 0)};\n`;
    default:
      throw new BtfError("c-text", `${type.kind} has no definition of its own`, { typeId: type.id });
  }
}

function identifier(name: string, type: Type): string {
  if (isIdentifier(name)) return name;
  throw new BtfError("c-text", `${JSON.stringify(name)} cannot be a name in C`, { typeId: type.id });
}

class DefinitionWriter {
  readonly #names: Names;
  #length = 0;
  #paddings = 0;
  #members: ReadonlySet<string> | undefined;

  constructor(names: Names) {
    this.#names = names;
  }

  declaration(type: Type, name: string, depth: number): string {
    const spelling: Spelling = {
      specifier: (at) => this.#specifier(at, depth),
      mention: (at) => at,
    };
    return this.#counted(declare(type, name, spelling));
  }

  typedef(type: Typedef): string {
    const align = type.align === undefined ? "" : ` __attribute__((aligned(${type.align})))`;
    return `typedef ${this.declaration(type.target, identifier(this.#names.of(type), type), 0)}${align};\n`;
  }

  composite(type: Struct | Union, tagged: boolean, depth: number): string {
    if (depth > maxDepth) throw new BtfError("limit", "anonymous types nested too deep", { typeId: type.id });
    this.#members ??= memberNames(type);
    const plan = planBody(type);
    const indent = "\t".repeat(depth + 1);
    const last = plan.items[plan.items.length - 1];
    const lines = plan.items.map((item) => `${indent}${this.#item(item, type, item === last, depth + 1)}\n`);
    const attributes = [plan.packed ? "packed" : "", plan.align === undefined ? "" : `aligned(${plan.align})`];
    const asked = attributes.filter((attribute) => attribute !== "").join(", ");
    const head = `${type.kind}${asked === "" ? "" : ` __attribute__((${asked}))`}`;
    const tag = tagged && type.name !== "" ? identifier(this.#names.of(type), type) : "";
    return this.#counted(`${head}${tag === "" ? "" : ` ${tag}`} {\n${lines.join("")}${"\t".repeat(depth)}}`);
  }

  enumeration(type: Enum | Enum64, indent: string): string {
    const tag = type.name === "" ? "" : ` ${identifier(this.#names.of(type), type)}`;
    const lines = type.values.map(({ name, value }) => {
      const own = identifier(this.#names.enumerator(type, name), type);
      return `${indent}\t${own} = ${spellEnumerator(value)},\n`;
    });
    // C has no enum without enumerators.
    if (lines.length === 0) lines.push(`${indent}\t${this.#names.enumerator(type, `${type.name}__none`)} = 0,\n`);
    const mode = { 1: "QI", 2: "HI", 4: "", 8: "DI" }[type.size as number] ?? "";
    const needsMode = mode !== "" && !(type.size === 8 && type.values.some((entry) => isWide(entry.value)));
    const attribute = needsMode ? ` __attribute__((mode(${mode})))` : "";
    return this.#counted(`enum${tag} {\n${lines.join("")}${indent}}${attribute}`);
  }

  #specifier(type: Type, depth: number): string {
    switch (type.kind) {
      case "struct":
      case "union":
        return type.name === ""
          ? this.composite(type, false, depth)
          : `${type.kind} ${identifier(this.#names.of(type), type)}`;
      case "enum":
      case "enum64":
        if (type.name !== "") return `enum ${identifier(this.#names.of(type), type)}`;
        return this.enumeration(type, "\t".repeat(depth));
      case "fwd":
        return `${type.of} ${identifier(this.#names.of(type), type)}`;
      case "typedef":
        return identifier(this.#names.of(type), type);
      case "int":
        return spellInt(type);
      case "float":
        return spellFloat(type);
      default:
        return "void";
    }
  }

  #item(item: BodyItem, owner: Struct | Union, last: boolean, depth: number): string {
    if ("member" in item) return `${this.#member(item.member, owner, last, depth)};`;
    return this.#padding(item.at, item.paddingBits, owner);
  }

  #member(member: Member, owner: Struct | Union, last: boolean, depth: number): string {
    const name = member.name === "" ? "" : identifier(member.name, owner);
    const align = member.align === undefined ? "" : ` __attribute__((aligned(${member.align})))`;
    if (member.bitSize !== undefined)
      return `${this.declaration(member.type, name, depth)} : ${member.bitSize}${align}`;
    if (name === "") {
      const type = resolve(member.type);
      if (type.kind !== "struct" && type.kind !== "union") {
        throw new BtfError("c-text", `a member without a name that is ${type.kind}`, { typeId: owner.id });
      }
      // One with a tag too (as -fms-extensions allows) is written out without it: its members are the owner's.
      return `${this.composite(type, false, depth)}${align}`;
    }
    const text = this.declaration(member.type, name, depth);
    // `[]` ends a struct that has other members; anywhere else the same layout is spelled `[0]`.
    const open = member.type.kind === "array" && member.type.count === 0;
    const closes = last && owner.kind === "struct" && isFlexible(member, owner) && takesRoom(owner);
    return `${open && !closes ? text.replace("[]", "[0]") : text}${align}`;
  }

  /** Bits of padding that add nothing to the alignment, on any target. */
  #padding(at: number, size: number, owner: Struct | Union): string {
    const parts: string[] = [];
    const start = Math.min(size, (8 - (at % 8)) % 8);
    if (start > 0) parts.push(`unsigned char : ${start};`);
    const whole = Math.floor((size - start) / 8);
    const rest = size - start - whole * 8;
    // An arm of a union has to be one member.
    if (whole > 8 || (owner.kind === "union" && whole > 0)) {
      parts.push(`unsigned char ${this.#paddingName()}[${whole}];`);
    } else if (whole > 0) parts.push(`unsigned char ${Array.from({ length: whole }, () => ": 8").join(", ")};`);
    if (rest > 0) parts.push(`unsigned char : ${rest};`);
    return this.#counted(parts.join(" "));
  }

  #paddingName(): string {
    for (;;) {
      const name = `__padding${this.#paddings++}`;
      if (this.#members?.has(name) !== true) return name;
    }
  }

  #counted(text: string): string {
    this.#length += text.length;
    if (this.#length > maxText) throw new BtfError("limit", "a definition longer than any compiler takes");
    return text;
  }
}

/** Whether the struct has a member that is not empty: C wants one before `[]`. */
function takesRoom(type: Struct | Union): boolean {
  return type.members.some((member) => member.bitSize !== undefined || sizeOf(member.type) > 0);
}

/** Names of the members, and of those of anonymous members, which are in the same scope. */
function memberNames(type: Struct | Union): ReadonlySet<string> {
  const names = new Set<string>();
  const open: (Struct | Union)[] = [type];
  const seen = new Set<Type>(open);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const member of next.members) {
      if (member.name !== "") names.add(member.name);
      else {
        const inner = resolve(member.type);
        if ((inner.kind !== "struct" && inner.kind !== "union") || seen.has(inner)) continue;
        seen.add(inner);
        open.push(inner);
      }
    }
  }
  return names;
}

function isWide(value: bigint): boolean {
  return value > 0xffff_ffffn || value < -0x8000_0000n;
}

function spellEnumerator(value: bigint): string {
  // The least value has no literal: a minus is an operator on a literal that is one too large.
  if (value === -0x8000_0000_0000_0000n) return "(-0x7fffffffffffffffLL - 1)";
  if (value > 0x7fff_ffff_ffff_ffffn) return `${value}ULL`;
  if (isWide(value)) return `${value}LL`;
  if (value === -0x8000_0000n) return "(-0x7fffffff - 1)";
  return value > 0x7fff_ffffn ? `${value}U` : `${value}`;
}
