import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, type SuiteFactory } from "vitest";
import { engineProgram } from "./engines.ts";
import { findProgram } from "./find-program.ts";

export { findProgram };

/** What a test may need beyond Node. */
export type Requirement =
  | "clang"
  | "clang-19"
  | "llvm"
  | "gcc"
  | "bpftool"
  | "pahole"
  | "kernel"
  | "vmlinux"
  | "cgroup2"
  | "libbpf"
  | "chromium"
  | "s390x"
  | "aarch64"
  | "musl"
  | "valgrind"
  | "nats"
  | "cilium"
  | "namespaces"
  | "bun"
  | "deno"
  | "jsonschema"
  | "zsh"
  | "fish"
  | "registry";

/** Debian package (or what to do) that brings each requirement. */
const remedy: Record<Requirement, string> = {
  clang: "apt-get install clang",
  "clang-19": "apt-get install clang-19",
  llvm: "apt-get install llvm",
  gcc: "apt-get install gcc libc6-dev",
  bpftool: "apt-get install bpftool",
  pahole: "apt-get install dwarves",
  kernel: "root on Linux with bpf(2)",
  vmlinux: "a kernel with /sys/kernel/btf/vmlinux",
  cgroup2: "root on Linux with control groups of version 2: mount -t cgroup2 none /sys/fs/cgroup/unified",
  libbpf: "apt-get install libbpf-dev",
  chromium: "apt-get install chromium",
  s390x: "apt-get install gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user",
  aarch64: "apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user",
  musl: "apt-get install musl-tools",
  valgrind: "apt-get install valgrind",
  nats: "apt-get install nats-server",
  cilium: "apt-get install golang golang-github-cilium-ebpf-dev",
  namespaces: "root on Linux with ip and unshare: apt-get install iproute2 util-linux",
  bun: "node scripts/engines.mjs",
  deno: "node scripts/engines.mjs",
  jsonschema: "apt-get install python3-jsonschema",
  zsh: "apt-get install zsh",
  fish: "apt-get install fish",
  registry: "a registry of packages that npm reaches",
};

const present: Record<Requirement, () => boolean> = {
  clang: () => findProgram("clang") !== undefined,
  "clang-19": () => findProgram("clang-19") !== undefined,
  llvm: () => findProgram("llvm-readelf") !== undefined && findProgram("llvm-objdump") !== undefined,
  gcc: () => findProgram("gcc") !== undefined,
  bpftool: () => findProgram("bpftool") !== undefined,
  pahole: () => findProgram("pahole") !== undefined,
  kernel: () => process.platform === "linux" && process.getuid?.() === 0 && kernelLoadsPrograms(),
  vmlinux: () => existsSync("/sys/kernel/btf/vmlinux"),
  cgroup2: () => process.getuid?.() === 0 && cgroupRoot() !== undefined,
  libbpf: () => existsSync("/usr/include/bpf/libbpf.h"),
  chromium: () => findProgram("chromium") !== undefined,
  s390x: () => findProgram("s390x-linux-gnu-gcc") !== undefined && findProgram("qemu-s390x") !== undefined,
  aarch64: () => findProgram("aarch64-linux-gnu-gcc") !== undefined && findProgram("qemu-aarch64") !== undefined,
  musl: () => findProgram("musl-gcc") !== undefined,
  valgrind: () => findProgram("valgrind") !== undefined,
  nats: () => findProgram("nats-server") !== undefined,
  cilium: () => findProgram("go") !== undefined && existsSync("/usr/share/gocode/src/github.com/cilium/ebpf"),
  namespaces: () => process.getuid?.() === 0 && findProgram("ip") !== undefined && findProgram("unshare") !== undefined,
  bun: () => engineProgram("bun") !== undefined,
  deno: () => engineProgram("deno") !== undefined,
  jsonschema: () => spawnSync("python3", ["-c", "from jsonschema import Draft202012Validator"]).status === 0,
  zsh: () => findProgram("zsh") !== undefined,
  fish: () => findProgram("fish") !== undefined,
  registry: () => spawnSync("npm", ["view", "picocolors", "version"], { stdio: "ignore" }).status === 0,
};

/** Where the hierarchy of control groups of version 2 is mounted; undefined where it is not. */
export function cgroupRoot(): string | undefined {
  if (!existsSync("/proc/mounts")) return undefined;
  return /^\S+ (\S+) cgroup2 rw\b/m.exec(readFileSync("/proc/mounts", "utf8"))?.[1];
}

/** Asks the kernel through bpftool, which tests of the kernel need anyway for nothing but this. */
function kernelLoadsPrograms(): boolean {
  const bpftool = findProgram("bpftool");
  if (bpftool === undefined) return false;
  try {
    execFileSync(bpftool, ["prog", "list"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const known = new Map<Requirement, boolean>();

/** Whether this machine has `requirement`. */
export function has(requirement: Requirement): boolean {
  let answer = known.get(requirement);
  if (answer === undefined) {
    answer = present[requirement]();
    known.set(requirement, answer);
  }
  return answer;
}

/**
 * A suite that needs `requirements`. Where one is absent it is skipped under a name that says which and why;
 * with `RBGEN_REQUIRE=all` it fails instead.
 */
export function describeWith(requirements: readonly Requirement[], title: string, factory: SuiteFactory): void {
  const missing = requirements.filter((requirement) => !has(requirement));
  if (missing.length === 0) {
    describe(title, factory);
    return;
  }
  const why = missing.map((requirement) => `${requirement} (${remedy[requirement]})`).join(", ");
  if (process.env["RBGEN_REQUIRE"] === "all") {
    describe(title, (test) => {
      test("has what it needs", () => {
        throw new Error(`RBGEN_REQUIRE=all, and this machine lacks ${why}`);
      });
    });
    return;
  }
  describe.skip(`${title} [needs ${why}]`, factory);
}
