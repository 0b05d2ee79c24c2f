import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateFile } from "./node.ts";

let folder = "";

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "rbgen-node-")));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("a file is generated from as the command does, and each file is named that was read", async () => {
  mkdirSync(join(folder, "include"));
  writeFileSync(join(folder, "include/b.h"), "struct b { int x; };\n");
  writeFileSync(join(folder, "a.h"), '#include "b.h"\nstruct event { struct b b; unsigned long long n; };\n');
  writeFileSync(join(folder, "rbgen.config.ts"), 'export default { includePaths: ["include"], int64: "number" };\n');
  const { file, text, read, missing, diagnostics } = await generateFile("a.h", { cwd: folder });
  expect([text, diagnostics]).toEqual(["", []]);
  expect(file?.text).toContain("readonly n: number");
  expect(file?.script).toBeUndefined();
  expect([...read].sort()).toEqual([join(folder, "a.h"), join(folder, "include/b.h"), join(folder, "rbgen.config.ts")]);
  expect(missing).toContain(join(folder, "b.h"));
  expect(missing.filter((path) => read.includes(path) || path.endsWith(".git"))).toEqual([]);
});

test("what cannot be read is told, and nothing of records that it would have", async () => {
  writeFileSync(join(folder, "a.h"), "int 5;\n");
  const { diagnostics } = await generateFile("a.h", { cwd: folder });
  expect(diagnostics.map(({ code }) => code)).toEqual(["RB2001"]);
});

test("what is wrong is told as the command tells it, with what was read so far", async () => {
  writeFileSync(join(folder, "a.h"), "struct event { nosuch x; };\n");
  const { file, text, read } = await generateFile(join(folder, "a.h"), { config: {} });
  expect(file).toBeUndefined();
  expect(text).toMatch(/a\.h:1:16: error RB\d+: .*nosuch/);
  // The kernel may have been asked for the type, too.
  expect(read).toContain(join(folder, "a.h"));
  expect((await generateFile("missing.h", { cwd: folder })).text).toContain("RB5001");
});
