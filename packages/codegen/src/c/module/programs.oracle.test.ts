import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { readBtfModule } from "../../btf/btf-module.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { TypeModule } from "../../module.ts";
import { readHeader } from "../front-end.ts";

const systemPaths = ["/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include"];

const prelude = `
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
char LICENSE[] SEC("license") = "GPL";
`;

/** The same source, read by the front-end and as clang compiles it. */
function both(text: string): { source: TypeModule; object: TypeModule; diagnostics: Diagnostic[] } {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-programs-"));
  try {
    const file = join(folder, "probe.bpf.c");
    writeFileSync(file, text);
    const flags = ["-g", "-O2", "-target", "bpf", "-D__TARGET_ARCH_x86", "-I/usr/include/x86_64-linux-gnu", "-c"];
    execFileSync("clang", [...flags, file, "-o", join(folder, "probe.bpf.o")], { stdio: "pipe" });
    const diagnostics: Diagnostic[] = [];
    const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
    const source = readHeader(
      { name: "probe.bpf.c", text },
      "probe.bpf.c",
      {
        read(path) {
          try {
            return readFileSync(path, "utf8");
          } catch {
            return undefined;
          }
        },
      },
      {
        endian: "little",
        includePaths: [],
        systemPaths,
        forcedIncludes: [],
        defines: ["__TARGET_ARCH_x86"],
        undefines: [],
      },
      report,
    );
    const object = readBtfModule(
      readFileSync(join(folder, "probe.bpf.o")),
      { name: "probe.bpf.o", path: "probe.bpf.o", provenance: () => [] },
      report,
    );
    return { source, object: object!, diagnostics };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const named = (module: TypeModule): string[] => module.programs.map(({ name, section }) => `${section} ${name}`).sort();

describeWith(["clang"], "programs that libbpf's own macros make", () => {
  test.each([
    ["BPF_PROG", 'SEC("fentry/f") int BPF_PROG(p, int a, long b) { return a + b; }'],
    ["BPF_KPROBE", 'SEC("kprobe/f") int BPF_KPROBE(p, int a) { return a; }'],
    ["BPF_KRETPROBE", 'SEC("kretprobe/f") int BPF_KRETPROBE(p, long ret) { return ret; }'],
    [
      "several, static ones and plain ones",
      `
      static __always_inline int helper(int a) { return a; }
      SEC("kprobe/f") int BPF_KPROBE(one, int a) { return helper(a); }
      SEC("tracepoint/a/b") int two(void *ctx) { return 0; }
      SEC("fexit/g") int BPF_PROG(three, void *p, int ret) { return ret; }
      int __attribute__((section("xdp"))) four(struct xdp_md *ctx) { return 2; }`,
    ],
  ])("are those of the object: %s", (_, text) => {
    const { source, object, diagnostics } = both(prelude + text);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(named(source)).toEqual(named(object));
    expect(named(source).length).toBeGreaterThan(0);
  });
});
