import { bits, bytes, encodeBtf, type Struct } from "@rbgen/btf";
import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

async function diff(before: string, after: string, args = ""): Promise<{ code: number; out: string; err: string }> {
  const host = new MemoryHost({ files: { "/w/old.h": before, "/w/new.h": after } });
  const code = await runCommand(["diff", "old.h", "new.h", ...args.split(" ").filter((word) => word !== "")], host);
  return { code, out: host.out, err: host.err };
}

test("the same layout is no difference, however the types are spelt", async () => {
  const run = await diff(
    "typedef unsigned long long u64; struct a { u64 x; char c; int m[2][3]; };",
    "struct a { unsigned long y; }; ".replace("y; }; ", "x; char c; int m[6]; };"),
  );
  expect(run).toEqual({ code: 0, out: "0 of 1 types differ\n", err: "" });
});

test("every difference is named member by member, with what it breaks", async () => {
  const run = await diff(
    "struct a { unsigned ts; unsigned pid; char comm[16]; int gone; };",
    "struct a { unsigned ts, extra, pid; char comm[32]; };",
  );
  expect(run.code).toBe(3);
  expect(run.out).toBe(`struct a: decode and encode are affected
  \`pid\` moved from byte 4 to 8
  \`comm\` moved from byte 8 to 12
  \`comm\` grew from 16 to 32
  \`gone\` is gone
  \`extra\` is new at byte 4
  it grew from 28 to 44 bytes
1 of 1 types differ
`);
});

const one = (members: string) => `typedef unsigned short __be16; struct a { ${members} };`;
test.each([
  ["int x;", "int y;", "renamed", "neither"],
  ["int x;", "unsigned x;", "retyped", "both"],
  ["unsigned x;", "float x;", "retyped", "both"],
  ["unsigned char x[4];", "char x[4];", "retyped", "neither"],
  ["signed char x;", "char x;", "retyped", "neither"],
  ["_Bool x;", "unsigned char x;", "retyped", "decode"],
  ["unsigned char x;", "_Bool x;", "retyped", "encode"],
  ["enum e { A, B } x;", "enum e { A, B, C = -1 } x;", "values", "decode"],
  ["int x : 3; int y : 5;", "int x : 4; int y : 4;", "resized", "both"],
  ["int x : 3; int y : 5;", "int y : 5; int x : 3;", "moved", "both"],
  ["int x[4];", "int x[];", "resized", "both"],
  ["enum e { A, B } x;", "enum e { A, B, C } x;", "values", "neither"],
  ["enum e { A, B } x;", "enum e { A, B = 7 } x;", "values", "both"],
  ["enum e { A, B } x;", "enum e { A } x;", "values", "encode"],
  ["struct { char c; } items[3];", "struct { char c; } items[4];", "resized", "both"],
  ["unsigned short x;", "__be16 x;", "endian", "both"],
  ["struct { char c; } items[3]; int x;", "struct { char c; } items[4]; int x;", "resized", "both"],
])("{ %s } against { %s } is %s and affects %s", async (before, after, kind, affects) => {
  const run = await diff(one(before), one(after), "--json -t a");
  expect(run.code).toBe(3);
  const { types } = JSON.parse(run.out) as { types: { differences: { kind: string; affects: string }[] }[] };
  const found = types[0]!.differences.filter((difference) => difference.kind === kind);
  expect(found.map((difference) => difference.affects)).toContain(affects);
});

test("an alignment that moves no byte is no difference", async () => {
  expect((await diff("struct a { long x; };", "struct __attribute__((packed)) a { long x; };")).code).toBe(0);
});

test("another byte order is a difference, whatever else is the same", async () => {
  const type: Struct = {
    kind: "struct",
    name: "a",
    size: bytes(4),
    members: [
      {
        name: "x",
        type: { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false },
        bitOffset: bits(0),
      },
    ],
  };
  const host = new MemoryHost({
    files: { "/w/old": encodeBtf([type], { endian: "little" }), "/w/new": encodeBtf([type], { endian: "big" }) },
  });
  expect(await runCommand(["diff", "old", "new"], host)).toBe(3);
  expect(host.out).toBe("byte order changed from little to big: decode and encode are affected\n0 of 1 types differ\n");
});

