import { expect, test } from "vitest";
import { readHeader } from "../c/front-end.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { positionOf } from "../diagnostics/position.ts";
import { generate } from "../generate.ts";

/** Code and place of what generating every record of a header reports. */
async function said(text: string): Promise<string[]> {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "types.h", text },
    "types.h",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const options = { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "0" } as const;
  await generate(module, options, (diagnostic) => diagnostics.push(diagnostic));
  const lines = diagnostics.map(({ code, span, at }) => {
    if (span === undefined) return `${code} ${at}`;
    const { file, line, column } = positionOf(span);
    return `${code} ${file}:${line}:${column} ${span.source.text.slice(span.start, span.end)}`;
  });
  return lines;
}

test("an annotation that is none is shown at its member", async () => {
  expect(await said("struct a {\n  int x;\n  int y; /* @rbgen nonsense */\n};\n")).toEqual(["RB4004 types.h:3:7 y"]);
});

test("an annotation that does not fit its type is shown at the type", async () => {
  expect(await said("/* @rbgen nonsense */\nstruct a { int x; };\n")).toEqual(["RB4004 types.h:2:8 a"]);
});

test("a length that names no member is shown at its array", async () => {
  expect(await said("struct a {\n  int x;\n  char data[]; /* @rbgen length=nope */\n};\n")).toEqual([
    "RB4004 types.h:3:8 data",
  ]);
});

test("an integer that is told to be a bool counts and tells nothing, and says only whether a part is there", async () => {
  const count = "struct a {\n  unsigned n; /* @rbgen bool */\n  int v[4]; /* @rbgen length=n */\n};\n";
  expect(await said(count)).toEqual(["RB4004 types.h:3:7 v"]);
  const each = "struct a {\n  unsigned n[2]; /* @rbgen bool */\n  int v[4]; /* @rbgen length=n[1] */\n};\n";
  expect(await said(each)).toEqual(["RB4004 types.h:3:7 v"]);
  const arms = "int x; /* @rbgen variant=1 */\n  int y; /* @rbgen variant=2 */";
  const tag = `struct a {\n  int k; /* @rbgen bool */\n  union {\n  ${arms}\n  } u; /* @rbgen tag=k */\n};\n`;
  expect(await said(tag)).toEqual(["RB4004 types.h:1:8 a"]);
  const part = "struct a {\n  unsigned has; /* @rbgen bool */\n  int part[0]; /* @rbgen present=has */\n};\n";
  expect(await said(part)).toEqual([]);
});

test("an open array inside a record is shown at the struct that holds it", async () => {
  const text = "struct inner { int n; char d[]; };\nstruct a { struct inner mid; int x; };\n";
  expect(await said(text)).toEqual(["RB4005 types.h:2:8 a"]);
});

test("a length in a union that nothing tells apart is warned about at the struct, and not where a tag does", async () => {
  const counted = "struct in { int n; char data[4]; /* @rbgen length=n */ };\n";
  const arms = "struct in a; /* @rbgen variant=1 */\n  long raw; /* @rbgen variant=2 */";
  expect(await said(`${counted}struct rec {\n  union { struct in a; long raw; };\n};\n`)).toEqual([
    "RB4005 types.h:2:8 rec",
  ]);
  expect(
    await said(`${counted}struct rec {\n  int t;\n  /* @rbgen tag=t */\n  union {\n  ${arms}\n  };\n};\n`),
  ).toEqual([]);
});

test("a number that begins with 0 and is not octal is shown where it stands", async () => {
  expect(
    await said(
      "struct a {\n  int type; /* @rbgen tag */\n};\n/* @rbgen variant=08; tag=type */\nstruct b {\n  int type;\n};\n",
    ),
  ).toEqual(["RB4004 types.h:5:8 b"]);
});

test("a hundred million elements without a byte are refused where they stand", async () => {
  expect(await said("struct none {};\nstruct a {\n  int x;\n  struct none many[100000000];\n};\n")).toEqual([
    "RB4002 types.h:4:15 many",
  ]);
});

test.each<[string, string, string]>([
  [
    "variant in a union without a tag",
    "struct a {\n  union {\n    int x; /* @rbgen variant=1 */\n    int y;\n  };\n};\n",
    "3:9 x",
  ],
  ["variant on a plain member", "struct a {\n  int x; /* @rbgen variant=1 */\n};\n", "2:7 x"],
  ["tag of a member that is not there", "/* @rbgen tag=type */\nstruct a {\n  int x;\n};\n", "2:8 a"],
  ["tag of a member that is no integer", "/* @rbgen tag=x */\nstruct a {\n  float x;\n};\n", "2:8 a"],
  ["tag on a union that is a record", "/* @rbgen tag=x */\nunion a {\n  int x;\n};\n", "2:7 a"],
  ["tag=… on a member that is no union", "struct a {\n  int t;\n  int x; /* @rbgen tag=t */\n};\n", "3:7 x"],
  ["tag on a member that is no integer", "struct a {\n  float x; /* @rbgen tag */\n};\n", "2:9 x"],
  ["int64 on 32 bits", "struct a {\n  unsigned x; /* @rbgen int64=number */\n};\n", "2:12 x"],
  ["int64 on a pointer", "struct a {\n  void *x; /* @rbgen int64=number */\n};\n", "2:9 x"],
  ["length on what is no array", "struct a {\n  int n;\n  int x; /* @rbgen length=n */\n};\n", "3:7 x"],
  ["length of a member that is not there", "struct a {\n  int n;\n  int x[]; /* @rbgen length=m */\n};\n", "3:7 x"],
])("%s is an annotation without effect", async (_, text, place) => {
  expect(await said(text)).toEqual([`RB4004 types.h:${place}`]);
});
