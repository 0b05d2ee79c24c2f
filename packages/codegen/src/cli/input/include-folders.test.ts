import { expect, test } from "vitest";
import { MemoryHost } from "../host/memory-host.ts";
import { runCommand } from "../program.ts";

const files = { "/w/a.h": "struct a { int x; };\n", "/w/inc/b.h": "" };

test.each(["-I nope", "-isystem nope", "-iquote nope", "--sysroot nope", "-I /nope", "-I a.h"])(
  "a folder that is not there is a warning: %s",
  async (option) => {
    const host = new MemoryHost({ files });
    expect(await runCommand(["list", "a.h", ...option.split(" "), "--json"], host)).toBe(0);
    const [name, folder = ""] = option.split(" ");
    expect(JSON.parse(host.out).diagnostics).toMatchObject([
      { code: "RB5015", severity: "warning", message: `${name} ${folder} is no folder, so nothing is found there` },
    ]);
  },
);

test("it is told once for several inputs, and a folder that is there is nothing to tell", async () => {
  const host = new MemoryHost({ files: { ...files, "/w/c.h": "struct c { int x; };\n" } });
  expect(await runCommand(["list", "a.h", "c.h", "-Inope", "-Iinc"], host)).toBe(0);
  expect(host.err.match(/RB5015/g)).toHaveLength(1);
  expect(host.err).toContain("nope: warning RB5015: -I nope is no folder, so nothing is found there\n");
  expect(host.err).toContain("hint: it is looked for in /w\n");
});

test("a configuration's folder is one of them", async () => {
  const configs = { "/w/rbgen.config.ts": { inputs: ["a.h"], includePaths: ["gone"] } };
  const host = new MemoryHost({ files: { ...files, "/w/rbgen.config.ts": "" }, configs });
  expect(await runCommand(["list", "a.h"], host)).toBe(0);
  expect(host.err).toContain("gone: warning RB5015");
});
