import { BtfError } from "../error.ts";
import { references } from "../layout/closure.ts";
import { resolve } from "../layout/strip.ts";
import type { DeclTag, Endian, Enum, Enum64, Int, Member, Struct, Type, Union } from "../types.ts";
import { bytes } from "../units.ts";
import type { Btf } from "./btf.ts";
import {
  headerLength,
  intBool,
  intSigned,
  kindNumber,
  kindShift,
  linkages,
  magic,
  maxBitfieldOffset,
  vlenMask,
} from "./constants.ts";
import { StringTable } from "./string-table.ts";

/** How to write BTF. */
export interface EncodeOptions {
  readonly endian: Endian;
  /** What the result continues: its types are referred to by their ids there and not written again. */
  readonly base?: Btf;
}

/**
 * Writes types and all that they refer to as BTF. Ids are given in the order of `types`, then to what they refer to, then to
 * decl tags that only `tags` of a declaration tell of. What BTF cannot hold (alignment, comments) is not written.
 * @throws {@link BtfError} `encode` for what has no place in BTF: a bit-field beyond bit 2²⁴, an enumerator out of range.
 */
export function encodeBtf(types: Iterable<Type>, options: EncodeOptions): Uint8Array {
  const { base } = options;
  const ids = assignIds(types, base);
  const strings = new StringTable(base?.strings.end ?? 0);
  const writer = new TypeWriter(ids, strings);
  for (const type of ids.keys()) writer.write(type);
  return assemble(writer.words(), strings.bytes(), options.endian);
}

/** Type ids of a graph, in order. */
function assignIds(types: Iterable<Type>, base: Btf | undefined): Map<Type, number> {
  const all = new Set<Type>();
  const take = (type: Type): void => {
    if (type.kind !== "void" && !isOf(base, type)) all.add(type);
  };
  for (const type of types) take(type);
  let index: Int | undefined;
  // A set visits what is added to it while it is walked.
  for (const type of all) {
    for (const next of references(type, true)) take(next);
    if (type.kind === "array" && type.index === undefined) {
      index ??= indexType(all);
      all.add(index);
    }
  }
  for (const tag of missingTags(all)) all.add(tag);
  const ids = new Map<Type, number>();
  let id = base?.typeCount ?? 1;
  for (const type of all) ids.set(type, id++);
  return ids;
}

function isOf(base: Btf | undefined, type: Type): boolean {
  if (base === undefined || type.id === undefined || type.id >= base.typeCount) return false;
  return base.typeById(type.id) === type;
}

/** What arrays without one have for the type of their index: compilers take a 32-bit integer. */
const unsignedInt: Int = { kind: "int", name: "unsigned int", size: bytes(4), signed: false, char: false, bool: false };

function indexType(types: Iterable<Type>): Int {
  for (const type of types) {
    if (type.kind === "int" && type.size === 4 && !type.bool && type.bits === undefined) return type;
  }
  return unsignedInt;
}

/** Tags that declarations carry and no type of the graph stands for. */
function missingTags(types: ReadonlySet<Type>): DeclTag[] {
  const present = new Map<Type, Set<string>>();
  for (const type of types) {
    if (type.kind !== "decl_tag") continue;
    const known = present.get(type.target);
    if (known === undefined) present.set(type.target, new Set([`${type.component}:${type.value}`]));
    else known.add(`${type.component}:${type.value}`);
  }
  const missing: DeclTag[] = [];
  const add = (target: DeclTag["target"], component: number, tags: readonly string[] | undefined): void => {
    for (const value of tags ?? []) {
      const known = present.get(target)?.has(`${component}:${value}`) === true;
      if (!known) missing.push({ kind: "decl_tag", value, target, component });
    }
  };
  for (const type of types) {
    switch (type.kind) {
      case "struct":
      case "union":
        add(type, -1, type.tags);
        for (const [i, member] of type.members.entries()) add(type, i, member.tags);
        break;
      case "typedef":
      case "var":
        add(type, -1, type.tags);
        break;
      case "func":
        add(type, -1, type.tags);
        for (const [i, param] of type.proto.params.entries()) add(type, i, param.tags);
        break;
    }
  }
  return missing;
}

