import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DeclarationForm, declarationPath } from "./declaration-file.ts";
import { writeDeclarations } from "./imported.ts";
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