test("types that only one side has are differences", async () => {
  const run = await diff(
    "struct a { int x; }; struct b { int x; };",
    "struct a { int x; }; union c { int x; };",
    "--json",
  );
  expect(run.code).toBe(3);
  expect(JSON.parse(run.out)).toMatchObject({ differs: true, types: [], onlyOld: ["b"], onlyNew: ["c"], same: 1 });
});

test("a struct that became a union is of another kind", async () => {
  const run = await diff("struct a { int x; };", "union a { int x; };");
  expect(run.out).toContain("it was a struct and is a union");
});

test("--type compares what it names, and only that", async () => {
  const [before, after] = ["struct a { int x; }; struct b { int x; };", "struct a { int x; }; struct b { long x; };"];
  expect((await diff(before, after, "-t a")).code).toBe(0);
  expect((await diff(before, after, "-t b")).code).toBe(3);
  expect((await diff(before, after, "-t *")).out).toContain("1 of 2 types differ");
  const missing = await diff(before, after, "-t nosuch");
  expect(missing).toMatchObject({
    code: 1,
    err: expect.stringContaining('neither old.h nor new.h defines a struct, union or enum "nosuch"'),
  });
});

test("an input that cannot be read is an error, not a difference", async () => {
  const host = new MemoryHost({ files: { "/w/old.h": "struct a { int x; };" } });
  expect(await runCommand(["diff", "old.h", "new.h"], host)).toBe(1);
  expect(host.err).toContain("RB5001");
  expect(host.out).toBe("");
});

test("a pattern finds types of included files, too", async () => {
  const host = new MemoryHost({
    files: {
      "/w/a.h": "struct event { int x; };\n",
      "/w/b.h": '#include "shared.h"\n',
      "/w/shared.h": "struct event { int x; };\n",
    },
  });
  expect(await runCommand(["diff", "a.h", "b.h", "--type", "ev*"], host)).toBe(0);
  expect(host.out).not.toContain("only in");
});

test.each([
  ["zz*", 'defines a struct, union or enum that matches "zz*"'],
  ["evnt*", 'did you mean "event"?'],
  ["evnt", 'did you mean "event"?'],
  ["struct ev*t", undefined],
  ["struct e?um", 'that matches "struct e?um"'],
  ["union event", "there is a struct of that name"],
  ["word", "note: there is a typedef of something else of that name"],
  ["w*", 'that matches "w*"'],
  ["later", 'defines a struct, union or enum "later"'],
])("--type %s", async (type, message) => {
  const text =
    "struct event { int x; }; enum enum_ { A }; typedef int word; struct later; struct l { struct later *p; };";
  const host = new MemoryHost({ files: { "/w/old.h": text, "/w/new.h": text } });
  const code = await runCommand(["diff", "old.h", "new.h", "--type", type], host);
  if (message === undefined) expect([code, host.err, host.out]).toEqual([0, "", "0 of 1 types differ\n"]);
  else expect([code, host.err]).toEqual([1, expect.stringContaining(message)]);
});

const map = (name: string, members: string): string =>
  `struct { ${members} } ${name} __attribute__((section(".maps")));\n`;
const hash = "int (*type)[1]; int (*max_entries)[16];";
const array = "int (*type)[2]; int (*max_entries)[16];";

