import { BtfError } from "../error.ts";
import { sizeOf } from "../layout/size.ts";
import type { ArrayType, Enumerator, Member, NamedType, Struct, Type, Union } from "../types.ts";
import { bits, bytes } from "../units.ts";
import type { Entry } from "./entries.ts";
import type { DebugFile } from "./file.ts";
import { attribute, tag } from "./names.ts";

/** Types inside of each other that are followed. */
const deepest = 200;
const nothing: Type = { kind: "void" };

/** A type of that name which is defined elsewhere and shall be the one that is meant. */
export type KnownType = (
  kind: "struct" | "union" | "enum" | "typedef" | "int",
  name: string,
  size: number | undefined,
) => NamedType | undefined;

/** Types of the debug information as the type graph has them, each made when it is asked for. */
export class DebugTypes {
  readonly #file: DebugFile;
  readonly #known: KnownType;
  readonly #made = new Map<Entry, Type>();
  readonly #open = new Set<Entry>();
  #names: ReadonlyMap<string, readonly Entry[]> | undefined;

  constructor(file: DebugFile, known: KnownType) {
    this.#file = file;
    this.#known = known;
  }

  /** Definitions of a name; those that cannot be read are left out. */
  find(name: string): readonly NamedType[] {
    const found = new Set<NamedType>();
    for (const entry of this.#index().get(name) ?? []) {
      const type = this.#tried(entry);
      if (type !== undefined && isNamed(type)) found.add(type);
    }
    return [...found];
  }

  /** Whether functions define structs of their own by one name. */
  isAmbiguous(name: string): boolean {
    return this.find(name).length > 1;
  }

  names(): Iterable<string> {
    return this.#index().keys();
  }

  /** The type of a variable; undefined where it has none that can be read. */
  typeOf(entry: Entry): Type | undefined {
    const origin = this.#file.referred(entry, attribute.abstractOrigin) ?? entry;
    const type = this.#file.referred(origin, attribute.type);
    return type === undefined ? undefined : this.#tried(type);
  }

  #index(): ReadonlyMap<string, readonly Entry[]> {
    if (this.#names !== undefined) return this.#names;
    const names = new Map<string, Entry[]>();
    const kinds: readonly number[] = [tag.structure, tag.union, tag.enumeration, tag.typedef];
    for (const entry of this.#file.entries) {
      if (!kinds.includes(entry.tag) || entry.attributes.has(attribute.declaration)) continue;
      const name = this.#file.nameOf(entry);
      if (name !== "") names.set(name, [...(names.get(name) ?? []), entry]);
    }
    this.#names = names;
    return names;
  }

