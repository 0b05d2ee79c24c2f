import {
  type ArrayType,
  bits,
  bytes,
  type Datasec,
  type Endian,
  type Enum,
  type Int,
  type Member,
  type NamedType,
  type Struct,
  type Type,
  type Typedef,
  type Union,
  type Var,
} from "@rbgen/btf";
import type { TypeModule } from "../../module.ts";

// Small graphs written by hand, for tests of the plan and of what is emitted.

function int(name: string, size: number, signed: boolean, extra: Partial<Int> = {}): Int {
  return { kind: "int", name, size: bytes(size), signed, char: false, bool: false, ...extra };
}

export const u8: Int = int("unsigned char", 1, false);
export const s8: Int = int("signed char", 1, true);
export const char: Int = int("char", 1, true, { char: true });
export const bool: Int = int("_Bool", 1, false, { bool: true });
export const u16: Int = int("unsigned short", 2, false);
export const s16: Int = int("short", 2, true);
export const u32: Int = int("unsigned int", 4, false);
export const s32: Int = int("int", 4, true);
export const u64: Int = int("unsigned long long", 8, false);
export const s64: Int = int("long long", 8, true);
export const u128: Int = int("unsigned __int128", 16, false);

export function typedef(name: string, target: Type): Typedef {
  return { kind: "typedef", name, target };
}

export function array(element: Type, count: number): ArrayType {
  return { kind: "array", element, count };
}

export function member(name: string, type: Type, byteOffset: number, extra: Partial<Member> = {}): Member {
  return { name, type, bitOffset: bits(byteOffset * 8), ...extra };
}

export function bitField(name: string, type: Type, bitOffset: number, bitSize: number): Member {
  return { name, type, bitOffset: bits(bitOffset), bitSize: bits(bitSize) };
}

export function struct(name: string, size: number, members: readonly Member[], extra: Partial<Struct> = {}): Struct {
  return { kind: "struct", name, size: bytes(size), members, ...extra };
}

export function union(name: string, size: number, members: readonly Member[], extra: Partial<Union> = {}): Union {
  return { kind: "union", name, size: bytes(size), members, ...extra };
}

export function enumeration(name: string, values: Readonly<Record<string, bigint>>, extra: Partial<Enum> = {}): Enum {
  const list = Object.entries(values).map(([key, value]) => ({ name: key, value }));
  return { kind: "enum", name, size: bytes(4), signed: false, values: list, ...extra };
}

export type Target = Type;

/** A section of global variables, one after another. */
export function sectionOf(name: string, variables: readonly Var[]): Datasec {
  return {
    kind: "datasec",
    name,
    size: bytes(8 * variables.length),
    variables: variables.map((variable, index) => ({ variable, offset: bytes(8 * index), size: bytes(8) })),
  };
}

/** A module of the given types, as a front-end would hand it over. */
export function moduleOf(
  types: readonly NamedType[],
  extra: Partial<TypeModule> = {},
  endian: Endian = "little",
): TypeModule {
  return {
    kind: "header",
    name: "test.h",
    endian,
    pointerSize: 8,
    types: () => types,
    find: (name) => types.filter((type) => type.name === name),
    names: () => types.map((type) => type.name),
    origin: () => ({ kind: "input" }),
    constants: [],
    maps: [],
    programs: [],
    sections: [],
    provenance: [],
    ...extra,
  };
}
