import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readHeader } from "../front-end.ts";
import { defaultLimits, type FrontEndLimits, faultOfLimit, largestLimits, limitNames } from "./limits.ts";

function read(text: string, limits: Partial<FrontEndLimits>, files: Readonly<Record<string, string>> = {}) {
  const diagnostics: Diagnostic[] = [];
  const options = { includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  const module = readHeader(
    { name: "t.h", text },
    "t.h",
    { read: (path) => files[path] },
    { endian: "little", ...options, limits },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  return { names: [...module.types()].map(({ name }) => name), diagnostics, module };
}

const chain = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`f${i}.h`, `#pragma once\n#include "f${i + 1}.h"\n`]),
);
const files: Readonly<Record<string, string>> = { ...chain, "f20.h": "struct s { int a; };\n" };

test.each<[keyof FrontEndLimits, number, string]>([
  ["includeDepth", 10, '#include "f0.h"\nstruct t { struct s s; };'],
  ["includes", 10, '#include "f0.h"\nstruct t { struct s s; };'],
  ["characters", 20_000, `struct t { int a; };${" ".repeat(10_000)}`],
  ["tokens", 40, "#define N 1\nstruct t { int a[N], b[N], c[N], d[N], e[N], f[N], g[N], h[N], i[N], j[N], k[N]; };"],
  ["expansionTokens", 40, "#define A 1 + 1 + 1\n#define B A + A + A + A\nstruct t { char c[B + B]; };"],
  ["expansionDepth", 3, "#define F(x) x\nstruct t { char c[F(F(F(F(F(1)))))]; };"],
  ["nesting", 3, "struct t { struct { struct { struct { struct { int a; }; }; }; }; };"],
  ["diagnostics", 2, "#warning a\n#warning b\n#warning c\nstruct t { int a; };"],
])("%s ends the reading where %i is passed, and the hint says how to raise it", (name, limit, text) => {
  const whole = read(text, {}, files);
  expect(whole.names).toEqual(["t"]);
  const { names, diagnostics } = read(text, { [name]: limit }, files);
  expect(names).toEqual([]);
  const last = diagnostics.at(-1);
  expect(last?.severity).toBe("error");
  expect(last?.hint).toContain(`--limit ${name}=NUMBER raises it, up to ${largestLimits[name]}`);
});

test.each([
  ["structs", (n: number) => `${"struct { ".repeat(n)}int a; ${"}; ".repeat(n)}`],
  ["named structs", (n: number) => `${"struct { ".repeat(n)}int a; ${"} x; ".repeat(n)}`],
  ["parentheses", (n: number) => `int a[${"(".repeat(n)}1${")".repeat(n)}];`],
  // Each is a declarator and its parameters.
  ["parameters", (n: number) => `void (*f)(${"void (*)(".repeat(n / 2 - 5)}int${")".repeat(n / 2 - 5)});`],
  ["sizes", (n: number) => `int a[${"sizeof(char[".repeat(n)}1${"])".repeat(n)}];`],
  ["selections", (n: number) => `int a[${"_Generic(1, int: ".repeat(n)}1${")".repeat(n)}];`],
  ["conditions", (n: number) => `\n#if ${"(".repeat(n)}1${")".repeat(n)}\nint a;\n#endif\n`],
  ["macro calls", (n: number) => `\n#define F(x) x\nint a[${"F(".repeat(n)}1${")".repeat(n)}];`],
])("the largest limits leave room on the stack: %s", (_, text) => {
  // As many tokens as by default: a pile of calls copies its arguments at every level.
  const limits = { ...largestLimits, expansionTokens: defaultLimits.expansionTokens };
  const deep = read(`struct t { ${text(largestLimits.nesting - 10)} };`, limits);
  expect(deep.diagnostics).toEqual([]);
  expect(deep.names).toEqual(["t"]);
  const deeper = read(`struct t { ${text(20 * largestLimits.nesting)} };`, limits);
  expect(deeper.diagnostics.map(({ severity }) => severity)).toContain("error");
  expect(deeper.names).toEqual([]);
});

test("where the reading was given up, a name that was not met yet is nobody's: the kernel is not asked for it", () => {
  const { module } = read("#define N 1\nstruct t { int a[N]; };", { tokens: 4 });
  expect(module.find("__u32")).toEqual([]);
  expect(read("#define N 1\nstruct t { int a[N]; };", {}).module.find("__u32")).toHaveLength(1);
});

test("a limit is a whole number from 1 to its largest", () => {
  for (const name of limitNames) {
    for (const value of [1, defaultLimits[name], largestLimits[name]])
      expect(faultOfLimit(name, value)).toBeUndefined();
    for (const value of [
      0,
      -1,
      1.5,
      largestLimits[name] + 1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "8",
      null,
      8n,
      [],
    ]) {
      expect(faultOfLimit(name, value)).toBe(`a whole number from 1 to ${largestLimits[name]} is wanted`);
    }
  }
});
