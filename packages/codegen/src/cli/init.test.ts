import { describe, expect, test } from "vitest";
import { MemoryHost, type MemoryMachine } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const manifest = '{\n\t"name": "app",\n\t"scripts": {\n\t\t"test": "vitest"\n\t}\n}\n';
const project: NonNullable<MemoryMachine["files"]> = {
  "/w/.git/HEAD": "",
  "/w/package.json": manifest,
  "/w/bpf/probe.bpf.c": "struct event { int x; };\n",
};

async function init(host: MemoryHost, ...args: string[]): Promise<string> {
  host.out = "";
  host.err = "";
  host.written.length = 0;
  expect(await runCommand(["init", ...args], host)).toBe(0);
  return host.err;
}

describe("rbgen init", () => {
  test("writes the configuration, scripts and attributes, and prints a step for CI", async () => {
    // A pattern with folders is for the real machine: here the input is named.
    const host = new MemoryHost({ files: project });
    await init(host, "bpf/probe.bpf.c");
    expect(host.text("/w/rbgen.config.ts")).toBe(
      'import { defineConfig } from "rbgen";\n\nexport default defineConfig({\n  inputs: [\n    "bpf/probe.bpf.c",\n  ],\n});\n',
    );
    expect(host.text("/w/package.json")).toBe(
      '{\n\t"name": "app",\n\t"scripts": {\n\t\t"test": "vitest",\n\t\t"generate": "rbgen",\n\t\t"generate:check": "rbgen --check"\n\t}\n}\n',
    );
    expect(host.text("/w/.gitattributes")).toContain("*.gen.ts linguist-generated=true\n");
    expect(host.out).toBe("- name: Generated files are fresh\n  run: npx rbgen --check --diagnostics github\n");
  });

  test("warns of an input that is not there", async () => {
    const host = new MemoryHost({ files: project });
    const told = await init(host, "bpf/prob.bpf.c");
    expect(told).toContain("bpf/prob.bpf.c: warning RB5001: there is no bpf/prob.bpf.c yet");
    expect(told).toContain('hint: did you mean "bpf/probe.bpf.c"?\n    make it, then run rbgen;');
    expect(host.text("/w/rbgen.config.ts")).toContain('"bpf/prob.bpf.c"');
  });

  test("looks again at what the configuration names, and says what is next", async () => {
    const host = new MemoryHost({ files: project });
    const next = "make it, then run rbgen; or name what is there in rbgen.config.json: rbgen init --force INPUT";
    expect(await init(host, "late.h", "--config", "rbgen.config.json")).toContain(next);
    const again = await init(host);
    expect(again).toContain("late.h: warning RB5001: there is no late.h yet");
    expect(again).toContain(next);
    expect(again).not.toContain("everything is there");
    host.contents.set("/w/late.h", new Uint8Array([10]));
    expect(await init(host)).toMatch(/^everything is there already\n/);
  });

  test("changes nothing when it is run again", async () => {
    const configs = { "/w/rbgen.config.ts": { inputs: ["bpf/probe.bpf.c"] } };
    const host = new MemoryHost({ files: project, configs });
    await init(host, "bpf/probe.bpf.c", "--workflow");
    expect(host.written).toHaveLength(4);
    const told = await init(host, "bpf/probe.bpf.c", "--workflow");
    expect([host.written, told]).toEqual([[], "everything is there already\n"]);
    await init(host);
    expect(host.written).toEqual([]);
  });

  test("keeps what is there, unless it is told otherwise", async () => {
    const files = {
      ...project,
      "/w/rbgen.config.json": '{ "inputs": [] }\n',
      "/w/package.json": '{ "scripts": { "generate": "mine" } }',
      "/w/.gitattributes": "*.gen.ts -linguist-generated\n*.bin binary",
    };
    const host = new MemoryHost({ files });
    const told = await init(host, "bpf/probe.bpf.c");
    expect(told).toContain("rbgen.config.json is left as it is: what it holds would be lost\n");
    expect(told).toContain('package.json is left as it is: its script "generate" would be lost\n');
    expect(told).toContain("--force replaces what is there\n");
    expect(host.text("/w/rbgen.config.json")).toBe(files["/w/rbgen.config.json"]);
    expect(host.text("/w/package.json")).toBe(files["/w/package.json"]);
    expect(host.text("/w/.gitattributes")).toMatch(
      /^\*\.gen\.ts -linguist-generated\n\*\.bin binary\n\*\.gen\.js linguist/,
    );
    await init(host, "bpf/probe.bpf.c", "--force");
    expect(JSON.parse(host.text("/w/rbgen.config.json")!)).toEqual({
      $schema: "./node_modules/rbgen/schema/rbgen.config.schema.json",
      inputs: ["bpf/probe.bpf.c"],
    });
    expect(JSON.parse(host.text("/w/package.json")!).scripts.generate).toBe("rbgen");
  });

  test("asks where somebody is there to be asked", async () => {
    const files = {
      ...project,
      "/w/rbgen.config.ts": "mine",
      "/w/package.json": '{ "scripts": { "generate": "mine" } }',
    };
    const host = new MemoryHost({ files, answers: [true, false] });
    const told = await init(host, "bpf/probe.bpf.c");
    expect(told).toContain("rbgen.config.ts: what it holds would be lost. Replace it?");
    expect(host.text("/w/rbgen.config.ts")).toContain("bpf/probe.bpf.c");
    expect(host.text("/w/package.json")).toContain("mine");
  });

  test("writes what rbgen then generates by, as JSON too", async () => {
    for (const name of ["rbgen.config.json", "other.json"]) {
      const host = new MemoryHost({ files: project });
      await init(host, "bpf/probe.bpf.c", "--config", name);
      expect(await runCommand(["--all", "--config", name], host)).toBe(0);
      expect(host.text("/w/bpf/probe.gen.ts")).toContain("decodeEvent");
    }
  });

  test("makes no configuration that would go before one above, unless it is told to", async () => {
    const files = { ...project, "/w/rbgen.config.json": '{ "inputs": ["bpf/probe.bpf.c"] }' };
    const host = new MemoryHost({ files, cwd: "/w/bpf" });
    expect(await runCommand(["init", "probe.bpf.c"], host)).toBe(2);
    expect(host.err).toContain("../rbgen.config.json is the configuration here, and another one would go before it");
    expect(host.written).toEqual([]);
    await init(host, "probe.bpf.c", "--force");
    expect(host.written).toContain("/w/bpf/rbgen.config.ts");
  });

  test("says what it lacks", async () => {
    const host = new MemoryHost({ files: { "/w/types.h": "struct a { int x; };" } });
    expect(await runCommand(["init"], host)).toBe(2);
    expect(host.err).toContain("there is no .bpf.c and no .bpf.o here: name the inputs");
    expect(await init(host, "types.h")).toContain("there is no package.json here");
    // Without a repository there is nobody to read attributes.
    expect(host.text("/w/.gitattributes")).toBeUndefined();
    const broken = new MemoryHost({ files: { ...project, "/w/package.json": "{" } });
    expect(await runCommand(["init", "bpf/probe.bpf.c"], broken)).toBe(1);
    expect(broken.err).toContain("package.json: error RB5007");
    expect(broken.written).toEqual([]);
    const missing = new MemoryHost({ files: project });
    expect(await runCommand(["init", "bpf/*.h"], missing)).toBe(1);
    expect(missing.err).toContain("RB5001");
  });
});
