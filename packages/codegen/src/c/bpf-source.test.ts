import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { TypeModule } from "../module.ts";
import { readHeader } from "./front-end.ts";

function read(
  text: string,
  files: Readonly<Record<string, string>> = {},
): { module: TypeModule; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "probe.bpf.c", text },
    "src/probe.bpf.c",
    { read: (path) => files[path] },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  return { module, diagnostics };
}

describe("a .bpf.c", () => {
  test("shows its maps, programs and global variables", () => {
    const { module, diagnostics } = read(
      `
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#define RING 27
struct event { __u32 pid; };
struct { __uint(type, RING); __uint(max_entries, 256 * 1024); __type(value, struct event); } events SEC(".maps");
struct inner { __uint(type, 2); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); };
struct { __uint(type, 12); __uint(max_entries, 2); __type(key, __u32); __ulong(map_flags, 1 << 2); __array(values, struct inner); } outer SEC(".maps") = { .values = { 0 } };
const volatile int target = 0;
static __u64 seen[4]; static int dropped = 4; static const int folded = 5; extern int CONFIG_UNUSED __attribute__((section(".kconfig")));
int counter = 1, table[] = { 1, 2, 3 };
extern int LINUX_KERNEL_VERSION __attribute__((section(".kconfig"))); extern int elsewhere;
char LICENSE[] SEC("license") = "GPL"; const volatile char mode = 1; char text[] = "abc";
SEC("tracepoint/sched/sched_process_exec")
int handle_exec(void *ctx) { struct event *e = 0; if (ctx) { return seen[0] + LINUX_KERNEL_VERSION; } asm volatile("r0 = 0" ::: "r0"); return 0; }
static __always_inline int helper(int a) { return a ? 1 : ({ int b = 2; b; }); }
`,
    );
    expect(diagnostics).toEqual([]);
    expect(module.name).toBe("probe.bpf.c");
    expect(
      module.maps.map(({ name, type, maxEntries, mapFlags, inner }) => ({
        name,
        type,
        maxEntries,
        mapFlags,
        inner: inner?.type,
      })),
    ).toEqual([
      { name: "events", type: "ringbuf", maxEntries: 262144, mapFlags: 0, inner: undefined },
      { name: "outer", type: "array_of_maps", maxEntries: 2, mapFlags: 4, inner: "array" },
    ]);
    expect(module.maps[0]?.value).toBe(module.find("event")[0]);
    expect(module.programs.map(({ name, section }) => `${section} ${name}`)).toEqual([
      "tracepoint/sched/sched_process_exec handle_exec",
    ]);
    expect(
      module.sections.map(
        ({ name, variables }) =>
          `${name}: ${variables.map(({ variable, size }) => `${variable.name} ${size}`).join(", ")}`,
      ),
    ).toEqual([
      ".bss: seen 32",
      ".data: counter 4, table 12, text 4",
      ".kconfig: LINUX_KERNEL_VERSION 4",
      ".rodata: target 4, mode 1",
    ]);
  });

  test("is compiled with what it includes: maps, programs and variables of its headers are its own", () => {
    const { module, diagnostics } = read(
      `
#include "maps.h"
extern int later;
int later = 5;
int tentative;
int tentative = 7;
void *none = ((void *)0), *some = (void *)8;
struct { int a, b[2]; } zeros = { 0, { 0x0, 00UL } };
`,
      {
        "src/maps.h": `
struct inner { int (*type)[27]; int (*max_entries)[4096]; };
struct inner events __attribute__((section(".maps")));
static int (*helper)(void) = (void *)1;
struct event { int pid; };
struct event *unused;
`,
      },
    );
    expect(diagnostics).toEqual([]);
    expect(module.maps).toMatchObject([{ name: "events", definition: { name: "inner" } }]);
    expect(
      module.sections.map(({ name, variables }) => `${name}: ${variables.map(({ variable }) => variable.name).join()}`),
    ).toEqual([".bss: unused,none,zeros", ".data: later,tentative,some"]);
  });
});
