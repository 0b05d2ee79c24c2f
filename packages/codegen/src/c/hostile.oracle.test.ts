import { CallCounter } from "@rbgen/testkit/call-counter";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { readHeader } from "./front-end.ts";

function read(text: string, files: Readonly<Record<string, string>> = {}): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const options = { includePaths: ["inc"], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  const module = readHeader(
    { name: "t.h", text },
    "t.h",
    { read: (path) => files[path] },
    { endian: "little", ...options },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  for (const type of module.types()) void type.name;
  void module.constants.length;
  return diagnostics;
}

const doubling = Array.from({ length: 60 }, (_, i) => `#define D${i + 1} D${i} D${i}`).join("\n");
const stringDoubling = `#define S(x) #x\n#define T(x) S(x)\n#define U ${"T(".repeat(200)}"a"${")".repeat(200)}\n`;

/** What grows until a default limit ends it. */
const bombs: readonly [title: string, text: string, files?: Readonly<Record<string, string>>][] = [
  ["an exponential macro", `#define D0 x x\n${doubling}\nD60`],
  ["an exponential string", `${stringDoubling}const char *s = U;`],
  [
    "an include of itself, over and over",
    "#include <a.h>",
    { "inc/a.h": "#if __INCLUDE_LEVEL__ < 60\n#include <a.h>\n#include <a.h>\n#endif\n" },
  ],
];

/** Calls until a default limit ends it: steps are counted, since seconds depend on the machine. */
const mostCalls = 100_000_000;

describe("text that grows without end", () => {
  test.each(bombs)("%s ends soon, in a diagnostic that names the limit", (_title, text, files) => {
    using counter = new CallCounter((url) => url.includes("/codegen/src/c/"));
    const diagnostics = read(text, files);
    const calls = counter.take();
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThan(mostCalls);
    expect(diagnostics.some(({ hint }) => hint?.includes("--limit"))).toBe(true);
  });
});

describe("arbitrary text", () => {
  test("any text ends in a module", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        read(text);
      }),
      { numRuns: 3000 },
    );
  });

  test("any run of C's own words ends in a module", () => {
    const words = [
      "struct",
      "union",
      "enum",
      "typedef",
      "s",
      "t",
      "{",
      "}",
      "(",
      ")",
      "[",
      "]",
      ";",
      ",",
      ":",
      "*",
      "=",
      "3",
      "0x",
      "'a'",
      '"s"',
      "int",
      "unsigned",
      "long",
      "char",
      "const",
      "__attribute__((packed))",
      "__attribute__((aligned(8)))",
      "sizeof",
      "typeof",
      "_Static_assert",
      "_Alignas",
      "?",
      "+",
      "-",
      "<<",
      "#define A",
      "#if A",
      "#else",
      "#endif",
      "\n",
      "#include <x.h>",
      "A",
      "__VA_ARGS__",
      "#",
      "##",
      "\\\n",
      "/*",
      "*/",
      "//",
      "static",
      "inline",
      "asm",
      "#pragma pack(push, 1)\n",
      '_Pragma("pack()")',
      "__uint(type, 27)",
      'SEC(".maps")',
      "_Generic",
      "__builtin_offsetof",
      "[[",
      "]]",
      "#define F(x, ...) #x __VA_OPT__(,) x##__VA_ARGS__\n",
      "F(",
      "__has_include(",
      "defined",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (tokens) => {
        read(tokens.join(" "));
      }),
      { numRuns: 6000 },
    );
  });
});