test.each([
  [hash, array, 'map "m": decode and encode are affected\n  it is an array, was a hash'],
  [
    hash,
    "int (*type)[9]; int (*max_entries)[16];",
    "neither decode nor encode is affected\n  it is a lru_hash, was a hash",
  ],
  [`${hash} int (*map_flags)[1];`, hash, "map_flags changed from 1 to 0"],
  [`${hash} int (*key_size)[4];`, `${hash} int (*key_size)[8];`, "keys of hash"],
  [`${hash} int (*value_size)[4];`, `${hash} long *value;`, "their size changed from 4 bytes to 8 bytes"],
  [`${hash} int *key;`, `${hash} unsigned *key;`, "keys of hash"],
  [`${hash} _Bool *value;`, `${hash} unsigned char *value;`, 'values of hash "m": decode is affected'],
  [`${hash} struct one *value;`, `${hash} struct two *value;`, "`b` is new at byte 4"],
  [`${hash} struct one *value;`, `${hash} int *value;`, "it was a struct and is an int"],
  [`${array} int *key; int *value;`, `${array} unsigned *key; int *value;`, undefined],
  [`${hash} int *key; int *value;`, `${hash} word *key; word *value;`, undefined],
  ["int (*type)[27]; int (*max_entries)[4096];", "int (*type)[27]; int (*max_entries)[8192];", "from 4096 to 8192"],
  ["int (*type)[27]; struct one *value;", "int (*type)[27]; struct two *value;", 'values of ringbuf "m"'],
  ["int (*type)[4]; int *value;", "int (*type)[4]; unsigned *value;", undefined],
])("a map of %s against %s", async (before, after, told) => {
  const types = "typedef int word; struct one { int a; }; struct two { int a; int b; };\n";
  const kept = map("all", `${hash} struct one *key; struct two *value;`);
  const [old, now] = [before, after].map((members) => types + kept + map("m", members));
  const run = await diff(old!, now!);
  if (told === undefined) expect(run).toMatchObject({ code: 0, err: "" });
  else expect(run).toEqual({ code: 3, out: expect.stringContaining(told), err: "" });
});

test("inner maps, and structs that a map shares with others, are told by map", async () => {
  const source = (value: string, entries: number): string =>
    `struct total { ${value} };` +
    map("h", `${hash} int *key; struct total *value;`) +
    map(
      "outer",
      `int (*type)[13]; struct { int (*type)[1]; int (*max_entries)[${entries}]; int *key; struct total *value; } *values[];`,
    );
  const run = await diff(source("int a;", 4), source("int a, b;", 8));
  expect(run.out).toBe(`struct total: encode is affected
  \`b\` is new at byte 4
  it grew from 4 to 8 bytes
values of hash "h": encode is affected
  struct total differs
inner maps of hash_of_maps "outer": encode is affected
  max_entries changed from 4 to 8
  values: struct total differs
1 of 1 types and 2 of 2 maps differ
`);
});

test("a variable is told of by its type and by whether it is a constant", async () => {
  const source = (variables: string): string => `${map("m", hash)}${variables}`;
  const run = await diff(
    source("unsigned long seen; int limit; char name[16]; int first; int gone;"),
    source("long seen; const volatile int limit = 1; char name[64]; int first = 1; int come;"),
    "--json",
  );
  expect(run.code).toBe(3);
  const { differs, maps, variables } = JSON.parse(run.out);
  expect({ differs, maps }).toEqual({
    differs: true,
    maps: { changed: [], onlyOld: [], onlyNew: [], dropped: [], same: 1 },
  });
  const both = { path: "", affects: "both" };
  const constant = { path: "", kind: "section", affects: "encode", message: "it is a constant, was writable" };
  expect(variables).toEqual({
    changed: [
      {
        name: "seen",
        affects: "both",
        differences: [{ ...both, kind: "retyped", message: "it changed from unsigned to signed" }],
      },
      { name: "limit", affects: "encode", differences: [constant] },
      {
        name: "name",
        affects: "both",
        differences: [{ ...both, kind: "resized", message: "it grew from 16 to 64 bytes" }],
      },
    ],
    onlyOld: ["gone"],
    onlyNew: ["come"],
    dropped: [],
    same: 1,
  });
});

test("maps that only one side has are differences, and a header of records has none to lack", async () => {
  const record = "struct event { int x; };";
  const run = await diff(
    record + map("a", `${hash} struct event *value;`),
    record + map("b", `${hash} struct event *value;`),
  );
  expect(run.out).toContain('map "a" is only in the old one\nmap "b" is only in the new one\n');
  expect(run.code).toBe(3);
  expect((await diff(record, record + map("b", `${hash} struct event *value;`))).code).toBe(0);
  expect((await diff(record + map("a", hash), record + map("b", hash), "--type event")).code).toBe(0);
});
