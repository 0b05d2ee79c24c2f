import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import * as runtime from "@rbgen/runtime";
import * as v1 from "@rbgen/runtime/codegen/v1";
import { describeWith, findProgram } from "@rbgen/testkit/tools";
import ts from "typescript";
import * as vitest from "vitest";
import * as vm from "./index.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const named = /^```(?:c|ts)\n\/\/ (\S+)\n(.*?)^```$/gms;

/** Blocks of a page whose first line names a file, with that line: lines of C are counted from it. */
function filesOf(page: string): Map<string, string> {
  const text = readFileSync(join(root, page), "utf8");
  return new Map([...text.matchAll(named)].map(([, name = "", body = ""]) => [name, `// ${name}\n${body}`]));
}

const files = filesOf("docs/testing-bpf-programs.md");
const probe = filesOf("README.md").get("probe.bpf.c") ?? "";
const tests = [...files].filter(([name]) => name.endsWith(".test.ts"));

describeWith(["vmlinux", "bpftool", "clang"], "the examples of the page on BPF programs", () => {
  const before = process.cwd();
  const modules = new Map<string, unknown>([
    ["node:fs", { readFileSync, writeFileSync }],
    ["vitest", vitest],
    ["@rbgen/runtime", runtime],
    ["@rbgen/runtime/codegen/v1", v1],
    ["@rbgen/vm", vm],
  ]);
  let folder: string;

  /** Runs one file, whose imports are the modules that there are by now. */
  function run(name: string, text: string): void {
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    const exports = {};
    const load = (from: string): unknown => {
      if (!modules.has(from)) throw new Error(`${name} imports ${from}`);
      return modules.get(from);
    };
    compileFunction(outputText, ["exports", "require"], { filename: name })(exports, load);
    modules.set(`./${name}`, exports);
  }

  const compile = (name: string): void => {
    const include = ["-I", ".", "-I", join(root, "packages/codegen/include")];
    const triplet = execFileSync("gcc", ["-print-multiarch"], { encoding: "utf8" }).trim();
    const flags = ["-O2", "-g", "-target", "bpf", ...include, `-I/usr/include/${triplet}`];
    execFileSync("clang", [...flags, "-c", `${name}.bpf.c`, "-o", `${name}.bpf.o`], { cwd: folder, stdio: "pipe" });
  };

  vitest.beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rbgen-page-"));
    const dump = ["btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"];
    const header = execFileSync(findProgram("bpftool") ?? "bpftool", dump, { maxBuffer: 2 ** 26 });
    writeFileSync(join(folder, "vmlinux.h"), header);
    writeFileSync(join(folder, "probe.bpf.c"), probe);
    for (const [name, text] of files) if (name.endsWith(".c")) writeFileSync(join(folder, name), text);
    for (const name of ["probe.bpf.c", ...files.keys()]) if (name.endsWith(".bpf.c")) compile(name.slice(0, -6));
    process.chdir(folder);
    for (const name of ["probe", "counts"]) run(`${name}.gen.ts`, generated(name));
  });

  vitest.afterAll(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });

  function generated(name: string): string {
    const bin = join(root, "packages/codegen/bin/rbgen.mjs");
    execFileSync(process.execPath, [bin, `${name}.bpf.c`], { cwd: folder, stdio: "pipe" });
    return readFileSync(join(folder, `${name}.gen.ts`), "utf8");
  }

  for (const [name, text] of tests) {
    vitest.describe(name, () => {
      // modules of the page are there once the folder is: a file's tests are found when it is run
      const found: [string, () => Promise<void>][] = [];
      const collect = { ...vitest, test: (title: string, body: () => Promise<void>) => found.push([title, body]) };
      const titles = [...text.matchAll(/^test\("(.*)", async/gm)].map(([, title = ""]) => title);
      vitest.beforeAll(() => {
        modules.set("vitest", collect);
        run(name, text);
      });
      vitest.test.each(titles)("%s", async (title) => {
        await found.find(([one]) => one === title)?.[1]();
        vitest.expect(found.map(([one]) => one)).toContain(title);
      });
    });
  }

  vitest.test("coverage was written where the page says", () => {
    vitest.expect(readFileSync(join(folder, "lcov.info"), "utf8")).toMatch(/^TN:\nSF:.*counts\.bpf\.c\n/);
  });
});

vitest.test("every test of the page is run", () => {
  const titles = tests.flatMap(([, text]) => [...text.matchAll(/^test\(/gm)]);
  vitest.expect(titles).toHaveLength(9);
});