class TypeWriter {
  readonly #ids: ReadonlyMap<Type, number>;
  readonly #strings: StringTable;
  #words: Uint32Array = new Uint32Array(1024);
  #length = 0;
  #indexType: Type | undefined;

  constructor(ids: ReadonlyMap<Type, number>, strings: StringTable) {
    this.#ids = ids;
    this.#strings = strings;
  }

  words(): Uint32Array {
    return this.#words.subarray(0, this.#length);
  }

  write(type: Type): void {
    switch (type.kind) {
      case "void":
        break;
      case "int":
        this.#head(type, type.name, 0, type.size);
        this.#push(encodingOf(type));
        break;
      case "float":
        this.#head(type, type.name, 0, type.size);
        break;
      case "ptr":
      case "volatile":
      case "const":
      case "restrict":
        this.#head(type, "", 0, this.#id(type.target));
        break;
      case "type_tag":
        this.#head(type, type.value, 0, this.#id(type.target), type.attribute);
        break;
      case "typedef":
        this.#head(type, type.name, 0, this.#id(type.target));
        break;
      case "array":
        this.#head(type, "", 0, 0);
        this.#push(this.#id(type.element));
        this.#push(this.#id(type.index ?? this.#index()));
        this.#push(word(type.count, "elements", type));
        break;
      case "struct":
      case "union":
        this.#composite(type);
        break;
      case "enum":
        this.#head(type, type.name, type.values.length, type.size, type.signed);
        for (const { name, value } of type.values) {
          this.#push(this.#string(name, type));
          this.#push(Number(BigInt.asUintN(32, inRange(type, name, value, 32))));
        }
        break;
      case "enum64":
        this.#head(type, type.name, type.values.length, type.size, type.signed);
        for (const { name, value } of type.values) {
          const whole = BigInt.asUintN(64, inRange(type, name, value, 64));
          this.#push(this.#string(name, type));
          this.#push(Number(whole & 0xffff_ffffn));
          this.#push(Number(whole >> 32n));
        }
        break;
      case "fwd":
        if (type.of === "enum") {
          // An enum that is only declared is one without values; the kernel takes none of 0 bytes, as clang writes it.
          this.#push(this.#string(type.name, type));
          this.#push(kindNumber.enum << kindShift);
          this.#push(4);
        } else this.#head(type, type.name, 0, 0, type.of === "union");
        break;
      case "func_proto":
        this.#head(type, "", type.params.length, this.#id(type.result));
        for (const param of type.params) {
          this.#push(this.#string(param.name, type));
          this.#push(this.#id(param.type));
        }
        break;
      case "func":
        this.#head(type, type.name, linkages.indexOf(type.linkage), this.#id(type.proto));
        break;
      case "var":
        this.#head(type, type.name, 0, this.#id(type.type));
        this.#push(linkages.indexOf(type.linkage));
        break;
      case "datasec":
        this.#head(type, type.name, type.variables.length, type.size);
        for (const entry of type.variables) {
          this.#push(this.#id(entry.variable));
          this.#push(word(entry.offset, "bytes of offset", type));
          this.#push(word(entry.size, "bytes", type));
        }
        break;
      case "decl_tag":
        this.#head(type, type.value, 0, this.#id(type.target), type.attribute);
        this.#push(type.component >>> 0);
        break;
    }
  }

