import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Diagnostic, type GenerateOptions, generate, readHeader } from "rbgen";
import { expect, test } from "vitest";

// What is measured is what is generated today: a stale file is a test that fails, and `vitest -u` writes it anew.
const options: GenerateOptions = {
  types: [],
  all: false,
  maps: {},
  case: "camel",
  int64: "bigint",
  version: "0.0.0",
};

test.each([
  ["codecs/shapes.h", "codecs/shapes.gen.ts", {}],
  ["codecs/shapes.h", "codecs/shapes-decode.gen.ts", { only: ["decode"] }],
  ["codecs/others.h", "codecs/others.gen.ts", {}],
  ["native/record.h", "native/record.gen.ts", { columns: true }],
  ["native/record.h", "native/record-numbers.gen.ts", { int64: "number" }],
] as const)("what is measured of %s, as %s, is what is generated of it", async (header, generated, chosen) => {
  const name = header.replace(/^.*\//, "");
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const text = readFileSync(path(header), "utf8");
  const settings = { includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  const said: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void said.push(diagnostic);
  const module = readHeader({ name, text }, name, { read: () => undefined }, { endian: "little", ...settings }, report);
  const file = await generate(module, { ...options, ...chosen }, report);
  expect(said.filter(({ severity }) => severity === "error")).toEqual([]);
  await expect(file?.text).toMatchFileSnapshot(path(generated));
});
