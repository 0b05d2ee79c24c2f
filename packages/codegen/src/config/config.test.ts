import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { realHost } from "../cli/host/machine.ts";
import { MemoryHost, type MemoryMachine } from "../cli/host/memory-host.ts";
import { runCommand } from "../cli/program.ts";
import { validateConfig } from "./validate.ts";

async function rbgen(args: string, machine: MemoryMachine = {}): Promise<MemoryHost & { code: number }> {
  const host = new MemoryHost(machine);
  const code = await runCommand(args === "" ? [] : args.split(" "), host);
  return Object.assign(host, { code });
}

function check(value: unknown, folder = "/w", cwd = "/w") {
  const wrong: string[] = [];
  const configuration = validateConfig(value, folder, cwd, (path, message) => wrong.push(`${path}: ${message}`));
  return { configuration, wrong };
}

test("a whole configuration passes, its paths turned to the working folder", () => {
  const { configuration, wrong } = check(
    {
      inputs: [
        "types.h",
        { path: "/abs/probe.o", output: "out/probe.ts", types: ["a*"], maps: { events: "event" } },
        "-",
      ],
      endian: "big",
      base: "base.btf",
      includePaths: ["inc"],
      quotePaths: ["q"],
      systemPaths: ["/sys/include"],
      forcedIncludes: ["vmlinux.h", "./first.h"],
      defines: { A: 1, B: "text", C: true, D: false },
      sysroot: "root",
      vmlinux: "vm",
      frontend: "clang",
      limits: { nesting: 300 },
      all: false,
      int64: "number",
      case: "preserve",
      annotations: { event: "rbgen:record", "event.comm": ["rbgen:bytes"] },
    },
    "/w/sub",
  );
  expect(wrong).toEqual([]);
  expect(configuration).toEqual({
    inputs: [
      { path: "sub/types.h" },
      { path: "/abs/probe.o", output: "sub/out/probe.ts", types: ["a*"], maps: { events: { records: "event" } } },
      { path: "-" },
    ],
    input: {
      endian: "big",
      base: "sub/base.btf",
      includePaths: ["sub/inc"],
      quotePaths: ["sub/q"],
      systemPaths: ["/sys/include"],
      forcedIncludes: ["vmlinux.h", "sub/first.h"],
      macros: [
        { name: "A", value: "1" },
        { name: "B", value: "text" },
        { name: "C", value: "1" },
        { name: "D", value: undefined },
      ],
      sysroot: "sub/root",
      vmlinux: "sub/vm",
      frontend: "clang",
      limits: { nesting: 300 },
    },
    output: {
      all: false,
      int64: "number",
      case: "preserve",
      annotations: { event: ["rbgen:record"], "event.comm": ["rbgen:bytes"] },
    },
  });
});

test("the path of a tag may be said for each record", () => {
  const tag = { hdr: "kind", open: "hdr.kind" };
  const { configuration, wrong } = check({ maps: { events: { tag, records: { hdr: 1, open: 2 } } } });
  expect(wrong).toEqual([]);
  expect(configuration.output.maps).toMatchObject({
    events: { records: "hdr,open", tag: { paths: new Map(Object.entries(tag)) } },
  });
});

test("what tells the records of a map apart is said with them", () => {
  const records = { "struct open": 1, "struct exit": [2, "EXIT"], wide: "18446744073709551615" };
  const { configuration, wrong } = check({ maps: { events: { tag: "hdr.kind", records } } });
  expect(wrong).toEqual([]);
  expect(configuration.output.maps).toEqual({
    events: {
      records: "struct open,struct exit,wide",
      tag: {
        path: "hdr.kind",
        values: new Map([
          ["struct open", ["1"]],
          ["struct exit", ["2", "EXIT"]],
          ["wide", ["18446744073709551615"]],
        ]),
      },
    },
  });
});