  #composite(type: Struct | Union): void {
    const old = type.members.some((member) => isOldBitField(member));
    const sized = !old && type.members.some((member) => member.bitSize !== undefined);
    this.#head(type, type.name, type.members.length, type.size, sized);
    for (const member of type.members) {
      this.#push(this.#string(member.name, type));
      this.#push(this.#id(member.type));
      this.#push(sized ? sizedOffset(member, type) : plainOffset(member, type));
    }
  }

  #head(type: Type, name: string, vlen: number, third: number, flag: boolean = false): void {
    if (vlen > vlenMask) {
      throw new BtfError("encode", `${type.kind} ${name} has ${vlen} elements, BTF counts to ${vlenMask}`);
    }
    this.#push(this.#string(name, type));
    this.#push(((flag ? 0x8000_0000 : 0) | (kindNumber[type.kind] << kindShift) | vlen) >>> 0);
    this.#push(word(third, "bytes", type));
  }

  #index(): Type {
    this.#indexType ??= indexType(this.#ids.keys());
    return this.#indexType;
  }

  #id(type: Type): number {
    if (type.kind === "void") return 0;
    // What is not written again is the base's, and has its id there.
    return this.#ids.get(type) ?? type.id ?? 0;
  }

  #string(text: string, type: Type): number {
    if (text.includes("\0")) throw new BtfError("encode", `a name of ${type.kind} contains NUL`, { typeId: type.id });
    return this.#strings.add(text);
  }

  #push(value: number): void {
    if (this.#length === this.#words.length) {
      const grown = new Uint32Array(this.#words.length * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[this.#length++] = value;
  }
}

function encodingOf(type: Int): number {
  const flags = type.encoding ?? (type.signed ? intSigned : 0) | (type.bool ? intBool : 0);
  const { offset, size } = type.bits ?? { offset: 0, size: type.size * 8 };
  return ((flags << 24) | (offset << 16) | size) >>> 0;
}

/** Whether the member's width is that of its integer type, as before members could hold one. */
function isOldBitField(member: Member): boolean {
  if (member.bitSize === undefined) return false;
  const type = resolve(member.type);
  return type.kind === "int" && type.bits !== undefined;
}

function sizedOffset(member: Member, owner: Struct | Union): number {
  const width = member.bitSize ?? 0;
  if (member.bitOffset > maxBitfieldOffset || width > 255) {
    throw new BtfError(
      "encode",
      `in a ${owner.kind} with bit-fields BTF places members up to bit ${maxBitfieldOffset}`,
      {
        path: `${owner.name}.${member.name}`,
      },
    );
  }
  return ((width << 24) | member.bitOffset) >>> 0;
}

function plainOffset(member: Member, owner: Struct | Union): number {
  let offset: number = member.bitOffset;
  if (member.bitSize !== undefined) {
    const type = resolve(member.type);
    const width = type.kind === "int" ? (type.bits?.size ?? type.size * 8) : 0;
    if (width !== member.bitSize) {
      throw new BtfError("encode", "bit-fields of both forms in one struct", { path: `${owner.name}.${member.name}` });
    }
    offset -= type.kind === "int" ? (type.bits?.offset ?? 0) : 0;
  }
  return word(offset, "bits of offset", owner);
}

function word(value: number, what: string, type: Type): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value;
  const name = "name" in type ? ` ${type.name}` : "";
  throw new BtfError("encode", `${type.kind}${name}: ${value} ${what} do not fit in 32 bits`, { typeId: type.id });
}

function inRange(type: Enum | Enum64, name: string, value: bigint, width: number): bigint {
  const fits = (type.signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value)) === value;
  if (fits) return value;
  throw new BtfError(
    "encode",
    `${name} = ${value} does not fit in a ${type.signed ? "signed" : "unsigned"} ${type.kind}`,
    {
      path: type.name,
      typeId: type.id,
    },
  );
}

function assemble(words: Uint32Array, strings: Uint8Array, endian: Endian): Uint8Array {
  const little = endian === "little";
  const all = new Uint8Array(headerLength + words.length * 4 + strings.length);
  const view = new DataView(all.buffer);
  view.setUint16(0, magic, little);
  view.setUint8(2, 1);
  const header = [headerLength, 0, words.length * 4, words.length * 4, strings.length];
  for (const [i, value] of header.entries()) view.setUint32(4 + i * 4, value, little);
  for (let i = 0; i < words.length; i++) view.setUint32(headerLength + i * 4, words[i]!, little);
  all.set(strings, headerLength + words.length * 4);
  return all;
}
