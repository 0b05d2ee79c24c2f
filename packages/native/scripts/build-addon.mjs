// Builds the addon with the C compiler alone: a few files and no dependency need no build system, and nothing is
// downloaded. Layout and name are prebuildify's (prebuilds/<platform>-<arch>/<name>.node).
//
//   node scripts/build-addon.mjs            for this machine, when a compiler is there and a source has changed
//   node scripts/build-addon.mjs --all      for x64 and arm64, each of which must succeed
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = readdirSync(join(root, "addon")).filter((name) => name.endsWith(".c"));
const compilers = {
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
  const files = sources.map((name) => join(root, "addon", name));
  const done = spawnSync(compiler, [...flags, `-I${include}`, ...extra, ...files, ...linkFlags, "-o", partial], {
    encoding: "utf8",
  });
  if (done.status !== 0) return `${compiler} failed:\n${done.stderr}${done.error ?? ""}`;
  renameSync(partial, output); // whoever loads it meanwhile keeps the old one
  return undefined;
}

/** Whatever could make another binary of it. */
function fingerprint(compiler) {
  const hash = createHash("sha256").update(compiler).update(process.version);
  for (const name of [...readdirSync(join(root, "addon")).sort()]) hash.update(readFileSync(join(root, "addon", name)));
  return hash.update(readFileSync(fileURLToPath(import.meta.url))).digest("hex");
}

function build(arch) {
  const compiler = compilers[arch].find((name) => name && works(name));
  if (compiler === undefined) return `no C compiler for ${arch}`;
  const output = join(root, "prebuilds", `linux-${arch}`, "rbgen-native.node");
  const stamp = `${output}.sha256`;
  const key = fingerprint(compiler);
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === key) return undefined;
  const problem = compile(compiler, output, arch === "arm64" ? ["-mno-outline-atomics"] : []);
  if (problem === undefined) writeFileSync(stamp, key);
  return problem;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--all")) {
    for (const arch of Object.keys(compilers)) {
      const problem = build(arch);
      if (problem === undefined) continue;
      process.stderr.write(`${problem}\n`);
      process.exitCode = 1;
    }
  } else if (process.platform !== "linux" || !(process.arch in compilers)) {
    process.stderr.write(
      `@rbgen/native: no addon for ${process.platform}-${process.arch}; everything but native works\n`,
    );
  } else {
    const problem = build(process.arch);
    if (problem?.startsWith("no C compiler") || problem?.startsWith("Node's headers")) {
      process.stderr.write(`@rbgen/native: addon not built (${problem}); everything but native works\n`);
    } else if (problem !== undefined) {
      process.stderr.write(`${problem}\n`);
      process.exitCode = 1;
    }
  }
}
