import {
  type ArrayType,
  bits,
  bytes,
  type Datasec,
  type DeclTag,
  type Enum64,
  encodeBtf,
  type Int,
  mapTypeName,
  type Ptr,
  type Struct,
  type Type,
  type Var,
} from "@rbgen/btf";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { readBtfModule } from "./btf-module.ts";

const int: Int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };
const pointer = (target: Type): Ptr => ({ kind: "ptr", target });
const array = (element: Type, count: number): ArrayType => ({ kind: "array", element, count });
/** `__uint(name, value)` */
const uint = (name: string, value: number) => ({ name, type: pointer(array(int, value)) });
/** `__type(name, type)` */
const typed = (name: string, type: Type) => ({ name, type: pointer(type) });
/** `__ulong(name, value)` */
const ulong = (name: string, value: bigint) => {
  const type: Enum64 = {
    kind: "enum64",
    name: "",
    size: bytes(8),
    signed: false,
    values: [{ name: `__unique_${name}`, value }],
  };
  return { name, type };
};

function definition(fields: readonly { readonly name: string; readonly type: Type }[]): Struct {
  let offset = 0;
  const members = fields.map(({ name, type }) => {
    const member = { name, type, bitOffset: bits(offset) };
    offset += 64;
    return member;
  });
  return { kind: "struct", name: "", size: bytes(offset / 8), members };
}

function read(variables: Readonly<Record<string, Type>>, tags: (map: Var) => readonly DeclTag[] = () => []) {
  const vars = Object.entries(variables).map(([name, type]): Var => ({ kind: "var", name, type, linkage: "global" }));
  const section: Datasec = {
    kind: "datasec",
    name: ".maps",
    size: bytes(64 * vars.length),
    variables: vars.map((variable, index) => ({ variable, offset: bytes(64 * index), size: bytes(32) })),
  };
  const image = encodeBtf([section, ...vars.flatMap(tags)], { endian: "little" });
  const diagnostics: Diagnostic[] = [];
  const module = readBtfModule(image, { name: "a.btf", path: "x/a.btf" }, (diagnostic) => diagnostics.push(diagnostic));
  return { maps: module?.maps ?? [], diagnostics };
}

describe("a map definition", () => {
  test("tells type, size, flags, key and value", () => {
    const { maps, diagnostics } = read({
      counts: definition([
        uint("type", 1),
        uint("max_entries", 8),
        uint("map_flags", 1),
        typed("key", int),
        typed("value", int),
      ]),
      events: definition([uint("type", 27), uint("max_entries", 4096)]),
    });
    expect(diagnostics).toEqual([]);
    expect(maps).toMatchObject([
      { name: "counts", type: "hash", maxEntries: 8, mapFlags: 1, key: { name: "int" }, value: { name: "int" } },
      { name: "events", type: "ringbuf", maxEntries: 4096, mapFlags: 0 },
    ]);
    expect(maps[1]).not.toHaveProperty("key");
  });

  test("tells sizes of other words, and numbers that __ulong wrote", () => {
    const { maps, diagnostics } = read({
      big: definition([uint("type", 27), ulong("max_entries", 1n << 33n), uint("pinning", 1), ulong("map_extra", 5n)]),
    });
    expect(diagnostics).toEqual([]);
    expect(maps).toMatchObject([{ name: "big", type: "ringbuf", maxEntries: 2 ** 33 }]);
  });

  test("tells the template of inner maps, and lets programs be", () => {
    const inner = definition([uint("type", 27), uint("max_entries", 8192)]);
    const { maps, diagnostics } = read({
      rings: definition([uint("type", 12), uint("max_entries", 4), { name: "values", type: array(pointer(inner), 0) }]),
      jumps: definition([
        uint("type", 3),
        { name: "values", type: array(pointer({ kind: "func_proto", result: int, params: [] }), 0) },
      ]),
    });
    expect(diagnostics).toEqual([]);
    expect(maps).toMatchObject([
      { name: "rings", type: "array_of_maps", inner: { type: "ringbuf", maxEntries: 8192 } },
      { name: "jumps", type: "prog_array" },
    ]);
  });

  test("carries the tags of its variable", () => {
    const { maps } = read({ events: definition([uint("type", 27)]) }, (map) => [
      { kind: "decl_tag", value: "rbgen:record=event", target: map, component: -1 },
    ]);
    expect(maps).toMatchObject([{ tags: ["rbgen:record=event"] }]);
  });

  const looped = definition([uint("type", 12), uint("max_entries", 1)]);
  test.each([
    ["no type", definition([uint("max_entries", 1)]), "has no __uint(type, …)"],
    ["a field that libbpf does not know", definition([uint("type", 1), uint("speed", 3)]), '"speed" is not a field'],
    ["a number that is none", definition([{ name: "type", type: int }]), "type is neither __uint"],
    ["a pointer to no array", definition([typed("type", int)]), "type is neither __uint"],
    ["a size beyond every integer", definition([uint("type", 27), ulong("max_entries", 1n << 63n)]), "is no size"],
    ["a key that is no type", definition([uint("type", 1), { name: "key", type: int }]), "key is not __type"],
    ["values that are none", definition([uint("type", 12), { name: "values", type: int }]), "values is not __array"],
    [
      "maps in maps in maps",
      definition([
        uint("type", 12),
        {
          name: "values",
          type: array(pointer(definition([...looped.members, { name: "values", type: array(pointer(looped), 0) }])), 0),
        },
      ]),
      "an inner map holds maps itself",
    ],
    ["a type that is no struct", int, "its type is of kind int"],
  ])("with %s is refused by name, and others stand", (_, type, message) => {
    const { maps, diagnostics } = read({ bad: type, good: definition([uint("type", 27)]) });
    expect(maps.map((map) => map.name)).toEqual(["good"]);
    expect(diagnostics).toEqual([
      expect.objectContaining({
        code: "RB3005",
        severity: "error",
        at: "x/a.btf",
        message: expect.stringContaining(message),
      }),
    ]);
    expect(diagnostics[0]!.message).toContain('map "bad"');
  });
});

