import type { Struct } from "@rbgen/btf";
import { expect, test } from "vitest";
import { readHeader } from "../front-end.ts";

function read(text: string): { readonly faults: string[]; readonly structs: ReadonlyMap<string, Struct> } {
  const faults: string[] = [];
  const module = readHeader(
    { name: "types.h", text },
    "types.h",
    { read: () => undefined },
    {
      endian: "little",
      includePaths: [],
      systemPaths: [],
      forcedIncludes: [],
      defines: [],
      undefines: [],
    },
    ({ code }) => faults.push(code),
  );
  const structs = new Map<string, Struct>();
  for (const type of module.types()) if (type.kind === "struct") structs.set(type.name, type);
  return { faults, structs };
}

const members = (type: Struct | undefined): string[] | undefined =>
  type?.members.map(({ name, bitOffset, location }) => `${name} @${bitOffset} ${location?.line}:${location?.column}`);

test.each([
  [
    "in the attributes behind its body",
    "struct a { int x; char y; } __attribute__((aligned(sizeof(struct { long p; long q; }))));",
    ["x @0 1:16", "y @32 1:24"],
  ],
  [
    "in the size of an array",
    "struct a { int x; char y[sizeof(struct { long p; long q; })]; int z; };",
    ["x @0 1:16", "y @32 1:24", "z @160 1:67"],
  ],
  [
    "as a member, and a member behind it",
    "struct a { int x; struct { char p, q; struct { long r; }; } y, w; int z; };",
    ["x @0 1:16", "y @64 1:61", "w @192 1:64", "z @320 1:71"],
  ],
])("a struct keeps its own members where another stands %s", (_, text, expected) => {
  const { faults, structs } = read(text);
  expect(faults).toEqual([]);
  expect(members(structs.get("a"))).toEqual(expected);
});

test("a struct that was given up leaves nothing in the next one", () => {
  const { faults, structs } = read(
    "struct bad { int x; struct { int y; nowhere z; } in; int w; };\nstruct worse { int a; } __attribute__((aligned(3)));\nstruct good { int x; };",
  );
  expect(faults).toEqual(["RB2002", "RB2010"]);
  expect(members(structs.get("good"))).toEqual(["x @0 3:19"]);
});

test("members are the same objects each time they are looked at", () => {
  const { structs } = read("struct a { int x; /**< how many */ };");
  const type = structs.get("a");
  expect(type?.members[0]?.doc).toBe("how many");
  expect(type?.members[0]).toBe(type?.members[0]);
});
