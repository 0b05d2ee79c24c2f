import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { realHost } from "./host/machine.ts";
import { runCommand } from "./program.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-includes-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `rbgen layout a.h --json` in the folder. */
async function layout(): Promise<{ code: number; types: { name: string; size: number }[]; told: string }> {
  let out = "";
  const write = (text: string): void => {
    out += text;
  };
  const stdout = { isTTY: false, columns: 100, write };
  const code = await runCommand(["layout", "a.h", "--json", "-t", "found"], { ...realHost(), cwd: folder, stdout });
  const { types, diagnostics } = JSON.parse(out);
  return { code, types, told: diagnostics.map(({ message }: { message: string }) => message).join("\n") };
}

/** What a compiler makes of `sizeof(struct found)`; undefined where it refuses the file. */
function compiled(compiler: string): number | undefined {
  const run = spawnSync(compiler, ["-S", "-o", "-", "-x", "c", "-"], {
    cwd: folder,
    input: '#include "a.h"\nchar size[sizeof(struct found)] = { 1 };\n',
    encoding: "utf8",
  });
  const size = /\.size\s+size,\s*(\d+)/.exec(run.stdout)?.[1];
  return run.status === 0 && size !== undefined ? Number(size) : undefined;
}

describeWith(["gcc", "clang"], "the path of an include", () => {
  test.each([
    ["through a link to a folder elsewhere", '#include "link/../x.h"', 2],
    ["through a folder", '#include "plain/../x.h"', 1],
    ["through a folder in a link", '#include "link/sub/../y.h"', 3],
    ["through a folder that is not there", '#include "nowhere/../x.h"', undefined],
  ])("%s leads where it leads compilers", async (_, include, size) => {
    for (const path of ["plain", "other/deep/sub"]) mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, "x.h"), "struct found { char c[1]; };\n");
    writeFileSync(join(folder, "other/x.h"), "struct found { char c[2]; };\n");
    writeFileSync(join(folder, "other/deep/y.h"), "struct found { char c[3]; };\n");
    symlinkSync(join(folder, "other/deep"), join(folder, "link"));
    writeFileSync(join(folder, "a.h"), `${include}\n`);
    expect([compiled("gcc"), compiled("clang")]).toEqual([size, size]);
    expect((await layout()).types[0]?.size).toBe(size);
  });
});

test.each([
  ["a name of 5000 characters", "n".repeat(5000), /is in none of the folders searched/],
  ["a path through a file", "a.h/b.h", /is in none of the folders searched/],
  ["a loop of links", "loop.h", /is in none of the folders searched/],
  ["memory of the process", "/proc/self/mem", /cannot be read/],
  ["a folder", "/proc/self", /is in none of the folders searched/],
  ["a device without end", "/dev/zero", /is in none of the folders searched/],
])("an include of %s is a diagnostic", async (_, name, message) => {
  symlinkSync("loop.h", join(folder, "loop.h"));
  writeFileSync(join(folder, "a.h"), `#include "${name}"\nstruct found { char c; };\n`);
  const { code, told } = await layout();
  expect([code, told]).toEqual([1, expect.stringMatching(message)]);
});

test("an include of the kernel's log does not wait for the kernel to say more", async () => {
  writeFileSync(join(folder, "a.h"), '#include "/proc/kmsg"\nstruct found { char c; };\n');
  const { code, told } = await layout();
  expect([code, told]).toEqual([1, expect.stringMatching(/\/proc\/kmsg/)]);
});

/** Runs `work` without the rights of root, which may read everything. */
async function withoutRights<T>(work: () => Promise<T>): Promise<T> {
  const nobody = 65_534;
  const user = process.geteuid?.();
  if (user !== 0) return await work();
  process.seteuid?.(nobody);
  try {
    return await work();
  } finally {
    process.seteuid?.(user);
  }
}

test("an include that may not be read says so", async () => {
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "secret.h"), "");
  chmodSync(join(folder, "secret.h"), 0);
  writeFileSync(join(folder, "a.h"), '#include "secret.h"\nstruct found { char c; };\n');
  expect((await withoutRights(layout)).told).toMatch(/cannot be read: permission denied/);
});