test.each([
  [null, ": an object is wanted, not null"],
  [[], ": an object is wanted, not a list"],
  [{ inputs: "a.h" }, "inputs: a list is wanted, not a string"],
  [Promise.resolve({}), ": an object is wanted, not a promise: export default await"],
  [new Map(), ": an object is wanted, not a Map"],
  [
    { annotations: { __proto__: ["variant=1"] } },
    "annotations: an object is wanted, not an object of another prototype",
  ],
  [{ inputs: [3] }, "inputs[0]: an object is wanted, not a number"],
  [{ inputs: [{}] }, "inputs[0].path: it is missing"],
  [{ inputs: [{ path: "" }] }, "inputs[0].path: it is empty"],
  [{ inputs: [{ path: "a.h", out: "b" }] }, "inputs[0].out: there is no such option"],
  [{ includePath: ["x"] }, 'includePath: there is no such option: did you mean "includePaths"?'],
  [{ types: [1] }, "types[0]: a string is wanted, not a number"],
  [{ all: "yes" }, "all: true or false is wanted, not a string"],
  [{ int64: "float" }, 'int64: "bigint" or "number" is wanted, not "float"'],
  [{ maps: { events: 1 } }, "maps.events: the name of a record type is wanted, or { tag, records }, not a number"],
  [{ maps: { events: { tag: "kind" } } }, "maps.events: it needs the tag, a member's path, and the records"],
  [{ maps: { events: { tag: 1, records: { a: 1 } } } }, "maps.events: tag: a string is wanted, not a number"],
  [{ maps: { events: { tag: { a: 1 }, records: { a: 1 } } } }, "maps.events: tag.a: a string is wanted, not a number"],
  [
    { maps: { events: { tag: { a: "kind" }, records: { a: 1, b: 2 } } } },
    "maps.events: tag and records name the same records, but b is in one of them alone",
  ],
  [{ maps: { events: { tag: "kind", records: { a: 1.5 } } } }, "maps.events: records.a: an integer or the name of"],
  [{ maps: { events: { tag: "kind", records: { a: [] } } } }, "maps.events: records.a: an integer or the name of"],
  [{ maps: { events: { tag: "kind", records: { a: 1 }, more: 1 } } }, "maps.events: more: there is no such option"],
  [{ defines: { A: 1.5 } }, "defines.A: a string, an integer or true or false is wanted, not a number"],
  [{ defines: { "A B": 1 } }, 'defines["A B"]: this is not the name of a macro'],
  [{ defines: { "1x": true } }, 'defines["1x"]: this is not the name of a macro'],
  [{ inputs: ["a\0.h"] }, "inputs[0]: it holds a NUL character"],
  [{ inputs: [{ path: "a\0.h" }] }, "inputs[0].path: it holds a NUL character"],
  [{ inputs: [{ path: "a.h", output: "x\0y" }] }, "inputs[0].output: it holds a NUL character"],
  [{ includePaths: ["inc", "x\0"] }, "includePaths[1]: it holds a NUL character"],
  [{ types: ["\0"] }, "types[0]: it holds a NUL character"],
  [{ sysroot: "\0" }, "sysroot: it holds a NUL character"],
  [{ defines: { A: "1\0" } }, 'defines["A"]: it holds a NUL character'],
  [{ maps: { "a\0": "event" } }, 'maps["a\\u0000"]: it holds a NUL character'],
  [{ annotations: { event: ["a", "\0"] } }, 'annotations["event"]: it holds a NUL character'],
  [{ limits: 3 }, "limits: an object is wanted, not a number"],
  [{ limits: { nesting: 501 } }, "limits.nesting: a whole number from 1 to 500 is wanted, not 501"],
  [{ limits: { nesting: "9" } }, "limits.nesting: a whole number from 1 to 500 is wanted, not a string"],
  [{ limits: { nestin: 9 } }, 'limits.nestin: there is no such option: did you mean "nesting"?'],
  [{ annotations: { event: [1] } }, "annotations.event: a string or a list of strings is wanted, not a list"],
])("%j is complained of", (value, message) => {
  const { wrong } = check(value);
  expect(wrong.some((line) => line.startsWith(message))).toBe(true);
});

test("everything that is wrong is told at once, and nothing is generated", async () => {
  const run = await rbgen("a.h", {
    files: { "/w/a.h": "struct a { int x; };", "/w/rbgen.config.ts": "" },
    configs: { "/w/rbgen.config.ts": { all: 1, case: "upper" } },
  });
  expect(run.code).toBe(1);
  expect(run.err).toContain("rbgen.config.ts: all: error RB5008: true or false is wanted, not a number");
  expect(run.err).toContain('rbgen.config.ts: case: error RB5008: "camel" or "preserve" is wanted, not "upper"');
  expect(run.written).toEqual([]);
});

test("a configuration that cannot be loaded, or that was named and is not there, is an error", async () => {
  const thrown = await rbgen("a.h", {
    files: { "/w/a.h": "", "/w/rbgen.config.ts": "" },
    configs: { "/w/rbgen.config.ts": new Error("it throws") },
  });
  expect(thrown.code).toBe(1);
  expect(thrown.err).toContain("rbgen.config.ts: error RB5007: the configuration cannot be loaded: it throws");
  const missing = await rbgen("a.h --config other.ts", { files: { "/w/a.h": "" } });
  expect(missing.err).toContain("other.ts: error RB5007: the configuration cannot be loaded: there is no such file");
});

