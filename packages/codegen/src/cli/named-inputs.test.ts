import { expect, test } from "vitest";
import { MemoryHost, type MemoryMachine } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const header = "struct event { unsigned long long ts; unsigned int pid; };\n";
const files = { "/w/bpf/b.h": header, "/w/bpf/a.h": header, "/w/bpf/a.gen.ts": "", "/w/other/c.h": header };

async function rbgen(args: readonly string[], machine: MemoryMachine): Promise<MemoryHost & { code: number }> {
  const host = new MemoryHost(machine);
  return Object.assign(host, { code: await runCommand(args, host) });
}

test("a pattern is the files that it means, in order, without what was generated", async () => {
  const run = await rbgen(["bpf/*"], { files });
  expect(run.written).toEqual(["/w/bpf/a.gen.ts", "/w/bpf/b.gen.ts"]);
  expect((await rbgen(["list", "?pf/[ab].h", "--json"], { files })).out).toMatch(/bpf\/a\.h[\s\S]*bpf\/b\.h/);
  expect((await rbgen(["layout", "*/[!ab].h"], { files })).out).toContain("struct event");
});

test("a pattern in the configuration is seen from its folder, and each file has the settings that stand with it", async () => {
  const configs = { "/w/rbgen.config.ts": { inputs: [{ path: "bpf/*.h", output: "gen/", int64: "number" }] } };
  const machine = { files: { ...files, "/w/rbgen.config.ts": "-", "/w/.git": "" }, configs };
  for (const cwd of ["/w", "/w/other"]) {
    const run = await rbgen([], { ...machine, cwd });
    expect(run.written).toEqual(["/w/gen/a.gen.ts", "/w/gen/b.gen.ts"]);
    expect(run.text("/w/gen/a.gen.ts")).toContain("ts: number");
  }
});

test("a file that is called like a pattern is that file, and a pattern that means nothing is told", async () => {
  expect((await rbgen(["[a].h"], { files: { "/w/[a].h": header, "/w/a.h": header } })).written).toEqual([
    "/w/[a].gen.ts",
  ]);
  const none = await rbgen(["no/*.h"], { files });
  expect(none).toMatchObject({ code: 1, written: [] });
  expect(none.err).toBe("no/*.h: error RB5001: no file matches no/*.h\n  hint: it is looked for in /w\n");
});

test("a file that is not there is told with one beside it that may be meant, and with none where none is near", async () => {
  expect((await rbgen(["bpf/aa.h"], { files })).err).toContain('hint: did you mean "bpf/a.h"');
  expect((await rbgen(["bpf/something.h"], { files })).err).not.toContain("hint");
});

test("what is told of an input calls it as it was given", async () => {
  const run = await rbgen(["bpf/../bpf/a.h", "--type", "nosuch"], { files });
  expect(run.err).toMatch(/^bpf\/\.\.\/bpf\/a\.h: error RB5004/);
});

test.each(["namespace a { struct event { int x; }; }", "#include <cstdint>\nstruct event { std::uint32_t x; };"])(
  "of C++ nothing is told but that it is none: %j",
  async (text) => {
    const { err, code } = await rbgen(["a.hpp"], { files: { "/w/a.hpp": text } });
    expect(code).toBe(1);
    expect(err.match(/ error /g)).toHaveLength(1);
    expect(err).toContain("a.hpp: error RB5003: the input is C++, and rbgen reads C");
  },
);

test("help of a command that there is not says so", async () => {
  expect(await rbgen(["help", "layuot"], {})).toMatchObject({
    code: 2,
    err: 'error: there is no command "layuot": did you mean "layout"?\n',
  });
  expect((await rbgen(["help", "help"], {})).code).toBe(0);
  expect((await rbgen(["help", "layout"], {})).out).toContain("Usage: rbgen layout");
});

test("a file that is named by itself is not of a pattern, and has its own settings; one that is named twice is read once", async () => {
  const config = { inputs: ["bpf/*.h", { path: "bpf/a.h", output: "special.ts", int64: "number" }] };
  const machine = {
    files: { ...files, "/w/rbgen.config.json": JSON.stringify(config) },
  };
  const run = await rbgen([], machine);
  expect(run).toMatchObject({ code: 0, written: ["/w/bpf/b.gen.ts", "/w/special.ts"] });
  expect(run.text("/w/special.ts")).toContain("ts: number");
  for (const args of [
    ["bpf/a.h", "bpf/*.h"],
    ["bpf/*.h", "bpf/[ab].h", "bpf/./a.h"],
    ["bpf/b.h", "./bpf/b.h", "bpf/a.h", "bpf/a.h"],
  ]) {
    const again = await rbgen(args, { files });
    expect([...again.written].sort(), again.err).toEqual(["/w/bpf/a.gen.ts", "/w/bpf/b.gen.ts"]);
    expect(again.code).toBe(0);
  }
  const twice = { inputs: ["bpf/*.h", { path: "bpf/[a].h", int64: "number" }] };
  const refused = await rbgen([], { files: { ...files, "/w/rbgen.config.json": JSON.stringify(twice) } });
  expect(refused.err).toContain("RB5006");
});

test("what an input is called may hold line ends and what ends a comment, and its output is known again", async () => {
  const host = new MemoryHost({ files: { "/w/a\nb*/@c.h": header } });
  expect(await runCommand(["a\nb*/@c.h"], host)).toBe(0);
  host.contents.set("/w/a\nb*/@c.h", new TextEncoder().encode("struct other { int x; };\n"));
  expect(await runCommand(["a\nb*/@c.h"], host)).toBe(0);
  expect(host.text(host.written[0]!)).toContain("decodeOther");
});

test("a configuration that another goes before is warned of, and one without inputs is named", async () => {
  const both = { ...files, "/w/rbgen.config.json": '{ "inputs": ["bpf/b.h"] }', "/w/rbgen.config.ts": "-" };
  const configs = { "/w/rbgen.config.ts": { inputs: ["bpf/a.h"] } };
  const run = await rbgen([], { files: both, configs });
  expect(run.written).toEqual(["/w/bpf/a.gen.ts"]);
  expect(run.err).toContain(
    "rbgen.config.json: warning RB5022: it is not read: rbgen.config.ts goes before it\n  hint: remove one of them",
  );
  const named = await rbgen(["--config", "rbgen.config.json"], { files: both, configs });
  expect(named.err).not.toContain("RB5022");
  const none = await rbgen([], { files: { "/w/rbgen.config.json": "{}" } });
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining("as rbgen.config.json names none") });
});

test("outside of a repository, the configuration is that of the nearest folder with a package.json", async () => {
  const configs = { "/w/rbgen.config.ts": { int64: "number" } };
  const there = { "/w/a/b/c.h": header, "/w/rbgen.config.ts": "-" };
  const packaged = await rbgen(["c.h"], { files: { ...there, "/w/package.json": "{}" }, configs, cwd: "/w/a/b" });
  expect(packaged.text("/w/a/b/c.gen.ts")).toContain("ts: number");
  const nearer = { ...there, "/w/package.json": "{}", "/w/a/package.json": "{}" };
  for (const files of [there, nearer]) {
    const run = await rbgen(["c.h"], { files, configs, cwd: "/w/a/b" });
    expect(run.text("/w/a/b/c.gen.ts")).toContain("ts: bigint");
  }
});
