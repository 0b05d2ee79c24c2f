// Compiles the demo's BPF programs: `node scripts/compile-object.mjs` writes bpf/demo.bpf.o and bpf/machine.bpf.o, which are
// committed, so that the demo needs no compiler. A test compares them with what this gives.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The clang that the committed object is of: another one may give other instructions. */
export const clangVersion = "14.0.6";

function run(command, args) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}:\n${stderr}`);
  return stdout;
}

/** Version of the clang of this machine; undefined without one. */
export function installedClang() {
  return /version (\d+\.\d+\.\d+)/.exec(spawnSync("clang", ["--version"], { encoding: "utf8" }).stdout ?? "")?.[1];
}

/** The objects: one that makes its records up, for any machine, and one that records what this machine does. */
export const objects = ["demo", "machine"];

/** An object's bytes: without debug information but BTF, and without a path of this machine. */
export function compileObject(name) {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-demo-"));
  const object = join(folder, `${name}.bpf.o`);
  // On Debian and Ubuntu, asm/types.h is in a folder that clang does not look into for BPF.
  const system = `/usr/include/${run("gcc", ["-print-multiarch"]).trim()}`;
  const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror", "-fdebug-compilation-dir=."];
  try {
    run("clang", [
      ...flags,
      "-I",
      "../../packages/codegen/include",
      "-I",
      system,
      "-c",
      `bpf/${name}.bpf.c`,
      "-o",
      object,
    ]);
    run("llvm-strip", ["-g", object]);
    return readFileSync(object);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of objects) writeFileSync(join(root, `bpf/${name}.bpf.o`), compileObject(name));
}