test.each<[string, unknown]>([
  ["an object without a prototype", Object.create(null)],
  [
    "an object whose text throws",
    {
      toString() {
        throw new Error("no text");
      },
    },
  ],
  ["an error whose message is no text", Object.assign(new Error("a"), { message: { toString: null } })],
  [
    "an error whose message and code throw",
    Object.defineProperties(new Error("a"), {
      message: {
        get() {
          throw new Error("no message");
        },
      },
      code: {
        get() {
          throw new Error("no code");
        },
      },
    }),
  ],
  ["a symbol", Symbol("a")],
  ["undefined", undefined],
  ["a number", 5],
  ["an error whose message is a number", Object.assign(new Error("a"), { message: 5 })],
])("a configuration that throws %s cannot be loaded, and is no bug of ours", async (_, thrown) => {
  class Throwing extends MemoryHost {
    override loadConfig(): Promise<unknown> {
      return Promise.reject(thrown);
    }
  }
  const host = new Throwing({ files: { "/w/a.h": "", "/w/rbgen.config.ts": "" } });
  expect(await runCommand(["a.h"], host)).toBe(1);
  expect(host.err).toContain("rbgen.config.ts: error RB5007: the configuration cannot be loaded: ");
});

test("inputs of the configuration are used where the command line names none, and its options give way", async () => {
  const machine: MemoryMachine = {
    files: { "/w/a.h": "struct a { char c[N]; };", "/w/rbgen.config.ts": "" },
    configs: { "/w/rbgen.config.ts": { inputs: [{ path: "a.h", output: "gen/a.ts" }], defines: { N: 3 } } },
  };
  const layout = await rbgen("layout a.h --json", machine);
  expect(JSON.parse(layout.out).types[0].size).toBe(3);
  const stronger = await rbgen("layout a.h --json -DN=5", machine);
  expect(JSON.parse(stronger.out).types[0].size).toBe(5);
  const none = await rbgen("", machine);
  expect(none.err).toContain("cannot write gen/a.ts: its folder does not exist");
});

test("limits of a configuration and of the command line hold for headers", async () => {
  const machine: MemoryMachine = {
    files: { "/w/a.h": "struct a { struct { struct { int x; }; }; };", "/w/rbgen.config.ts": "" },
    configs: { "/w/rbgen.config.ts": { limits: { nesting: 2 } } },
  };
  const refused = await rbgen("layout a.h", machine);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(
    /RB2012: structs nest deeper than 2[\s\S]*hint: --limit nesting=NUMBER raises it, up to 500/,
  );
  expect((await rbgen("layout a.h --limit nesting=3", machine)).code).toBe(0);
  const wrong = await rbgen("layout a.h --limit nesting=0", machine);
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain("For nesting a whole number from 1 to 500 is wanted.");
});

test("an annotation for one of several inputs is no mistake in the others, and one for none is", async () => {
  const annotations = { "a.data": "bytes", "b.data": "bytes", "nosuch.data": "bytes" };
  const run = await rbgen("", {
    files: {
      "/w/a.h": "struct a { char data[4]; };",
      "/w/b.h": "struct b { char data[4]; };",
      "/w/rbgen.config.ts": "",
    },
    configs: { "/w/rbgen.config.ts": { inputs: ["a.h", "b.h"], annotations } },
  });
  expect(run.code).toBe(0);
  expect(run.text("/w/a.gen.ts")).toMatch(/data: OwnedBytes/);
  expect(run.text("/w/b.gen.ts")).toMatch(/data: OwnedBytes/);
  expect(run.err.match(/RB4006/g)).toHaveLength(1);
  expect(run.err).toContain("the configuration annotates nosuch.data, which no input defines");
  const meant = await rbgen("", {
    files: { "/w/a.h": "struct event { int n; };", "/w/b.h": "struct b { int n; };", "/w/rbgen.config.ts": "" },
    configs: { "/w/rbgen.config.ts": { inputs: ["a.h", "b.h"], annotations: { "evnet.n": "bool" } } },
  });
  expect(meant.err).toContain('did you mean "event.n"?');
});

