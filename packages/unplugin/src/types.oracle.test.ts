import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { build as vite } from "vite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DeclarationForm, declarationPath } from "./declaration-file.ts";
import { importInput, writeDeclarations } from "./imported.ts";
import { rbgen } from "./plugin.ts";
import { Project } from "./testing/project.ts";

const tsc = fileURLToPath(new URL("../bin/tsc", import.meta.resolve("typescript")));
const built = existsSync(new URL("../../runtime/dist/index.d.ts", import.meta.url));
let project: Project;

beforeEach(() => {
  project = new Project();
});
afterEach(() => {
  project.remove();
});

test("declarations are called as TypeScript looks for them", () => {
  expect(declarationPath("/a/types.h", "beside")).toBe("/a/types.h.d.ts");
  expect(declarationPath("/a/types.h", "arbitrary")).toBe("/a/types.d.h.ts");
  expect(declarationPath("/a.b/probe.bpf.o", "arbitrary")).toBe("/a.b/probe.bpf.d.o.ts");
});

test("what rbgen did not write is left alone", async () => {
  project.write("src/types.h.d.ts", "export {};\n");
  await expect(writeDeclarations([project.file("src/types.h")])).rejects.toThrow(/types\.h\.d\.ts is there already/);
  expect(project.read("src/types.h.d.ts")).toBe("export {};\n");
});

test("options of the configuration hold, those of one input too", async () => {
  project.write(
    "rbgen.config.json",
    JSON.stringify({ case: "preserve", inputs: [{ path: "src/types.h", int64: "number" }] }),
  );
  project.write("src/types.h", "struct my_event { unsigned long long ts_ns; };\n");
  await writeDeclarations([project.file("src/types.h")], { config: project.file("rbgen.config.json") });
  expect(project.read("src/types.h.d.ts")).toContain("readonly ts_ns: number;");
  await writeDeclarations([project.file("src/types.h")], { config: { int64: "bigint" } });
  expect(project.read("src/types.h.d.ts")).toContain("readonly tsNs: bigint;");
  await expect(
    writeDeclarations([project.file("src/types.h")], { config: { int64: "odd" as "number" } }),
  ).rejects.toThrow(/RB5008.*"bigint" or "number"/);
});

test("declarations stay in the form that they have, unless another one is asked for, whose place they take", async () => {
  const [beside, arbitrary] = ["src/types.h.d.ts", "src/types.d.h.ts"].map((name) => project.file(name));
  const there = (): boolean[] => [existsSync(beside!), existsSync(arbitrary!)];
  const header = project.file("src/types.h");
  await writeDeclarations([header]);
  expect(there()).toEqual([true, false]);
  await writeDeclarations([header], { declarations: "arbitrary" });
  expect(there()).toEqual([false, true]);
  await importInput(header, {});
  expect(there()).toEqual([false, true]);
  await writeDeclarations([header], { declarations: "beside" });
  expect(there()).toEqual([true, false]);
});

/** A block of the package's page whose first line names a file. */
function blockOf(name: string): string {
  const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  return new RegExp(`^\`\`\`\\w+\\n(// ${name}\\n.*?)^\`\`\`$`, "ms").exec(page)?.[1] ?? "";
}

const program = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct event { __u32 pid; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); __type(value, struct event); } events SEC(".maps");
const struct event *unused_event __attribute__((unused));
char LICENSE[] SEC("license") = "GPL";
`;

/** What the page sets under `nodenext`: options of TypeScript, and of the plugin. */
function underNodeNext(): { readonly options: object; readonly plugin: object } {
  const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, json = ""] = /^```json\n(.*?)^```$/ms.exec(page) ?? [];
  const [, plugin = ""] = /rbgen\.vite\((\{ declarations: "(?:arbitrary|beside)" \})\)/.exec(page) ?? [];
  const { compilerOptions } = JSON.parse(json) as { readonly compilerOptions: object };
  return { options: compilerOptions, plugin: JSON.parse(plugin.replace("declarations", '"declarations"')) as object };
}

describeWith(["clang"], "the page of the package", () => {
  test.skipIf(!built).each([
    {
      resolution: "bundler",
      settings: () => ({ options: { module: "esnext", moduleResolution: "bundler" }, plugin: {} }),
    },
    { resolution: "nodenext", settings: underNodeNext },
    {
      resolution: "node16",
      settings: () => ({ ...underNodeNext(), options: { ...underNodeNext().options, module: "node16" } }),
    },
  ])("followed as printed, is what TypeScript takes after a build, with $resolution", async ({ settings }) => {
    const { options, plugin } = settings();
    project.write("types.h", "struct event { unsigned long long ts; unsigned pid; };\n");
    project.write("probe.bpf.o", compileBpf(program));
    project.write("main.ts", blockOf("main.ts"));
    const check = (): string => {
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: "es2022",
        lib: ["es2022", "esnext.disposable", "dom"],
        types: [],
        ...options,
      };
      project.write("tsconfig.json", JSON.stringify({ compilerOptions, exclude: ["out", "src"] }));
      return spawnSync(process.execPath, [tsc, "-p", "."], { cwd: project.path, encoding: "utf8" }).stdout;
    };
    expect(check()).toMatch(/main\.ts.*types\.h/);
    await vite({
      root: project.path,
      logLevel: "silent",
      configFile: false,
      plugins: [rbgen.vite(plugin)],
      build: {
        outDir: "out",
        lib: { entry: project.file("main.ts"), formats: ["es"] },
        rollupOptions: { external: ["@rbgen/runtime/codegen/v1"] },
      },
    });
    expect(check()).toBe("");
  });
});

describe.skipIf(!built && process.env["RBGEN_REQUIRE"] !== "all")(
  built ? "TypeScript" : "TypeScript [needs a build (npm test)]",
  () => {
    test.each<[DeclarationForm, Record<string, unknown>]>([
      ["beside", { module: "esnext", moduleResolution: "bundler" }],
      ["arbitrary", { module: "esnext", moduleResolution: "bundler", allowArbitraryExtensions: true }],
      ["arbitrary", { module: "nodenext", allowArbitraryExtensions: true }],
    ])("takes an import of a header by declarations %s, with %j", async (form, options) => {
      await writeDeclarations([project.file("src/types.h")], { declarations: form });
      const compilerOptions = {
        ...options,
        strict: true,
        noEmit: true,
        target: "es2022",
        lib: ["es2022", "esnext.disposable", "dom"],
        types: [],
      };
      project.write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["src"] }));
      const check = () => spawnSync(process.execPath, [tsc, "-p", "."], { cwd: project.path, encoding: "utf8" }).stdout;
      expect(check()).toBe("");
      project.write("src/main.ts", `${project.read("src/main.ts")}export const wrong: string = event.size;\n`);
      expect(check()).toMatch(/^src\/main\.ts\(4,14\): error TS2322: Type 'number' is not assignable to type 'string'/);
    });
  },
);
