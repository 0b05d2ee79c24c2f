import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const types = `
struct inner { int a; };
struct event { struct inner inner; long b; };
struct lonely { int z; };
`;
const program = `
#include "types.h"
struct { int (*type)[27]; int (*max_entries)[4096]; struct event *value; } events __attribute__((section(".maps")));
struct { int (*type)[1]; int (*max_entries)[8]; int *key; struct inner *value; } seen __attribute__((section(".maps")));
struct state { long count; } state;
struct scratch { char text[64]; };
__attribute__((section("syscall"))) int on_call(void *ctx) { struct scratch s; return ++state.count; }
`;

async function diff(files: Readonly<Record<string, string | Uint8Array>>, args: string) {
  const host = new MemoryHost({ files });
  const code = await runCommand(["diff", ...args.split(" ")], host);
  return { code, out: host.out, err: host.err };
}

describeWith(["clang"], "a source against an object", () => {
  const compiled = (changed = types): Uint8Array => compileBpf(program.replace('#include "types.h"', changed));

  test("is compared in what either side's records, maps and variables reach, wherever the other has it", async () => {
    const files = { "/w/p.bpf.c": program, "/w/types.h": types, "/w/p.bpf.o": compiled() };
    for (const args of ["p.bpf.o p.bpf.c", "p.bpf.c p.bpf.o"]) {
      expect(await diff(files, args)).toEqual({
        code: 0,
        out: "0 of 3 types, 0 of 2 maps and 0 of 1 variables differ\n",
        err: "",
      });
    }
    expect((await diff(files, "p.bpf.o p.bpf.c --type inner --type e[uv]*")).out).toBe("0 of 2 types differ\n");
    const changed = { ...files, "/w/types.h": types.replace("int a;", "int a, c;") };
    const run = await diff(changed, "p.bpf.o p.bpf.c");
    expect(run.code).toBe(3);
    expect(run.out).toContain("struct inner: encode is affected");
    expect(run.out).toContain("struct event: encode is affected");
  });

  test("a type that the compiler dropped is told of, and is no difference", async () => {
    const sends = program.replace("struct event *value;", "").replace(
      "struct scratch s;",
      `
      struct event *sent = ((void *(*)(void *, long, long))131)(&events, sizeof(*sent), 0);
      if (sent) ((void (*)(void *, long))132)(sent, 0);`,
    );
    const files = {
      "/w/p.bpf.c": sends,
      "/w/types.h": types,
      "/w/p.bpf.o": compileBpf(sends.replace('#include "types.h"', types)),
    };
    const listed = await diff(files, "p.bpf.c p.bpf.o --type lonely");
    expect(listed).toMatchObject({ code: 3, out: "lonely is only in the old one\n1 of 1 types differ\n" });
    const matched = await diff(files, "p.bpf.c p.bpf.o --type l*ly --json");
    expect(matched.code).toBe(0);
    expect(JSON.parse(matched.out)).toMatchObject({ differs: false, dropped: ["lonely"], onlyOld: [] });
    const run = await diff(
      { ...files, "/w/p.bpf.c": `${sends}static struct lonely more; int use(void) { return more.z; }` },
      "p.bpf.c p.bpf.o --json",
    );
    expect(run.code).toBe(0);
    expect(JSON.parse(run.out)).toMatchObject({ differs: false, dropped: ["lonely"], onlyOld: [], types: [] });
    expect(JSON.parse(run.out).variables).toMatchObject({ dropped: ["more"], onlyOld: [] });
  });

  const declarations = (key: string, value: string, entries: number, seen: string, calls: string): string => `
typedef unsigned int u32; typedef unsigned long long u64; typedef long long s64;
struct totals { u64 packets; };
struct { int (*type)[1]; int (*max_entries)[${entries}]; ${key} *key; ${value} *value; } h __attribute__((section(".maps")));
struct { int (*type)[1]; int (*max_entries)[16]; u32 *key; struct totals *value; } t __attribute__((section(".maps")));
${seen} seen = 1; const volatile u32 limit = 2; static u32 unused;
__attribute__((section("syscall"))) int on_call(void *ctx) {
  static u32 inside;
  u64 k[4] = {};
  inside += ${calls};
  return ++seen + limit + inside + ((long (*)(void *, void *))1)(&h, k) + ((long (*)(void *, void *))1)(&t, k);
}
`;

  test("differs where keys, values, sizes or variables do, which no struct holds", async () => {
    const [old, now] = [declarations("u32", "u64", 16, "u64", "1"), declarations("s64", "char", 32, "s64", "2")];
    const files = { "/w/a.c": old, "/w/b.c": now, "/w/a.o": compileBpf(old), "/w/b.o": compileBpf(now) };
    for (const args of ["a.c b.c", "a.o b.o", "a.c b.o", "a.o b.c"]) {
      const run = await diff(files, args);
      expect(run.code).toBe(3);
      expect(run.out).toBe(`map "h": neither decode nor encode is affected
  max_entries changed from 16 to 32
keys of hash "h": decode and encode are affected
  it grew from 4 bytes to 8 bytes
  it changed from unsigned to signed
values of hash "h": decode and encode are affected
  it shrank from 8 bytes to 1 byte
  it changed from unsigned to char
variable "seen": decode and encode are affected
  it changed from unsigned to signed
0 of 1 types, 1 of 2 maps and 1 of ${args === "a.o b.o" ? 3 : 2} variables differ
`);
    }
    for (const args of ["a.c a.o", "b.o b.c", "a.c a.c"]) expect(await diff(files, args)).toMatchObject({ code: 0 });
  });
});