  #tried(entry: Entry): Type | undefined {
    try {
      return this.#type(entry);
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      return undefined;
    }
  }

  #type(entry: Entry): Type {
    const made = this.#made.get(entry);
    if (made !== undefined) return made;
    if (this.#open.has(entry))
      throw new BtfError("cycle", "a type of the debug information holds itself", { offset: entry.offset });
    if (this.#open.size > deepest)
      throw new BtfError("limit", "types of the debug information lie too deep in each other");
    this.#open.add(entry);
    try {
      const type = this.#make(entry);
      this.#made.set(entry, type);
      return type;
    } finally {
      this.#open.delete(entry);
    }
  }

  #target(entry: Entry): Type {
    const target = this.#file.referred(entry, attribute.type);
    return target === undefined ? nothing : this.#type(target);
  }

  #make(entry: Entry): Type {
    const name = this.#file.nameOf(entry);
    const size = bytes(numberOf(entry, attribute.byteSize) ?? 0);
    switch (entry.tag) {
      case tag.base: {
        const encoding = numberOf(entry, attribute.encoding);
        // DW_ATE_boolean 2, float 4, signed 5, signed_char 6
        if (encoding === 4) return { kind: "float", name, size };
        const signed = encoding === 5 || encoding === 6;
        const own: Type = { kind: "int", name, size, signed, char: name === "char", bool: encoding === 2 };
        return this.#known("int", name, size) ?? own;
      }
      case tag.pointer: {
        const target = (): Type => {
          const entryOfTarget = this.#file.referred(entry, attribute.type);
          return (entryOfTarget && this.#tried(entryOfTarget)) ?? nothing;
        };
        return {
          kind: "ptr",
          get target() {
            return target();
          },
        };
      }
      case tag.typedef:
        return (
          this.#known("typedef", name, undefined) ?? {
            kind: "typedef",
            name,
            target: this.#target(entry),
            ...this.#tagged(entry),
          }
        );
      case tag.const:
        return { kind: "const", target: this.#target(entry) };
      case tag.volatile:
        return { kind: "volatile", target: this.#target(entry) };
      case tag.restrict:
        return { kind: "restrict", target: this.#target(entry) };
      case tag.array:
        return this.#array(entry);
      case tag.structure:
        return this.#composite(entry, "struct", name);
      case tag.union:
        return this.#composite(entry, "union", name);
      case tag.enumeration:
        return this.#enum(entry, name);
      case tag.subroutineType:
        return { kind: "func_proto", result: nothing, params: [] };
      default:
        throw new BtfError("kind", `types of tag ${entry.tag} are not read`, { offset: entry.offset });
    }
  }

  #array(entry: Entry): Type {
    const counts = entry.children
      .filter((child) => child.tag === tag.subrange)
      .map((child) => numberOf(child, attribute.count) ?? 0);
    return counts.reduceRight<Type>(
      (element, count): ArrayType => ({ kind: "array", element, count }),
      this.#target(entry),
    );
  }

  #composite(entry: Entry, kind: "struct" | "union", name: string): Type {
    if (entry.attributes.has(attribute.declaration)) return { kind: "fwd", name, of: kind };
    const size = bytes(numberOf(entry, attribute.byteSize) ?? 0);
    const known = name === "" ? undefined : this.#known(kind, name, size);
    if (known !== undefined) return known;
    const members = entry.children.filter((child) => child.tag === tag.member).map((child) => this.#member(child));
    const made: Struct | Union = { kind, name, size, members, ...this.#tagged(entry) };
    return made;
  }

  /** The tags of `__attribute__((btf_decl_tag))` on what the entry declares. */
  #tagged(entry: Entry): { readonly tags?: readonly string[] } {
    const tags = entry.children.flatMap((child): readonly string[] => {
      if (child.tag !== tag.annotation || this.#file.nameOf(child) !== "btf_decl_tag") return [];
      const text = this.#file.textOf(child, attribute.constValue);
      return text === undefined ? [] : [text];
    });
    return tags.length === 0 ? {} : { tags };
  }

  #member(entry: Entry): Member {
    const type = this.#target(entry);
    const bitSize = numberOf(entry, attribute.bitSize);
    const start = (numberOf(entry, attribute.memberLocation) ?? 0) * 8;
    const old = numberOf(entry, attribute.oldBitOffset);
    let bitOffset = numberOf(entry, attribute.bitOffset) ?? start;
    if (old !== undefined && bitSize !== undefined) {
      const unit = (numberOf(entry, attribute.byteSize) ?? sizeOf(type)) * 8;
      bitOffset = start + (this.#file.endian === "little" ? unit - old - bitSize : old);
    }
    return {
      name: this.#file.nameOf(entry),
      type,
      bitOffset: bits(bitOffset),
      ...(bitSize !== undefined && { bitSize: bits(bitSize) }),
      ...this.#tagged(entry),
    };
  }

  #enum(entry: Entry, name: string): Type {
    if (entry.attributes.has(attribute.declaration)) return { kind: "fwd", name, of: "enum" };
    const size = bytes(numberOf(entry, attribute.byteSize) ?? 4);
    const known = name === "" ? undefined : this.#known("enum", name, size);
    if (known !== undefined) return known;
    const base = this.#target(entry);
    const values = entry.children
      .filter((child) => child.tag === tag.enumerator)
      .map((child): Enumerator => {
        const value = child.attributes.get(attribute.constValue)?.value;
        if (typeof value !== "number" && typeof value !== "bigint") {
          throw new BtfError("type", "an enumerator has no value", { offset: child.offset });
        }
        return { name: this.#file.nameOf(child), value: BigInt(value) };
      });
    const signed = base.kind === "int" && base.signed;
    return size === 8 ? { kind: "enum64", name, size, signed, values } : { kind: "enum", name, size, signed, values };
  }
}

function numberOf(entry: Entry, name: number): number | undefined {
  const value = entry.attributes.get(name)?.value;
  if (typeof value === "number" && value <= 0xffff_ffff) return value;
  if (typeof value === "bigint" && value >= 0n && value <= 0xffff_ffffn) return Number(value);
  if (value === undefined) return undefined;
  throw new BtfError("size", "a number of the debug information is none that a type has", { offset: entry.offset });
}

function isNamed(type: Type): type is NamedType {
  return (
    type.kind === "struct" ||
    type.kind === "union" ||
    type.kind === "enum" ||
    type.kind === "enum64" ||
    type.kind === "typedef"
  );
}
