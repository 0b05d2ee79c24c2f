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

/** Programs of each macro of libbpf that makes one; an older libbpf lacks some. */
const programOfMacro: ReadonlyMap<string, string> = new Map([
  ["BPF_PROG", 'SEC("fentry/f") int BPF_PROG(p, int a, long b) { return a + b; }'],
  [
    "BPF_PROG2",
    'struct pair { int a, b; }; SEC("fentry/f") int BPF_PROG2(p, struct pair, of, int, c) { return of.a + c; }',
  ],
  ["BPF_KPROBE", 'SEC("kprobe/f") int BPF_KPROBE(p, int a) { return a; }'],
  ["BPF_KRETPROBE", 'SEC("kretprobe/f") int BPF_KRETPROBE(p, long ret) { return ret; }'],
  ["BPF_UPROBE", 'SEC("uprobe//bin/sh:f") int BPF_UPROBE(p, int a) { return a; }'],
  ["BPF_URETPROBE", 'SEC("uretprobe//bin/sh:f") int BPF_URETPROBE(p, long ret) { return ret; }'],
  ["BPF_KSYSCALL", 'SEC("ksyscall/close") int BPF_KSYSCALL(p, int fd) { return fd; }'],
  ["BPF_KPROBE_SYSCALL", 'SEC("kprobe/__x64_sys_close") int BPF_KPROBE_SYSCALL(p, int fd) { return fd; }'],
  ["BPF_USDT", 'SEC("usdt//bin/sh:a:b") int BPF_USDT(p, int a) { return a; }'],
]);

/** Macros of libbpf's installed headers that are called with a program's name and arguments, and other names of these. */
function programMacros(): string[] {
  const texts = ["bpf_tracing.h", "usdt.bpf.h"].map((name) => readFileSync(`/usr/include/bpf/${name}`, "utf8"));
  const found = new Set<string>();
  for (const text of texts) {
    for (const [, name = ""] of text.matchAll(/^#\s*define\s+(BPF_\w+)\(name, *args\.\.\.\)/gm)) found.add(name);
    for (const [, name = "", of = ""] of text.matchAll(/^#\s*define\s+(BPF_\w+)\s+(BPF_\w+)\s*$/gm)) {
      if (found.has(of)) found.add(name);
    }
  }
  return [...found].sort();
}

describeWith(["clang", "libbpf"], "each macro of libbpf that makes a program", () => {
  test("is found in its headers, and known here", () => {
    expect(programMacros()).toEqual(expect.arrayContaining(["BPF_KPROBE", "BPF_KPROBE_SYSCALL", "BPF_PROG"]));
    expect(programMacros().filter((name) => !programOfMacro.has(name))).toEqual([]);
  });

  test("makes the same programs in the source as in the object", () => {
    for (const macro of programMacros()) {
      const more = ["bpf/bpf_core_read.h", ...(macro === "BPF_USDT" ? ["stdbool.h", "bpf/usdt.bpf.h"] : [])];
      const includes = more.map((name) => `#include <${name}>\n`).join("");
      const { source, object, diagnostics } = both(prelude + includes + (programOfMacro.get(macro) ?? ""));
      expect([macro, diagnostics.filter(({ severity }) => severity === "error")]).toEqual([macro, []]);
      expect([macro, named(source)]).toEqual([macro, named(object)]);
      expect(named(source)).toHaveLength(1);
    }
  });
});

describeWith(["clang"], "programs that libbpf's own macros make", () => {
  test.each([
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
