import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../program.ts";
import { realHost } from "./machine.ts";

test("a path that holds a NUL leads to nothing, and nothing is made of what is before it", () => {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-nul-"));
  const { files } = realHost();
  writeFileSync(join(folder, "a.h"), "struct a { int x; };");
  const path = `${join(folder, "a.h")}\0b`;
  expect([files.exists(path), files.isDirectory(path), files.isPlainDirectory(path)]).toEqual([false, false, false]);
  expect(files.readRegular(path)).toBeUndefined();
  const absent = expect.objectContaining({ code: "ENOENT" });
  expect(() => files.read(path)).toThrow(absent);
  expect(() => files.write(path, "x")).toThrow(absent);
  expect(() => files.makeFolder(`${join(folder, "sub")}\0b`)).toThrow(absent);
  expect(readdirSync(folder)).toEqual(["a.h"]);
  rmSync(folder, { recursive: true });
});

test("a header that is included may name one whose path holds a NUL: there is none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-nul-"));
  writeFileSync(join(folder, "a.h"), '#include "b.h"\nstruct a { int x; };\n');
  writeFileSync(join(folder, "b.h"), '#include "c\0d.h"\n');
  let err = "";
  const host = realHost();
  const write = (text: string): void => {
    err += text;
  };
  const stderr = { ...host.stderr, write };
  const stdout = { ...host.stdout, write: () => undefined };
  expect(await runCommand(["a.h", "-o", "-"], { ...host, cwd: folder, stderr, stdout })).toBe(1);
  expect(err).not.toContain("bug in rbgen");
  expect(err).toMatch(/b\.h:1:\d+: error RB\d+/);
  rmSync(folder, { recursive: true });
});
