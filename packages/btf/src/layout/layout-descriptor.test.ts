import { expect, test } from "vitest";
import type { Int, Member, Struct, Type } from "../types.ts";
import { bits, bytes } from "../units.ts";
import { hashLayout, type LayoutDescriptor, layoutOf } from "./layout-descriptor.ts";

function int(name: string, size: number, signed: boolean, extra: Partial<Int> = {}): Int {
  return { kind: "int", name, size: bytes(size), signed, char: false, bool: false, ...extra };
}

const u16 = int("unsigned short", 2, false);
const u32 = int("unsigned int", 4, false);
const u64 = int("unsigned long long", 8, false);
const char = int("char", 1, true, { char: true });

function array(element: Type, count: number): Type {
  return { kind: "array", element, count };
}

function member(name: string, type: Type, at: number, extra: Partial<Member> = {}): Member {
  return { name, type, bitOffset: bits(at * 8), ...extra };
}

function struct(name: string, size: number, members: readonly Member[]): Struct {
  return { kind: "struct", name, size: bytes(size), members };
}

test("compilers' spellings, dimensions and the sign of char make no difference", () => {
  const event = (extra: { long: Int; char: Int; flat: boolean }): Struct =>
    struct("event", 40, [
      member("ts", extra.long, 0),
      member("m", extra.flat ? array(u16, 6) : array(array(u16, 3), 2), 8),
      member("comm", array(extra.char, 16), 20),
    ]);
  const one = layoutOf(event({ long: u64, char, flat: true }), "event", "little");
  const long = int("long unsigned int", 8, false);
  const other = layoutOf(event({ long, char: { ...char, signed: false }, flat: false }), "event", "little");
  expect(one).toEqual(other);
  expect(one.leaves).toEqual([
    { path: "ts", bitOffset: 0, bitSize: 64, class: "unsigned" },
    { path: "m", bitOffset: 64, bitSize: 16, class: "unsigned", count: 6, stride: 16 },
    { path: "comm", bitOffset: 160, bitSize: 8, class: "char", count: 16, stride: 8 },
  ]);
});

test("leaves of nested structs, arrays of them, anonymous arms and byte orders have their own paths and places", () => {
  const be32: Type = { kind: "typedef", name: "__be32", target: u32 };
  const inner = struct("inner", 8, [member("a", array(array(be32, 1), 1), 0), member("b", u16, 4)]);
  const arms: Type = { kind: "union", name: "", size: bytes(8), members: [member("i", inner, 0), member("w", u64, 0)] };
  const outer = struct("outer", 28, [
    member("", arms, 0),
    { name: "", type: u32, bitOffset: bits(64), bitSize: bits(3) },
    { name: "f", type: be32, bitOffset: bits(67), bitSize: bits(5) },
    member("list", array(array(inner, 2), 1), 12),
  ]);
  expect(layoutOf(outer, "x", "little")).toEqual({
    name: "x",
    size: 28,
    endian: "little",
    leaves: [
      { path: "i.a", bitOffset: 0, bitSize: 32, class: "unsigned", count: 1, stride: 32, endian: "big" },
      { path: "i.b", bitOffset: 32, bitSize: 16, class: "unsigned" },
      { path: "w", bitOffset: 0, bitSize: 64, class: "unsigned" },
      { path: "f", bitOffset: 67, bitSize: 5, class: "unsigned", endian: "big" },
      { path: "list", bitOffset: 96, bitSize: 64, class: "struct", count: 2, stride: 64 },
      { path: "list[].a", bitOffset: 96, bitSize: 32, class: "unsigned", count: 1, stride: 32, endian: "big" },
      { path: "list[].b", bitOffset: 128, bitSize: 16, class: "unsigned" },
    ],
  });
});

test("structs that double at each step, or contain themselves, end in an error", () => {
  let type: Type = u32;
  for (let i = 0; i < 40; i++) type = struct(`s${i}`, 4, [member("a", type, 0), member("b", type, 0)]);
  expect(() => layoutOf(type, "s", "little")).toThrow(/more than 200000 members/);
  const members: Member[] = [];
  const loop = struct("loop", 4, members);
  members.push(member("self", loop, 0));
  expect(() => layoutOf(loop, "loop", "little")).toThrow(/nested more than 256 deep/);
});

test("the hash is FNV-1a of the canonical text, and changes with every part of a leaf", () => {
  const leaf = { path: "a", bitOffset: 0, bitSize: 8, class: "unsigned" } as const;
  const layout: LayoutDescriptor = { name: "x", size: 1, endian: "little", leaves: [leaf] };
  let expected = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode("1 little\na 0 8 unsigned   ")) {
    expected = BigInt.asUintN(64, (expected ^ BigInt(byte)) * 0x100000001b3n);
  }
  expect(hashLayout(layout)).toBe(expected.toString(16).padStart(16, "0"));
  const parts: readonly Partial<LayoutDescriptor["leaves"][number]>[] = [
    { path: "b" },
    { bitOffset: 1 },
    { bitSize: 16 },
    { class: "signed" },
    { count: 1 },
    { stride: 8 },
    { endian: "big" },
    { values: { A: "1" } },
  ];
  const variants: LayoutDescriptor[] = [
    layout,
    { ...layout, size: 2 },
    { ...layout, endian: "big" },
    ...parts.map((part) => ({ ...layout, leaves: [{ ...leaf, ...part }] })),
  ];
  expect(new Set(variants.map(hashLayout)).size).toBe(variants.length);
});
