import { CallCounter } from "@rbgen/testkit/call-counter";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { readHeader } from "./front-end.ts";

function read(
  text: string,
  files: Readonly<Record<string, string>> = {},
): { readonly diagnostics: Diagnostic[]; readonly names: string[] } {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "hostile.h", text },
    "hostile.h",
    { read: (path) => files[path] },
    {
      endian: "little",
      includePaths: ["inc"],
      systemPaths: [],
      forcedIncludes: [],
      defines: [],
      undefines: [],
    },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const names = [...module.types()].map((type) => type.name);
  void module.constants.length;
  return { diagnostics, names };
}

// Far beyond every limit.
const many = 20_000;

const inputs: readonly [title: string, text: string, files?: Readonly<Record<string, string>>][] = [
  ["parentheses without end", `int x = ${"(".repeat(many)}`],
  ["a declarator of parentheses", `struct s { int ${"(".repeat(4000)}a${")".repeat(4000)}; };`],
  ["an expression of parentheses", `struct s { int a[${"(".repeat(many)}1${")".repeat(many)}]; };`],
  ["an expression of signs", `struct s { int a[${"- ".repeat(many)}1]; };`],
  ["a condition of parentheses", `#if ${"(".repeat(many)}1${")".repeat(many)}\n#endif`],
  ["a condition of questions", `#if ${"1?1:".repeat(many)}1\n#endif`],
  ["structs inside of each other", `${"struct { ".repeat(many)}int a; ${"} x;".repeat(many)}`],
  ["structs that a wrong bracket leaves open", "struct s { char b[1]) x ;".repeat(many)],
  ["structs without end", "struct a { struct b { ".repeat(many)],
  ["sizes of structs with sizes", `${"struct { int a[sizeof(".repeat(5000)}`],
  ["dimensions", `struct s { char a${"[1]".repeat(many)}; };`],
  ["pointers", `struct s { char ${"*".repeat(many)}a; };`],
  [
    "typedefs of typedefs",
    `typedef int t0;\n${Array.from({ length: 20_000 }, (_, i) => `typedef t${i} *t${i + 1};`).join("\n")}`,
  ],
  ["functions of functions", `int ${"(*".repeat(1000)}f${")(int)".repeat(1000)};`],
  ["attributes", `struct s { int a; } ${"__attribute__((packed)) ".repeat(many)};`],
  ["attributes without end", `struct s { int a; } ${"__attribute__((".repeat(many)}`],
  ["a line of tokens", `enum e { ${Array.from({ length: many }, (_, i) => `a${i}`).join(", ")} };`],
  ["an exponential token", `#define C(a) C_(a, a)\n#define C_(a, b) a##b\n${"C(".repeat(64)}a${")".repeat(64)}`],
  ["a macro that names itself", "#define A B A\n#define B A B\nA B A B"],
  ["macro calls in arguments", `#define F(x) x\n${"F(".repeat(many)}1${")".repeat(many)}`],
  ["macro calls without end", `#define F(x) x\n${"F(".repeat(many)}`],
  ["a macro with a huge argument", `#define F(x) x x x x x x x x\n#define G(x) F(F(F(F(x))))\nG(${"a ".repeat(2000)})`],
  ["an include of itself", '#include "inc/a.h"', { "inc/a.h": '#include "a.h"\n' }],
  [
    "includes that name each other",
    '#include "inc/a.h"',
    { "inc/a.h": '#include "b.h"\n', "inc/b.h": '#include "a.h"\n' },
  ],
  ["conditionals without end", "#if 1\n".repeat(many)],
  ["conditionals that only end", "#endif\n".repeat(many)],
  ["skipped conditionals", `#if 0\n${"#if 1\n".repeat(many)}`],
  ["a comment without end", `/*${" x".repeat(many)}`],
  ["comments of stars", `/${"*".repeat(many)}${" ".repeat(many)}*/ struct s { int a; /* ${"* ".repeat(many)}*/ };`],
  ["a string without end", `const char *a = "${"\\".repeat(many)}`],
  ["a splice without end", "struct s { int a\\\n".repeat(20_000)],
  ["a long number", `struct s { char a[${"9".repeat(many)}]; };`],
  ["a long name", `struct ${"n".repeat(many)} { ${"m".repeat(many)} a; };`],
  ["unknown names", Array.from({ length: 5000 }, (_, i) => `struct s${i} { unknown_${i} a; };`).join("\n")],
  [
    "names that collide by a well-known hash",
    `enum e { ${Array.from({ length: 1 << 15 }, (_, i) => i.toString(2).padStart(15, "0").replaceAll("0", "Aa").replaceAll("1", "BB")).join(", ")} };`,
  ],
  ["pragmas", `${"#pragma pack(push, 1)\n".repeat(many)}struct s { int a; };`],
  [
    "as many faults of the preprocessor as there may be, and one of a pragma",
    `#pragma pack(3)\n${Array.from({ length: 99 }, (_, i) => `#if ${i}x\n#endif\n`).join("")}struct s { int a; };`,
  ],
  [
    "pushed attributes",
    `${"#pragma clang attribute push(__attribute__((packed)), apply_to = record)\n".repeat(5000)}struct s { int a; };`,
  ],
  ["a huge array", "struct s { char a[0x7fffffffffffffff]; char b[0xffffffffffffffff]; };"],
  [
    "a huge struct",
    `struct s0 { char a[0x10000000]; };\n${Array.from({ length: 60 }, (_, i) => `struct s${i + 1} { struct s${i} a[1024]; };`).join("\n")}`,
  ],
  ["a struct that holds itself", "struct s { struct s a; };"],
  ["only an escape", "\\ x"],
  ["NUL bytes", "\0struct s\0{ int a; };\0"],
  ["a lone surrogate", "struct s { int a; }; \ud800 \udc00"],
];

/** Calls that a text may cost, and each of its characters more: steps are counted, since seconds depend on the machine. */
const mostCalls = 20_000_000;
const callsPerCharacter = 50;

describe("hostile text", () => {
  test.each(inputs)("%s ends soon, in a diagnostic or in a type", (_title, text, files) => {
    using counter = new CallCounter((url) => url.includes("/codegen/src/c/"));
    const { diagnostics, names } = read(text, files);
    const calls = counter.take();
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThan(mostCalls + callsPerCharacter * text.length);
    expect(diagnostics.length + names.length).toBeGreaterThan(0);
  });
});
