import type { Endian, Int, Member, Struct, Type, Union } from "@rbgen/btf";
import { floatOfBits } from "./float-bits.ts";
import { propertyName } from "./property-name.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

interface Plain {
  readonly type: Exclude<Type, { kind: "typedef" | "const" | "volatile" | "restrict" | "type_tag" }>;
  /** Byte order that the name of a typedef promises. */
  readonly order: Endian | undefined;
}

function plain(type: Type): Plain {
  let at = type;
  let order: Endian | undefined;
  for (;;) {
    switch (at.kind) {
      case "typedef":
        if (/^__be(16|32|64)$/.test(at.name)) order ??= "big";
        if (/^__le(16|32|64)$/.test(at.name)) order ??= "little";
        at = at.target;
        break;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      default:
        return { type: at, order };
    }
  }
}

function bytesOf(type: Type): number {
  const { type: at } = plain(type);
  if (at.kind === "array") return at.count * bytesOf(at.element);
  if (at.kind === "ptr") return 8;
  if ("size" in at && typeof at.size === "number") return at.size;
  throw new Error(`a ${at.kind} has no size`);
}

/**
 * Decodes records by walking their BTF, bit by bit: slow, and made to be obviously right. It shares nothing with the
 * generator but the type graph. Pointers have 8 bytes.
 */
export class ReferenceDecoder {
  readonly #bytes: Uint8Array;
  readonly #endian: Endian;

  constructor(bytes: Uint8Array, endian: Endian) {
    this.#bytes = bytes;
    this.#endian = endian;
  }

  /** The record that all of the bytes are. */
  record(type: Struct | Union): Record<string, unknown> {
    return this.#composite(type, 0, this.#bytes.length * 8);
  }

  /** Bit `index` as the order numbers them: from the lowest of the first byte, or from the highest. */
  #bit(index: number, order: Endian): bigint {
    const byte = this.#bytes[Math.floor(index / 8)];
    if (byte === undefined) throw new Error(`bit ${index} lies beyond ${this.#bytes.length} bytes`);
    const place = order === "little" ? index % 8 : 7 - (index % 8);
    return BigInt((byte >> place) & 1);
  }

  #integer(at: number, width: number, signed: boolean, order: Endian): bigint {
    let value = 0n;
    for (let i = 0; i < width; i++) {
      value |= this.#bit(at + i, order) << BigInt(order === "little" ? i : width - 1 - i);
    }
    return signed && width > 0 && value >> BigInt(width - 1) === 1n ? value - (1n << BigInt(width)) : value;
  }

  #slice(at: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, index) => Number(this.#integer(at + index * 8, 8, false, this.#endian)));
  }

  /** `end`, in bits, bounds a flexible array: the end of the sample, of a union around it, or of its own struct. */
  #value(type: Type, at: number, end?: number, width?: number, outer?: Endian): unknown {
    const { type: core, order = outer ?? this.#endian } = plain(type);
    switch (core.kind) {
      case "int": {
        const bits = width ?? core.bits?.size ?? core.size * 8;
        // The compiler numbers bits by the target, whatever the name of the type promises.
        const value = this.#integer(at, bits, core.signed && !core.bool, width === undefined ? order : this.#endian);
        if (core.bool) return value !== 0n;
        return bits > 32 ? value : Number(value);
      }
      case "enum":
      case "enum64": {
        const value = this.#integer(
          at,
          width ?? core.size * 8,
          core.signed,
          width === undefined ? order : this.#endian,
        );
        return core.size === 8 ? value : Number(value);
      }
      case "float":
        if (core.size !== 4 && core.size !== 8) return this.#slice(at, core.size);
        return floatOfBits(this.#integer(at, core.size * 8, false, order), core.size === 4 ? 4 : 8);
      case "ptr":
        return this.#integer(at, 64, false, order);
      case "array":
        return this.#array(core.element, core.count, at, end, order);
      case "struct":
      case "union":
        return this.#composite(core, at, end ?? at + core.size * 8);
      default:
        throw new Error(`a ${core.kind} is no value`);
    }
  }

  #array(element: Type, declared: number, at: number, end: number | undefined, order: Endian): unknown {
    const stride = bytesOf(element);
    const room = end === undefined || stride === 0 ? 0 : Math.floor((end - at) / 8 / stride);
    const count = declared === 0 ? room : declared;
    const { type: core } = plain(element);
    if (isByte(core)) {
      const bytes = this.#slice(at, count);
      if (!core.char) return bytes;
      const nul = bytes.indexOf(0);
      return decoder.decode(nul < 0 ? bytes : bytes.slice(0, nul));
    }
    return Array.from({ length: count }, (_, index) =>
      this.#value(element, at + index * stride * 8, undefined, undefined, order),
    );
  }

  #composite(type: Struct | Union, at: number, end: number): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    this.#members(value, type, at, end);
    return value;
  }

  #members(value: Record<string, unknown>, type: Struct | Union, at: number, end?: number): void {
    if (type.kind === "union") {
      const reach = end ?? at + type.size * 8;
      for (const member of type.members) this.#member(value, member, at + member.bitOffset, reach);
      return;
    }
    for (const [index, member] of type.members.entries()) {
      // Only the last member of a struct may reach to the end of what is around it.
      const last = index === type.members.length - 1;
      this.#member(value, member, at + member.bitOffset, last ? end : undefined);
    }
  }

  #member(value: Record<string, unknown>, member: Member, at: number, end?: number): void {
    const { type: core } = plain(member.type);
    if (member.name === "") {
      if (core.kind === "struct" || core.kind === "union") this.#members(value, core, at, end);
      return;
    }
    const old = core.kind === "int" && member.bitSize === undefined ? core.bits : undefined;
    const partial = old !== undefined && (old.offset !== 0 || old.size !== bytesOf(core) * 8);
    const width = member.bitSize ?? (partial ? old.size : undefined);
    value[propertyName(member.name)] = this.#value(member.type, at + (partial ? old.offset : 0), end, width);
  }
}

function isByte(type: Type): type is Int {
  return type.kind === "int" && type.size === 1 && !type.bool;
}

/** Whether a struct or union is made of data alone: complete, and no pointer anywhere in it. */
export function isData(type: Type, known: Map<Type | number, boolean> = new Map()): boolean {
  const { type: core } = plain(type);
  switch (core.kind) {
    case "int":
    case "float":
    case "enum":
    case "enum64":
      return true;
    case "array":
      return isData(core.element, known);
    case "struct":
    case "union": {
      const key = core.id ?? core;
      const before = known.get(key);
      if (before !== undefined) return before;
      const data = core.members.every((member) => isData(member.type, known));
      known.set(key, data);
      return data;
    }
    default:
      return false;
  }
}
