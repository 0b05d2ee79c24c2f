// The addon by the C compiler alone: a few files and no dependency need no build system, and nothing is downloaded.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the package. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = readdirSync(join(root, "addon"))
  .filter((name) => name.endsWith(".c"))
  .sort();
export const compilers = {
  x64: [process.env.CC, process.arch === "x64" ? "cc" : undefined, "x86_64-linux-gnu-gcc"],
  arm64: [process.arch === "arm64" ? "cc" : undefined, "aarch64-linux-gnu-gcc"],
};

/**
 * Warnings are errors. No fortify and no stack protector, whose helpers tie a binary to one libc; no start files and no
 * named libc either: the symbols that are left are bound to the libc of the process, glibc's or musl's. Never unloaded,
 * since libbpf keeps a pointer to its log callback.
 */
export const flags = [
  "-std=gnu11",
  "-O2",
  "-g1",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-fPIC",
  "-fvisibility=hidden",
  "-fno-stack-protector",
  "-U_FORTIFY_SOURCE",
];
export const linkFlags = ["-shared", "-nostdlib", "-Wl,-z,nodelete", "-Wl,-z,lazy", "-Wl,--build-id=sha1"];

/** Node's headers: beside the executable, else from the package node-api-headers. */
export function headers() {
  const beside = join(dirname(dirname(process.execPath)), "include", "node");
  if (existsSync(join(beside, "node_api.h"))) return beside;
  try {
    return createRequire(import.meta.url)("node-api-headers").include_dir;
  } catch {
    return undefined;
  }
}

function works(compiler) {
  return spawnSync(compiler, ["--version"], { stdio: "ignore" }).status === 0;
}

/** Compiles for `arch` into `output`; returns what went wrong, or undefined. */
export function compile(compiler, output, extra = []) {
  const include = headers();
  if (include === undefined) return "Node's headers are neither beside the executable nor in node-api-headers";
  mkdirSync(dirname(output), { recursive: true });
  const partial = `${output}.${process.pid}`;
  const files = sources.map((name) => join("addon", name));
  // from one folder, whose path is in no binary: who builds it makes no difference
  const done = spawnSync(
    compiler,
    [...flags, `-ffile-prefix-map=${root}=.`, `-I${include}`, ...extra, ...files, ...linkFlags, "-o", partial],
    { cwd: root, encoding: "utf8" },
  );
  if (done.status !== 0) return `${compiler} failed:\n${done.stderr}${done.error ?? ""}`;
  renameSync(partial, output); // whoever loads it meanwhile keeps the old one
  return undefined;
}

/** The same for `arch`, by the first of its compilers that is there. */
export function compileFor(arch, output) {
  const compiler = compilerOf(arch);
  if (compiler === undefined) return `no C compiler for ${arch}`;
  return compile(compiler, output, arch === "arm64" ? ["-mno-outline-atomics"] : []);
}

/** Undefined where there is none. */
export function compilerOf(arch) {
  return compilers[arch].find((name) => name && works(name));
}