/** A little-endian ELF64 object with these sections and nothing else. */
function elf(sections: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const names = ["", ...Object.keys(sections), ".shstrtab"];
  const contents = [new Uint8Array(), ...Object.values(sections), new TextEncoder().encode(`${names.join("\0")}\0`)];
  const headers = 64 + contents.reduce((sum, content) => sum + content.length, 0);
  const image = new Uint8Array(headers + 64 * contents.length);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 1, true);
  view.setUint16(18, 247, true);
  view.setBigUint64(40, BigInt(headers), true);
  view.setUint16(58, 64, true);
  view.setUint16(60, contents.length, true);
  view.setUint16(62, contents.length - 1, true);
  let offset = 64;
  let name = 0;
  for (const [index, content] of contents.entries()) {
    const at = headers + 64 * index;
    image.set(content, offset);
    view.setUint32(at, name, true);
    view.setUint32(at + 4, index === 0 ? 0 : index === contents.length - 1 ? 3 : 1, true);
    view.setBigUint64(at + 24, index === 0 ? 0n : BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(content.length), true);
    offset += content.length;
    name += names[index]!.length + 1;
  }
  return image;
}

test("an object without BTF is told how to get some", () => {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  expect(readBtfModule(elf({ ".text": new Uint8Array(8) }), { name: "a.o", path: "a.o" }, report)).toBeUndefined();
  expect(diagnostics).toEqual([
    expect.objectContaining({ code: "RB3002", at: "a.o", hint: expect.stringContaining("clang -target bpf -g") }),
  ]);
});

test("maps of the legacy kind are told of, and the types stand", () => {
  const diagnostics: Diagnostic[] = [];
  const image = elf({ maps: new Uint8Array(20), ".BTF": encodeBtf([int], { endian: "little" }) });
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const module = readBtfModule(image, { name: "a.o", path: "a.o" }, report);
  expect(module?.find("int")).toHaveLength(1);
  expect(module).toMatchObject({ maps: [], programs: [], pointerSize: 8 });
  expect(diagnostics).toEqual([expect.objectContaining({ code: "RB3004", severity: "warning" })]);
});

test("a map type without a name here is its number", () => {
  expect([mapTypeName(27), mapTypeName(31), mapTypeName(4000)]).toEqual(["ringbuf", "user_ringbuf", "4000"]);
});

test("types, names and origins follow the file; provenance is asked for only when it is read", () => {
  let asked = 0;
  const image = encodeBtf([{ kind: "struct", name: "a", size: bytes(4), members: [] }, int], { endian: "big" });
  const provenance = () => {
    asked += 1;
    return ["BTF sha256:…"];
  };
  const module = readBtfModule(image, { name: "a", path: "a", provenance }, () => undefined)!;
  expect(module).toMatchObject({ kind: "btf", endian: "big", name: "a", maps: [], programs: [], constants: [] });
  expect([...module.types()].map((type) => type.name)).toEqual(["a"]);
  expect([...module.names()]).toEqual(["a", "int"]);
  expect(module.origin(module.find("a")[0]!)).toEqual({ kind: "input" });
  expect(asked).toBe(0);
  expect(module.provenance).toEqual(["BTF sha256:…"]);
});
