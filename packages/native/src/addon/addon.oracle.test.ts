import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith, findProgram } from "../../../testkit/src/index.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { compile, flags, headers } from "../../scripts/compiler.mjs";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-addon-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const beside = (name: string) => fileURLToPath(new URL(`../../../testkit/src/native/${name}`, import.meta.url));

/** The addon, and the host that exercises it, built by `compiler`; the host by another one where that is told. */
function build(
  compiler: string,
  extra: readonly string[] = [],
  hostCompiler = compiler,
): { readonly addon: string; readonly host: string } {
  const addon = join(folder, `${compiler}${extra.join("")}.node`);
  const host = `${addon}-${hostCompiler}-host`;
  expect(compile(compiler, addon, extra)).toBe(undefined);
  const sources = [beside("node-api-host.c"), beside("addon-exercise.c")];
  const warnings = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", `-I${headers()}`];
  execFileSync(hostCompiler, [...warnings, ...extra, ...sources, "-rdynamic", "-ldl", "-pthread", "-o", host]);
  return { addon, host };
}

function exercise(command: string, args: readonly string[], env: Record<string, string> = {}): string {
  const done = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env }, timeout: 800_000 });
  expect({ status: done.status, signal: done.signal, stderr: done.status === 0 ? "" : done.stderr }).toEqual({
    status: 0,
    signal: null,
    stderr: "",
  });
  return done.stdout;
}

function object(): string {
  const file = join(folder, "object.bpf.o");
  writeFileSync(file, compileBeside("object.bpf.c"));
  return file;
}

/** In glibc since long before 2.28, and in musl. */
const everyLibcHas = new Set(
  (
    "__errno_location __tls_get_addr calloc close dlerror dlopen dlsym epoll_create1 epoll_ctl epoll_wait eventfd fcntl free if_nametoindex ioctl lseek " +
    "malloc memcmp memcpy memmove memset mmap munmap open poll pread pthread_create pthread_join pthread_mutex_lock pthread_mutex_unlock read realloc " +
    "syscall sysconf vsnprintf write"
  ).split(" "),
);

const passed = "every export was exercised\n";

describeWith(["gcc", "clang", "libbpf"], "the addon in a host without an engine", () => {
  test("does what each export says", () => {
    const { addon, host } = build("gcc");
    expect(exercise(host, [addon, object()])).toBe(passed);
  });

  test("has no memory error and no leak under AddressSanitizer", () => {
    const { addon, host } = build("gcc", ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]);
    expect(exercise(host, [addon, object()], { ASAN_OPTIONS: "detect_leaks=1" })).toBe(passed);
  });
});

describeWith(["gcc", "clang", "libbpf", "valgrind"], "the addon under valgrind", () => {
  test("has no memory error and no leak", () => {
    const { addon, host } = build("gcc");
    const leaks = ["--leak-check=full", "--errors-for-leak-kinds=definite,indirect"];
    expect(exercise("valgrind", ["-q", "--error-exitcode=9", ...leaks, host, addon, object()])).toBe(passed);
  });
});

describeWith(["gcc", "aarch64"], "the addon for arm64", () => {
  test("does what each export says, under emulation", () => {
    const { addon, host } = build("aarch64-linux-gnu-gcc", ["-mno-outline-atomics"]);
    expect(exercise("qemu-aarch64", ["-L", "/usr/aarch64-linux-gnu", host, addon])).toBe(passed);
  });
});

describeWith(["gcc", "musl"], "the addon in a process of musl", () => {
  test("does what each export says, though it was compiled with glibc's headers", () => {
    const { addon, host } = build("gcc", [], "musl-gcc");
    const segments = execFileSync(findProgram("readelf") ?? "", ["--program-headers", host], { encoding: "utf8" });
    expect(segments).toMatch(/interpreter: \/lib\/ld-musl-/);
    expect(exercise(host, [addon])).toBe(passed);
  });
});

describeWith(["gcc", "aarch64"], "the binaries", () => {
  test.each([
    ["gcc", []],
    ["aarch64-linux-gnu-gcc", ["-mno-outline-atomics"]],
  ])("built by %s ask for no version of a symbol, no library and no helper of one libc", (compiler, extra) => {
    const addon = join(folder, `${compiler}-plain.node`);
    expect(compile(compiler, addon, extra)).toBe(undefined);
    const dynamic = execFileSync(findProgram("readelf") ?? "", ["--dynamic", "--version-info", addon], {
      encoding: "utf8",
    });
    expect(dynamic).toContain("No version information found");
    expect(dynamic).not.toMatch(/\(NEEDED\)/);
    expect(dynamic).toMatch(/NODELETE/);
    const symbols = execFileSync(findProgram("readelf") ?? "", ["--dyn-syms", "--wide", addon], { encoding: "utf8" });
    const undefinedSymbols = [...symbols.matchAll(/ UND (\S+)/g)].map((match) => match[1] ?? "");
    expect(undefinedSymbols).toEqual(expect.arrayContaining(["mmap", "epoll_wait", "napi_create_function"]));
    const needed = undefinedSymbols.filter((name) => !/^(napi|uv)_/.test(name));
    expect(needed.filter((name) => !everyLibcHas.has(name))).toEqual([]);
    const defined = [...symbols.matchAll(/GLOBAL +DEFAULT +\d+ (\S+)/g)].map((match) => match[1]);
    expect(defined.sort()).toEqual(["napi_register_module_v1", "node_api_module_get_api_version_v1"]);
  });

  test("are compiled with every warning as an error", () => {
    expect(flags).toEqual(expect.arrayContaining(["-Wall", "-Wextra", "-Werror", "-U_FORTIFY_SOURCE"]));
  });
});
