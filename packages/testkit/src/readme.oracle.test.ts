import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith, findProgram } from "./tools.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bin = join(root, "packages/codegen/bin/rbgen.mjs");

/** Blocks of the README whose first line names a file. */
const files = new Map(
  [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```(?:c|ts)\n\/\/ (\S+)\n(.*?)^```$/gms)].map(
    ([, name = "", text = ""]) => [name, text],
  ),
);

describeWith(["vmlinux", "bpftool", "clang"], "the examples of the README, as a user would follow them", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rbgen-readme-"));
    mkdirSync(join(folder, "node_modules/@rbgen"), { recursive: true });
    for (const name of ["btf", "native", "runtime"]) {
      symlinkSync(join(root, "packages", name), join(folder, "node_modules/@rbgen", name));
    }
    symlinkSync(join(root, "node_modules/@types"), join(folder, "node_modules/@types"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    const options = {
      ...{ strict: true, target: "es2022", module: "nodenext", lib: ["es2022", "esnext.disposable", "dom"] },
      ...{ types: ["node"], rewriteRelativeImportExtensions: true, outDir: "out", skipLibCheck: true },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("rbgen makes what they import", () => {
    expect([...files.keys()]).toEqual(["probe.bpf.c", "watch.ts", "emulated.ts", "native.ts", "events.h", "read.ts"]);
    const made = spawnSync(process.execPath, [bin, "probe.bpf.c"], { cwd: folder, encoding: "utf8" });
    expect(made.status).toBe(0);
    const [, said = ""] = /^```\n(events: .*)\n/m.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
    expect(made.stderr.split("\n")[0]).toBe(said);
    execFileSync(process.execPath, [bin, "events.h"], { cwd: folder, stdio: "pipe" });
  });

  test("the probe compiles, and rbgen reads its object", () => {
    const dump = ["btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"];
    const header = execFileSync(findProgram("bpftool") ?? "bpftool", dump, { maxBuffer: 2 ** 26 });
    writeFileSync(join(folder, "vmlinux.h"), header);
    const flags = ["-O2", "-g", "-target", "bpf", "-I", "."];
    execFileSync("clang", [...flags, "-c", "probe.bpf.c", "-o", "probe.bpf.o"], { cwd: folder, stdio: "pipe" });
    // clang leaves records out that nothing refers to: what stays is maps, programs and variables.
    execFileSync(process.execPath, [bin, "probe.bpf.o", "-o", "object.gen.ts"], { cwd: folder, stdio: "pipe" });
    expect(readFileSync(join(folder, "object.gen.ts"), "utf8")).toContain("export const maps: {");
  });

  test("they compile", () => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    expect(spawnSync(process.execPath, [tsc, "-p", "."], { cwd: folder, encoding: "utf8" }).stdout).toBe("");
  });

  test("those that need no kernel print what their comments say", async () => {
    const read = spawnSync(process.execPath, ["out/read.js"], { cwd: folder, encoding: "utf8" });
    expect([read.stdout, read.stderr]).toEqual(["7 1000 /etc/hosts\n", ""]);
    const child = spawn(process.execPath, ["out/emulated.js"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        expect(line).toBe("7 sh");
        return;
      }
      throw new Error("it printed nothing");
    } finally {
      child.kill();
    }
  });
});
