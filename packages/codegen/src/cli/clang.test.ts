import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

test("without clang, and where clang refuses, the error says so and what to do", async () => {
  const files = { "/w/a.h": "struct a { int x; };", "/tmp/rbgen-test/x": "" };
  const none = new MemoryHost({ files });
  expect(await runCommand(["layout", "a.h", "--frontend", "clang"], none)).toBe(1);
  expect(none.err).toMatch(/^a\.h: error RB5010: --frontend clang needs clang/);
  const stderr = `${Array.from({ length: 20 }, (_, index) => `line ${index}`).join("\n")}\n`;
  const calls: (readonly string[])[] = [];
  const refusing = new MemoryHost({
    files,
    run: (_, args) => {
      calls.push(args);
      return { status: 1, stdout: new Uint8Array(), stderr };
    },
  });
  const args = ["layout", "a.h", "--frontend", "clang", "-Iinc", "-DX=1", "-UY", "-include", "z.h", "--endian", "big"];
  expect(await runCommand(args, refusing)).toBe(1);
  expect(refusing.err).toContain("note: line 0\n    line 1\n");
  expect(refusing.err).toContain("… and 8 lines more");
  expect(calls[0]).toEqual(expect.arrayContaining(["bpfeb", "-I/w/inc", "-DX=1", "-UY", "-include", "z.h"]));
  expect(refusing.text("/tmp/rbgen-test/unit.c")).toBe('#include "/w/a.h"\n');
});
