import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { realHost } from "./host/machine.ts";
import { runCommand } from "./program.ts";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

/** What a run of the command left: what it printed, but for times. */
async function run(
  args: readonly string[],
  stdin = "",
): Promise<{ readonly out: string; readonly err: string; readonly code: number }> {
  let out = "";
  let err = "";
  const stream = (take: (text: string) => void) => ({ isTTY: false, columns: 100, write: take });
  const code = await runCommand(args, {
    ...realHost(),
    cwd: repository,
    stdin: async () => new TextEncoder().encode(stdin),
    stdout: stream((text) => {
      out += text;
    }),
    stderr: stream((text) => {
      err += text;
    }),
  });
  return { out, err: err.replace(/, \d+ ms$/gm, ""), code };
}

/** Headers as record headers are: macros for sizes, documentation, conditions in bodies, typedefs, packing. */
const everyday = `// SPDX-License-Identifier: MIT
#pragma once
#include <linux/types.h>
#include <linux/in6.h>
#ifndef TASK_COMM_LEN
#define TASK_COMM_LEN 16
#endif
#define MAX_ARGS 8
#define ARG_LEN (MAX_ARGS * sizeof(__u64)) /* bytes of arguments */
#define PROBE_NAME "exec" "snoop"
#define ID(hi, lo) (((__u64)(hi) << 32) | (lo))
enum { FLAG_A = 1 << 0, FLAG_B = 1 << 1 };
/** What happened. */
typedef enum event_kind { EVENT_EXEC = 1, /* exec */ EVENT_EXIT, EVENT_LOST = 0x80, } event_kind_t;
typedef struct { __be32 v4; __be16 port, :16; } __attribute__((packed)) endpoint_t;
#pragma pack(push, 2)
struct packed_part { char c; __u64 at; };
#pragma pack(pop)
struct hdr {
	__u64 ts_ns; /**< monotonic */
	event_kind_t kind : 8;
	__u32 cpu : 10, : 6, flags : 8;
	pid_t_ pid;
};
`.replace("pid_t_", "__s32");

const records = `${everyday}
/**
 * One event; see {@link hdr}.
 */
struct event {
	struct hdr hdr;
	union { endpoint_t from; struct in6_addr v6; unsigned __int128 whole; };
	struct packed_part part[2];
	char comm[TASK_COMM_LEN];
#ifdef __BPF__
	__u8 args[MAX_ARGS][ARG_LEN];
#endif
	struct inner { _Bool ok; long double d; _Atomic int count; void (*fn)(struct event *); } in;
	__u8 data[];
};
static inline __u64 made(struct hdr *h) { struct local { int a; } l = { 1 }; return h->ts_ns + l.a; }
struct event *keep;
`;

const source = `${records.replace("#pragma once", "")}
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 256 * 1024); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, __u32); __type(value, endpoint_t); __uint(max_entries, 64); } seen SEC(".maps");
const volatile __u32 wanted = 1;
__u64 total;
SEC("tracepoint/sched/sched_process_exec")
int on_exec(void *ctx)
{
	struct hdr *h = bpf_ringbuf_reserve(&events, sizeof(*h), 0);
	if (h) bpf_ringbuf_submit(h, 0);
	total += wanted;
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`;

const native = readdirSync(new URL("../../../testkit/src/native/", import.meta.url)).filter((name) =>
  name.endsWith(".bpf.c"),
);

