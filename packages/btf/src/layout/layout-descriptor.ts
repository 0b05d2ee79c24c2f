import { BtfError } from "../error.ts";
import type { Endian, Type } from "../types.ts";
import { sizeOf } from "./size.ts";
import { resolve, strip } from "./strip.ts";

/**
 * Integer class of a scalar. The sign of `char` and the compiler's spelling of a type are left out: compilers differ in
 * both for one and the same type.
 */
export type ScalarClass =
  | "unsigned"
  | "signed"
  | "bool"
  | "char"
  | "float"
  | "pointer"
  | "enum"
  | "bytes"
  /** An array of structs as a whole; its first element's leaves follow it. */
  | "struct";

/** One scalar, or array of scalars, of a record. */
export interface LayoutLeaf {
  /** Member names joined by dots, those of an array's first element behind `[].`. */
  readonly path: string;
  /** From the record's start. */
  readonly bitOffset: number;
  /** Of one element. */
  readonly bitSize: number;
  readonly class: ScalarClass;
  /** Elements over all dimensions (pahole flattens them, clang does not); absent for a scalar, 0 for a flexible array. */
  readonly count?: number;
  /** Bits from one element to the next; absent for a scalar. */
  readonly stride?: number;
  /** Where it is not the record's. */
  readonly endian?: Endian;
  /** Enumerators by name, as decimal strings; absent for an enum whose values BTF has not whole. */
  readonly values?: Readonly<Record<string, string>>;
}

/** What the bytes of a type mean, not how C spelled it: what a codec carries, to be compared with what a producer has. */
export interface LayoutDescriptor {
  readonly name: string;
  /** `sizeof`, bytes. */
  readonly size: number;
  readonly endian: Endian;
  readonly leaves: readonly LayoutLeaf[];
  /** Of a ring of several records: the layout of each. `leaves` has all of theirs, with the kind in front of each path. */
  readonly records?: readonly LayoutDescriptor[];
}

/** A file of types, as far as layouts need it: a `Btf`. */
export interface TypeGraph {
  readonly endian: Endian;
  typeById(id: number): Type;
}

/** Members that are looked at for one descriptor: nested structs can double at each step. */
const maxMembers = 200_000;
const maxDepth = 256;

/** Floating-point numbers that JavaScript or its DataView has none for: their bytes have no order to tell. */
const plainFloats: ReadonlySet<number> = new Set([4, 8]);

class Describer {
  readonly leaves: LayoutLeaf[] = [];
  readonly #endian: Endian;
  #budget = maxMembers;

  constructor(endian: Endian) {
    this.#endian = endian;
  }