test("of a part of a configuration's inputs, annotations of the others are no mistake, and its own are", async () => {
  const machine = (annotations: Record<string, string>) => ({
    files: {
      "/w/a.h": "struct a { char data[4]; };",
      "/w/b.h": '#include "a.h"\nstruct b { char data[4]; };',
      "/w/rbgen.config.ts": "",
    },
    configs: { "/w/rbgen.config.ts": { inputs: ["a.h", "*.h"], annotations } },
  });
  const both = { "a.data": "bytes", "nosuch.data": "bytes" };
  for (const args of ["b.h", "a.h", "schema b.h"]) {
    const run = await rbgen(args, machine(both));
    expect([run.code, run.err], args).toEqual([0, expect.not.stringContaining("RB4006")]);
  }
  expect((await rbgen("a.h", machine({ "a.dat": "bytes" }))).err).toContain('did you mean "a.data"?');
  for (const args of ["", "a.h b.h"]) {
    const run = await rbgen(args, machine(both));
    expect(run.err.match(/RB4006.*/g), args).toEqual([
      "RB4006: the configuration annotates nosuch.data, which no input defines",
    ]);
  }
});

test("an annotation of what inputs include and none generates is told of once", async () => {
  const run = await rbgen("", {
    files: {
      "/w/common.h": "struct common { char data[4]; };",
      "/w/a.h": '#include "common.h"\nstruct a { int n; };',
      "/w/b.h": '#include "common.h"\nstruct b { int n; };',
      "/w/rbgen.config.ts": "",
    },
    configs: { "/w/rbgen.config.ts": { inputs: ["a.h", "b.h"], annotations: { "common.data": "bytes" } } },
  });
  expect(run.err.match(/RB4006.*/g)).toEqual([
    "RB4006: the configuration annotates common.data, which is no type or member that is generated",
  ]);
});

test.each([
  [{ typ: ["a"] }, 'did you mean "typedArrays", "types" or "typesFrom"?'],
  [{ inp: ["a.h"] }, 'did you mean "inputs"?'],
  [{ out: "gen.ts" }, "output is of one input: inputs: [{ path"],
  [{ output: "gen.ts" }, "output is of one input: inputs: [{ path"],
  [{ inputs: [{ path: "a.h", out: "gen.ts" }] }, 'did you mean "output"?'],
])("an unknown key in %j is told with what was meant", async (config, meant) => {
  const run = await rbgen("", { files: { "/w/rbgen.config.ts": "" }, configs: { "/w/rbgen.config.ts": config } });
  expect([run.code, run.err]).toEqual([1, expect.stringContaining(`there is no such option: ${meant}`)]);
});

test.each([
  ["rbgen.config.ts", "export const inputs = [];\n", "it has no default export"],
  ["rbgen.config.ts", "\n", "it has no default export: write export default defineConfig({"],
  // As a shell makes it before the command runs that fills it: it says nothing, of N neither.
  ["rbgen.config.ts", "", "'N' is not defined"],
  ["rbgen.config.ts", "export default null;\n", "its default export: an object is wanted, not null"],
  ["rbgen.config.ts", "export default undefined;\n", "its default export: an object is wanted, not undefined"],
  ["rbgen.config.js", "module.exports = null;\n", "its default export: an object is wanted, not null"],
  ["rbgen.config.js", "module.exports = 5;\n", "its default export: an object is wanted, not a number"],
  ["rbgen.config.ts", "throw new TypeError('mine')\n", "the configuration cannot be loaded: mine"],
  ["rbgen.config.js", "module.exports = { defines: { N: 7 } };\n", undefined],
])("%s that holds %j is loaded for its default export", async (name, text, fault) => {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-config-"));
  try {
    writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, "a.h"), "struct a { char c[N]; };");
    let err = "";
    const stream = (write: (text: string) => void) => ({ isTTY: false, columns: 80, write });
    const code = await runCommand(["layout", "a.h"], {
      ...realHost(),
      cwd: folder,
      stdout: stream(() => {}),
      stderr: stream((more) => {
        err += more;
      }),
    });
    expect({ code, told: fault === undefined || err.includes(fault) }, err).toEqual({
      code: fault === undefined ? 0 : 1,
      told: true,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a configuration in TypeScript is loaded from disk, with defineConfig from rbgen", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-config-"));
  try {
    writeFileSync(
      join(folder, "rbgen.config.ts"),
      'import { defineConfig } from "rbgen";\nconst n: number = 7;\nexport default defineConfig({ defines: { N: n } });\n',
    );
    writeFileSync(join(folder, "a.h"), "struct a { char c[N]; };");
    const out: string[] = [];
    const stdout = { isTTY: false, columns: 80, write: (text: string) => void out.push(text) };
    const code = await runCommand(["layout", "a.h", "--json"], { ...realHost(), cwd: folder, stdout });
    expect(code).toBe(0);
    expect(JSON.parse(out.join("")).types[0].size).toBe(7);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