describeWith(["clang", "libbpf"], "--frontend clang", () => {
  test.each([
    "apps/demo/bpf/types.h",
    "bench/src/codecs/shapes.h",
    "bench/src/codecs/others.h",
    "bench/src/native/record.h",
    "bench/src/peers/rings.bpf.c",
    ...native.filter((name) => name !== "processes.bpf.c").map((name) => `packages/testkit/src/native/${name}`),
    "/usr/include/linux/bpf.h",
    "/usr/include/linux/tcp.h",
    "/usr/include/linux/nl80211.h",
    "/usr/include/linux/if_link.h",
    "/usr/include/linux/perf_event.h",
  ])("generates the same bytes, and says the same, as the built-in front-end: %s", async (header) => {
    // what attaches asks registers by their names
    const args = [header, "--all", "-o", "-", ...(header.endsWith("attach.bpf.c") ? ["-D__TARGET_ARCH_x86"] : [])];
    const own = await run(args);
    const clang = await run([...args, "--frontend", "clang"]);
    expect(own.code).toBe(0);
    expect(own.out).toContain("export const");
    expect(clang.out).toBe(own.out);
    expect(clang).toEqual(own);
  });

  test.each([
    ["a record header", records, "little"],
    ["a record header for bpfeb", records, "big"],
    ["a source file", source, "little"],
  ])("does so for %s on standard input, with its documentation, lines and macros", async (_, text, endian) => {
    for (const command of [["-o", "-"], ["layout", "--json", "--leaves"], ["layout"], ["list"]]) {
      const args = [...command, "-", "--endian", endian];
      const own = await run(args, text);
      expect(own.code).toBe(0);
      expect(await run([...args, "--frontend", "clang"], text)).toEqual(own);
      if (command[0] !== "-o") continue;
      for (const part of ["ARG_LEN = 64;", "* One event; see", "struct event`", "monotonic"])
        expect(own.out).toContain(part);
    }
  });

  test("does so for a header that includes nothing and uses everyday names", async () => {
    const text = `struct event {
	__u32 pid; u64 at; __be16 port; bool ok; uint8_t kind; size_t length; char comm[TASK_COMM_LEN]; pid_t parent;
};
struct { int (*type)[BPF_MAP_TYPE_RINGBUF]; int (*max_entries)[4096]; struct event *value; } events
	__attribute__((section(".maps"), used));
`;
    for (const command of [["-o", "-"], ["layout"], ["list"], ["-o", "-", "--type", "u64"]]) {
      const own = await run([...command, "-"], text);
      expect(own.code).toBe(0);
      expect(await run([...command, "-", "--frontend", "clang"], text)).toEqual(own);
    }
  });

  test("does so for a type of an included file that nothing uses", async () => {
    const text = "#include <linux/in6.h>\nstruct own { int a; };\n";
    const args = ["-", "-o", "-", "--type", "ipv6_mreq"];
    const own = await run(args, text);
    expect(own.out).toContain("decodeIpv6Mreq");
    expect(await run([...args, "--frontend", "clang"], text)).toEqual(own);
  });

  test("compiles what clang has no instructions for of the processor that it takes by itself", async () => {
    const text = `#include <linux/types.h>
struct event { __u32 pid; __u64 ts; };
int seen;
int next(void) { return __sync_fetch_and_add(&seen, 1); }
`;
    const own = await run(["layout", "-"], text);
    expect(own.code).toBe(0);
    expect(await run(["layout", "-", "--frontend", "clang"], text)).toEqual(own);
  });

  test("takes clang's types, and warns, where the built-in front-end refuses or reads otherwise", async () => {
    const text = `struct odd { char c; int b; } __attribute__((ms_struct));
/** Held. */
struct outer { struct odd odd; /** deeper than clang was started with */ int level; };
#if __INCLUDE_LEVEL__
struct differs { char a; };
#else
struct differs { short a; };
#endif
`;
    const { out, err, code } = await run(["layout", "-", "--frontend", "clang"], text);
    expect(code).toBe(0);
    expect(out.match(/^struct \w+/gm)).toEqual(["struct odd", "struct outer", "struct differs"]);
    expect(out).toMatch(/struct odd odd; +\/\* +0 +8 \*\//);
    expect(err).toContain("warning RB5012");
    expect(err).toContain("<stdin>:1:46: RB2009");
    expect(err).toContain("<stdin>:7:8: warning RB5013: struct differs differs: it has 2 bytes here, and 1 with clang");
  });
});

const withKernel = `#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#define MAX 4
/** One event. */
struct event {
	struct list_head list; u32 x; enum pid_type type; pid_t pid; kuid_t uid; char comm[TASK_COMM_LEN];
	struct task_struct *task; struct bpf_spin_lock lock; bool ok; u8 a[MAX]; __be16 port; size_t n;
};
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
SEC("kprobe/do_unlinkat") int BPF_KPROBE(do_unlinkat, int dfd, struct filename *name)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) return 0;
	event->n = BPF_CORE_READ(name, refcnt.counter);
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
	return 0;
}
`;

describeWith(["clang"], "--frontend clang where clang's BTF is wrong", () => {
  test.each(["v3 at;", "v3 all[2];"])("refuses vectors with padding: %s", async (member) => {
    const text = `typedef float v3 __attribute__((vector_size(12)));\nstruct s { ${member} };\n`;
    const done = await run(["layout", "-", "--frontend", "clang"], text);
    expect(done).toMatchObject({ code: 1, out: "", err: expect.stringContaining("RB2025") });
  });
});

describeWith(["clang", "libbpf", "vmlinux"], "--frontend clang with the kernel's types", () => {
  test("makes the vmlinux.h that is missing, and generates the same bytes with the same warnings", async () => {
    for (const command of [["-o", "-"], ["list"]]) {
      const args = [...command, "-", "-D__TARGET_ARCH_x86"];
      const own = await run(args, withKernel);
      expect(own.code).toBe(0);
      expect(own.err).toContain("struct list_head is taken from the running kernel");
      expect(await run([...args, "--frontend", "clang"], withKernel)).toEqual(own);
    }
    const source = ["packages/testkit/src/native/processes.bpf.c", "-o", "-"];
    expect(await run([...source, "--frontend", "clang"])).toEqual(await run(source));
  });
});