  /** Adds what `type` holds; `bits` is the width of a bit-field, `order` the byte order that a typedef around it gives. */
  add(type: Type, path: string, bitOffset: number, order?: Endian, bits?: number, depth = 0): void {
    this.#budget -= 1;
    if (this.#budget < 0) throw new BtfError("limit", `more than ${maxMembers} members`, { path });
    if (depth > maxDepth) throw new BtfError("cycle", `nested more than ${maxDepth} deep`, { typeId: type.id, path });
    const { type: core, endian } = strip(type, order);
    if (core.kind === "struct" || core.kind === "union") this.#members(core.members, path, bitOffset, depth);
    else if (core.kind === "array") this.#array(core, path, bitOffset, endian, depth);
    else if (core.kind === "int" && core.bits !== undefined && bits === undefined) {
      // Old compilers' bit-fields are integers that are not the whole of their bytes.
      const { offset, size } = core.bits;
      this.leaves.push({ path, bitOffset: bitOffset + offset, ...this.#scalar(core, endian), bitSize: size });
    } else {
      const leaf = { path, bitOffset, ...this.#scalar(core, endian) };
      this.leaves.push(bits === undefined ? leaf : { ...leaf, bitSize: bits });
    }
  }

  #members(members: Extract<Type, { kind: "struct" }>["members"], path: string, start: number, depth: number): void {
    for (const member of members) {
      const type = resolve(member.type);
      const opened = type.kind === "struct" || type.kind === "union";
      // An unnamed bit-field is padding; an anonymous struct or union opens into what holds it.
      if (member.name === "" && !opened) continue;
      const own = member.name === "" ? path : path === "" ? member.name : `${path}.${member.name}`;
      this.add(member.type, own, start + member.bitOffset, undefined, member.bitSize, depth + 1);
    }
  }

  #array(
    array: Extract<Type, { kind: "array" }>,
    path: string,
    bitOffset: number,
    order: Endian | undefined,
    depth: number,
  ): void {
    let { count } = array;
    let element = strip(array.element, order);
    for (let dimensions = 1; element.type.kind === "array"; dimensions++) {
      if (dimensions > maxDepth) throw new BtfError("limit", "more dimensions than any compiler takes", { path });
      count *= element.type.count;
      element = strip(element.type.element, element.endian);
    }
    const { type } = element;
    const stride = sizeOf(type) * 8;
    if (type.kind === "struct" || type.kind === "union") {
      this.leaves.push({ path, bitOffset, bitSize: stride, class: "struct", count, stride });
      this.add(type, `${path}[]`, bitOffset, undefined, undefined, depth + 1);
      return;
    }
    const byte = type.kind === "int" && type.size === 1 && !type.bool;
    const scalar = byte ? ({ class: type.char ? "char" : "bytes", bitSize: 8 } as const) : undefined;
    this.leaves.push({ path, bitOffset, ...(scalar ?? this.#scalar(type, element.endian)), count, stride });
  }

  #scalar(type: Type, order: Endian | undefined): Pick<LayoutLeaf, "class" | "bitSize" | "endian" | "values"> {
    const bitSize = sizeOf(type) * 8;
    const endian = order === undefined || order === this.#endian ? {} : { endian: order };
    switch (type.kind) {
      case "int":
        if (type.bool) return { class: "bool", bitSize, ...endian };
        return { class: type.char ? "char" : type.signed ? "signed" : "unsigned", bitSize, ...endian };
      case "enum":
      case "enum64": {
        // Clang before 15 cut the values of an enum of 8 bytes to 32 bits: what they were is not known.
        if (type.kind === "enum" && type.size > 4) return { class: "enum", bitSize, ...endian };
        const values = Object.fromEntries(type.values.map(({ name, value }) => [name, `${value}`]));
        return { class: "enum", bitSize, ...endian, values };
      }
      case "float":
        return { class: "float", bitSize, ...(plainFloats.has(type.size) ? endian : {}) };
      case "ptr":
        return { class: "pointer", bitSize, ...endian };
      default:
        throw new BtfError("size", `a ${type.kind} is not the type of a value`, { typeId: type.id });
    }
  }
}

/**
 * The layout of `type`, called `name`, on a target of this byte order.
 * @throws {@link BtfError} `size`, `cycle`; `limit` for more than 200 000 members in all.
 */
export function layoutOf(type: Type, name: string, endian: Endian): LayoutDescriptor {
  const describer = new Describer(endian);
  describer.add(type, "", 0);
  return { name, size: sizeOf(type), endian, leaves: describer.leaves };
}

/**
 * The layout of the type with this id: what a codec that was generated for it carries, so that the two can be compared.
 * @throws {@link BtfError} as {@link layoutOf}, and `type-id`.
 */
export function describeLayout(graph: TypeGraph, typeId: number): LayoutDescriptor {
  const type = graph.typeById(typeId);
  return layoutOf(type, "name" in type ? type.name : "", graph.endian);
}

/** The text that is hashed: one line per leaf and enumerator. */
function canonical(layout: LayoutDescriptor): string {
  const lines = [`${layout.size} ${layout.endian}`];
  for (const leaf of layout.leaves) {
    const { path, bitOffset, bitSize, class: kind, count = "", stride = "", endian = "" } = leaf;
    lines.push(`${path} ${bitOffset} ${bitSize} ${kind} ${count} ${stride} ${endian}`);
    for (const [name, value] of Object.entries(leaf.values ?? {})) lines.push(` ${name} ${value}`);
  }
  return lines.join("\n");
}

/** FNV-1a of 64 bits over the layout's canonical text, in hex; in two halves, since bigint is slow for it. */
export function hashLayout(layout: LayoutDescriptor): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of new TextEncoder().encode(canonical(layout))) {
    low = (low ^ byte) >>> 0;
    // Times 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 0x1_0000_0000) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
