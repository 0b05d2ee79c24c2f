import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readHeader } from "../front-end.ts";

function read(text: string): {
  codes: string[];
  lines: (number | undefined)[];
  tags: (readonly string[] | undefined)[];
} {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "types.h", text },
    "types.h",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const [type] = module.find("event");
  return {
    codes: diagnostics.map(({ code }) => code),
    lines: diagnostics.map(({ span }) => span?.source.text.slice(0, span.start).split("\n").length),
    tags: type?.kind === "struct" ? [type.tags, ...type.members.map((member) => member.tags)] : [],
  };
}

test.each([
  ["before a member's semicolon", "struct event {\n int a; char c[] /* @rbgen length=a */;\n};", 2],
  ["inside of a declarator", "struct event {\n int a; char /* @rbgen length=a */ c[];\n};", 2],
  ["between struct and its name", "struct /* @rbgen record */ event { int a; };", 1],
  ["above an empty line", "/* @rbgen record */\n\nstruct event { int a; };", 1],
  ["above a macro", "/* @rbgen record */\n#define N 1\nstruct event { int a; };", 1],
  ["at the end of the file", "struct event { int a; };\n\n// @rbgen record\n", 3],
])("an annotation %s belongs to nothing, and is an error there", (_place, text, line) => {
  expect(read(`${text}\n`)).toMatchObject({ codes: ["RB4004"], lines: [line] });
});

test.each([
  [
    "above and behind members",
    "// @rbgen record\nstruct event {\n int a; // @rbgen bytes\n /* @rbgen string */\n char c[4];\n};",
  ],
  [
    "in structs that only a typedef names",
    "typedef struct {\n /* @rbgen bytes */\n char a[4];\n struct { int b; /* @rbgen signed */ } c[2];\n} first;\nstruct event { int a; };",
  ],
  ["inside of an anonymous struct", "struct event { int a; struct { int b; /* @rbgen int64=number */ }; };"],
  [
    "in a branch that is not taken",
    "#if 0\n/* @rbgen wrong */\n\nstruct none { int a; };\n#endif\nstruct event { int a; };",
  ],
  ["that is only spoken of", "/* what an @rbgen comment is */\n\nstruct event { int a; };"],
])("an annotation %s is no error", (_place, text) => {
  expect(read(`${text}\n`).codes).toEqual([]);
});

test("annotations go to the declarations that they stand at", () => {
  const { tags } = read(
    "// @rbgen record\nstruct event {\n int a; // @rbgen bytes\n /* @rbgen string */\n char c[4];\n};\n",
  );
  expect(tags).toEqual([["rbgen:record"], ["rbgen:bytes"], ["rbgen:string"]]);
});

test.each([
  ["/* rbgen:record=events */\nstruct event { int a; };", 1],
  ["struct event {\n int a; // rbgen:bytes\n};", 2],
  ["struct event { int a; };\n/*\n * Text.\n * @rbgen:length=a\n */", 4],
  ["// rbgen length=a\nstruct event { int a; };", 1],
])("a comment that spells the sign of an annotation otherwise annotates nothing, and is told of: %s", (text, line) => {
  expect(read(`${text}\n`)).toMatchObject({ codes: ["RB4004"], lines: [line] });
});

test.each(["rbgen reads this", "see rbgen: it reads this file", "rbgen.h, rbgen:", "made by rbgen types.h"])(
  "prose that names the tool is none: %s",
  (text) => {
    expect(read(`// ${text}\nstruct event { int a; };\n`).codes).toEqual([]);
  },
);
