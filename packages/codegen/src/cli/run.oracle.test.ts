import { readFileSync } from "node:fs";
import * as runtime from "@rbgen/runtime";
import * as v1 from "@rbgen/runtime/codegen/v1";
import { compileBpf, withoutDebugInfo } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { beforeAll, expect, test } from "vitest";
import * as vm from "../../../vm/src/index.ts";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

/** A block of a page whose first line names a file. */
function blockOf(page: string, name: string): string {
  const text = readFileSync(new URL(`../../../../${page}`, import.meta.url), "utf8");
  return new RegExp(`^\`\`\`c\\n(// ${name}\\n.*?)^\`\`\`$`, "ms").exec(text)?.[1] ?? "";
}

const probe = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct event { __u64 ts_ns; __u32 pid; __u32 uid; char comm[16]; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 3); __type(key, __u32); __type(value, __u64); } seen SEC(".maps");
struct key { __u32 pid; char comm[4]; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, struct key); __type(value, __s64); } last SEC(".maps");
struct trace_event_raw_sched_process_exec { __u64 common; __u32 __data_loc_filename; int pid; };
struct { __u32 low; __u8 flag : 3; } state;
SEC("tp/sched/sched_process_exec") int on_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	struct key key = { .pid = ctx->pid, .comm = "abc" };
	__s64 value = -5;
	__u32 zero = 1;
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return 1;
	e->ts_ns = 1ull << 60;
	e->pid = ctx->pid;
	e->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	__u64 *count = bpf_map_lookup_elem(&seen, &zero);
	if (count)
		*count += 1;
	bpf_map_update_elem(&last, &key, &value, 0);
	state.flag = 5;
	bpf_printk("exec of %d", ctx->pid);
	return 0;
}
struct event *unused_event __attribute__((unused));
struct trace_event_raw_sched_process_exec *unused_context __attribute__((unused));
char LICENSE[] SEC("license") = "GPL";
`;

/** Variables of every kind that `--set` writes. */
const settable = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
enum level { LOW, HIGH = 9 };
struct slot { int weight; char name[8]; };
struct limits {
	__u32 tgid;
	__u64 max_ns;
	enum level level;
	__u8 flags : 3, rest : 5;
	struct { short inner; };
	struct slot slots[2];
	struct limits *next;
};
volatile struct limits limits = { .slots = { {}, { .weight = 1 } } };
volatile int table[2][2] = { { 9, 9 }, { 9, 6 } };
volatile double ratios[2];
volatile char label[8];
volatile _Bool on;
struct limits *volatile held;
SEC("syscall") int nothing(void *ctx)
{
	static volatile int seen;
	return limits.tgid + table[0][0] + label[0] + on + seen + !held;
}
char LICENSE[] SEC("license") = "GPL";
`;

describeWith(["clang", "libbpf"], "rbgen run", () => {
  let objects: Record<string, Uint8Array>;
  const readme = blockOf("README.md", "probe.bpf.c");
  beforeAll(() => {
    const counts = blockOf("docs/testing-bpf-programs.md", "counts.bpf.c");
    objects = { "/w/probe.bpf.o": compileBpf(probe), "/w/counts.bpf.o": compileBpf(counts) };
  });

  async function rbgen(args: string, files: Record<string, string> = {}): Promise<MemoryHost & { code: number }> {
    const packages = { "@rbgen/vm": "/m/vm", "@rbgen/runtime": "/m/runtime", "@rbgen/runtime/codegen/v1": "/m/v1" };
    const modules = { "/m/vm": vm, "/m/runtime": runtime, "/m/v1": v1 };
    const host = new MemoryHost({ files: { ...objects, ...files }, packages, modules });
    return Object.assign(host, { code: await runCommand(args.split(" "), host) });
  }

  test("refuses a record of a map that carries none, also where no map does", async () => {
    const lone = probe
      .replace(/^struct \{ __uint\(type, BPF_MAP_TYPE_RINGBUF.*\n/m, "")
      .replace(/\tstruct event \*e =[\s\S]*?submit\(e, 0\);\n/, "");
    objects["/w/lone.bpf.o"] = compileBpf(lone);
    for (const object of ["probe.bpf.o", "lone.bpf.o"]) {
      const run = await rbgen(`run ${object} --program on_exec --map last=event`);
      expect([run.code, run.out]).toEqual([1, ""]);
      expect(run.err).toContain(`${object}: error RB5009: "last" is a hash and carries no records`);
    }
  });

  test("prints what returned, decoded records, trace, maps and variables", async () => {
    const args = "run probe.bpf.o --fire sched/sched_process_exec --context c.json --current uid=3,comm=sh --cpus 2";
    const run = await rbgen(args, { "/w/c.json": '{"pid": 7, "filename": "/bin/sh"}' });
    expect(run.err).toBe("");
    expect(run.code).toBe(0);
    expect(
      run.out.replace(/\d+ instructions/, "N instructions"),
    ).toBe(`sched/sched_process_exec: on_exec returned 0, N instructions
records
  events: {"tsNs":"1152921504606846976","pid":7,"uid":3,"comm":"sh"}
trace
  exec of 7
maps
  events: ringbuf, 4096 bytes
  seen: percpu_array, 1 of 3 not 0
    1 → ["1","0"]
  last: hash, 1 of 8
    {"pid":7,"comm":"abc"} → "-5"
variables
  state = {"low":0,"flag":5}
  unused_context = "0"
`);
  });

  test.each(["wasm", "interpreter"])("gives the same as one JSON document, by %s", async (engine) => {
    const args = `run probe.bpf.o --fire sched/sched_process_exec --context c.json --times 2 --json --engine ${engine}`;
    const run = await rbgen(args, { "/w/c.json": '{"pid": 7}' });
    const report = JSON.parse(run.out);
    expect(report.diagnostics).toEqual([]);
    expect(report.runs).toHaveLength(2);
    expect(report.runs[0]).toMatchObject({ program: "on_exec", target: "sched/sched_process_exec", returnValue: 0 });
    expect(report.records.map(({ record }: { record: unknown }) => record)).toEqual([
      { tsNs: "1152921504606846976", pid: 7, uid: 0, comm: "" },
      { tsNs: "1152921504606846976", pid: 7, uid: 0, comm: "" },
    ]);
    expect(report.maps[1].elements).toEqual([
      { key: 0, value: ["0"] },
      { key: 1, value: ["2"] },
      { key: 2, value: ["0"] },
    ]);
  });

  test("tells a fault with the library's words, and what had run before", async () => {
    const run = await rbgen(
      "run counts.bpf.o --program count_exec --program count_of --context key.bin --set least_uid=0",
      {
        "/w/key.bin": "\u0001\0\0\0",
      },
    );
    expect(run.code).toBe(1);
    expect(run.err).toMatch(
      /^counts\.bpf\.o: error RB5019: EACCES: read of 8 bytes at NULL: a null pointer[\s\S]*note: in count_of \(.*types\.bpf\.c:39:9\)[\s\S]*return \*count;/,
    );
    expect(run.out).toContain("count_exec returned 0");
    expect(run.out).toContain("count_of ended with a fault");
    expect(run.out).toContain('0 → "1"');
  });

  test("tells what was lost of records and lines, where a program sends and prints more than is kept", async () => {
    objects["/w/flood.bpf.o"] = compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
char large[60000];
SEC("raw_tp/sched_switch") int floods(void *ctx)
{
	for (int at = 0; at < 50000; at++)
		bpf_printk("line %d", at);
	for (int at = 0; at < 20; at++)
		bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, large, sizeof(large));
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`);
    const report = JSON.parse((await rbgen("run flood.bpf.o --program floods --json")).out);
    expect(report.records).toHaveLength(17);
    expect(report.lost).toEqual([
      { from: "trace", count: 50_000 - report.trace.length },
      { from: "perf", count: 3 },
    ]);
    const { out } = await rbgen("run flood.bpf.o --program floods");
    expect(out).toContain(
      `lost\n  trace: ${report.lost[0].count} beyond what is kept\n  perf: 3 beyond what is kept\n`,
    );
  });

  test("writes the lines that ran", async () => {
    const run = await rbgen("run counts.bpf.o --fire sched_process_exec --coverage lcov.info");
    expect(run.code).toBe(0);
    const text = new TextDecoder().decode(run.contents.get("/w/lcov.info"));
    expect(text).toMatch(/DA:22,1\n[\s\S]*DA:29,0\n/);
  });

  test("decodes the records of README's object, whose types the compiler dropped, with its source", async () => {
    const compiled = compileBpf(readme.replace('"vmlinux.h"', "<linux/bpf.h>"));
    objects["/w/readme.bpf.o"] = withoutDebugInfo(compiled);
    const source = {
      "/w/probe.bpf.c": readme
        .replace('#include "vmlinux.h"', "typedef unsigned long long __u64; typedef unsigned int __u32;")
        .replace(
          "#include <bpf/bpf_helpers.h>",
          "#define SEC(x)\n#define __uint(name, val) int (*name)[val]\nenum { BPF_MAP_TYPE_RINGBUF = 27 };",
        ),
    };
    const fired = "run readme.bpf.o --fire sched/sched_process_exec --current pid=7,tgid=7,comm=ls";
    const bare = await rbgen(fired);
    expect(bare.out).toMatch(/events: [0-9a-f]{80}\n/);
    expect(bare.err).toContain("warning RB4009: nothing says what events carries");
    objects["/w/readme.bpf.o"] = compiled;
    expect((await rbgen(fired)).out).toMatch(/events: \{.*"uid":0,"comm":"ls"\}/);
    objects["/w/readme.bpf.o"] = withoutDebugInfo(compiled);
    const typed = await rbgen(`${fired} --types probe.bpf.c`, source);
    expect(typed.out).toMatch(
      /events: \{"kind":"exec","header":\{"tsNs":"\d+","pid":7,"kind":"?1?[EXC"]*.*\},"uid":0,"comm":"ls"\}/,
    );
  });

  test("sets members and elements of variables, by one value or by JSON, and prints them as generated code calls them", async () => {
    objects["/w/set.bpf.o"] = compileBpf(settable);
    const set = (...given: readonly string[]) =>
      rbgen(["run set.bpf.o --program nothing --json", ...given.map((one) => `--set ${one}`)].join(" "));
    const { variables } = JSON.parse(
      (
        await set(
          "limits.tgid=7",
          "limits.max_ns=18446744073709551615",
          "limits.level=HIGH",
          "limits.flags=5",
          "limits.inner=3",
          "limits.slots[1].name=zwei",
          'limits.slots[0]={"weight":-2,"name":"eins"}',
          "table=[[1,2],[3]]",
          'ratios=[0.5,"2"]',
          "label=a_b",
          "on=true",
          "nothing.seen=4",
        )
      ).out,
    );
    expect(variables).toEqual({
      limits: {
        tgid: 7,
        maxNs: "18446744073709551615",
        level: 9,
        flags: 5,
        rest: 0,
        inner: 3,
        slots: [
          { weight: -2, name: "eins" },
          { weight: 1, name: "zwei" },
        ],
        next: "0",
      },
      table: [
        [1, 2],
        [3, 6],
      ],
      ratios: [0.5, 2],
      label: "a_b",
      on: true,
      held: "0",
      "nothing.seen": 4,
    });
    const preserved = await rbgen('run set.bpf.o --program nothing --case preserve --json --set limits={"maxNs":1}');
    expect(JSON.parse(preserved.out).variables.limits).toMatchObject({ max_ns: "1" });
  });

  test.each([
    ["limits=x", '"x" is no value of struct limits: give JSON, {"member": 7}, or a part, --set limits.tgid=7'],
    ["table=1,2", '"1,2" is no value of an array of 2: give JSON, [1, 2], or a part, --set table[0]=1'],
    ["limits=[1]", "--set limits: [1] is no value of struct limits"],
    ["limit.tgid=7", '--set limit.tgid: the object has no global variable "limit": did you mean "limits"'],
    ["limits.tgit=1", "--set limits.tgit: there is no member tgit: did you mean"],
    ["limits.tgid.low=1", "has no members"],
    ["limits.slots[2].weight=1", "there are 2 elements, from 0 on"],
    ["label=nine_bytes", "--set label: has length 10, more than 8"],
    ["limits.flags=8", "--set limits.flags: 8 is no integer from 0 to 7"],
    ["held=1", "it is a pointer, which the program alone can set"],
    ["limits.level=MIDDLE", '"MIDDLE" is no enumerator and no number'],
    ['limits={"max_ns":9007199254740993}', "is not exact as a number of JSON"],
    ["limits[=1", "members are .NAME and elements [NUMBER]"],
  ])("--set %s is refused with the reason", async (given, says) => {
    objects["/w/set.bpf.o"] = compileBpf(settable);
    const run = await rbgen(`run set.bpf.o --program nothing --set ${given}`);
    expect(run.code).toBe(2);
    expect(run.err).toContain(says);
  });

  test.each(["./entry.bpf.o", "en*.bpf.o"])(
    "reads by what the entry %s of the configuration says of the object",
    async (path) => {
      objects["/w/entry.bpf.o"] = compileBpf(probe.replace("1ull << 60", "1ull << 40"));
      const config = JSON.stringify({
        inputs: [
          { path: "other.bpf.o", case: "preserve" },
          {
            path,
            int64: "number",
            annotations: { "event.uid": "name=user" },
          },
        ],
        case: "camel",
        annotations: { "event.uid": "name=all", "event.pid": "name=process" },
      });
      const files = { "/w/c.json": '{"pid": 7}', "/w/rbgen.config.json": config };
      const run = await rbgen("run entry.bpf.o --program on_exec --context c.json --current uid=3", files);
      expect([run.code, run.err]).toEqual([0, ""]);
      expect(run.out).toContain('events: {"tsNs":1099511627776,"process":7,"user":3,"comm":""}');
      expect(run.out).toContain('{"pid":7,"comm":"abc"} → -5');
      const other = await rbgen("run probe.bpf.o --program on_exec --context c.json --current uid=3", files);
      expect(other.out).toContain('events: {"tsNs":"1152921504606846976","process":7,"all":3,"comm":""}');
    },
  );

  test("says nothing of a ring that no program sends on, and names records where bytes were sent", async () => {
    const quiet = (sends: string) => `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
struct pair { int first, second; } pair;
SEC("raw_tp/sched_switch") int go(void *ctx) { ${sends} return pair.first; }
char LICENSE[] SEC("license") = "GPL";
`;
    objects["/w/quiet.bpf.o"] = compileBpf(quiet("if (ctx == &perf) return 1;"));
    const silent = await rbgen("run quiet.bpf.o --program go");
    expect([silent.code, silent.err]).toEqual([0, ""]);
    objects["/w/quiet.bpf.o"] = compileBpf(
      quiet("bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &pair, sizeof(pair));"),
    );
    const config = { "/w/rbgen.config.json": '{ "infer": false }' };
    const untold = await rbgen("run quiet.bpf.o --program go", config);
    expect(untold.out).toContain("perf: 0000000000000000\n");
    expect(untold.err).toContain("warning RB4001: nothing says which types are records");
    expect((await rbgen("run quiet.bpf.o --program go")).out).toContain('perf: {"first":0,"second":0}\n');
  });

  test("runs for a process of one thread where pid or tgid is given alone", async () => {
    objects["/w/who.bpf.o"] = compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
__u64 who;
SEC("syscall") int ask(void *ctx) { who = bpf_get_current_pid_tgid(); return 0; }
char LICENSE[] SEC("license") = "GPL";
`);
    const who = async (current: string): Promise<bigint> =>
      BigInt(JSON.parse((await rbgen(`run who.bpf.o --program ask --json --current ${current}`)).out).variables.who);
    expect(await who("pid=7")).toBe((7n << 32n) | 7n);
    expect(await who("tgid=7")).toBe((7n << 32n) | 7n);
    expect(await who("tgid=7,pid=8")).toBe((7n << 32n) | 8n);
  });

  test.each([
    ["run probe.bpf.o", 2, "say what runs: --fire TARGET, or --program NAME"],
    ["run - --program x", 2, "an object is read twice: give a file"],
    ["run probe.bpf.o --program x --current pod=1", 2, "--current takes pid, tgid"],
    ["run probe.bpf.o --program x --times 0", 2, "It is a number from 1 on."],
    ["run probe.bpf.o --program nobody", 1, 'RB5019: ENOENT: the object has no program "nobody"; it has "on_exec"'],
    [
      "run probe.bpf.o --fire sys_enter",
      1,
      'no program is attached to "sys_enter"; there are programs for "sched/sched_process_exec"',
    ],
    ["run counts.bpf.o --program count_of --set nothing=1", 2, 'no global variable "nothing": it has '],
    ["run counts.bpf.o --program count_of --set least_uid=x", 2, '--set least_uid: "x" is no number'],
    [
      "run counts.bpf.o --program count_of --set least_uid=4294967296",
      2,
      "--set least_uid: 4294967296 is no integer from 0 to 4294967295",
    ],
    [
      "run probe.bpf.o --program on_exec --context c.json",
      1,
      "RB5019: the context cannot be read: 9007199254740993 is not exact|9007199254740992 is not exact",
    ],
    ["run probe.bpf.o --program on_exec --context gone.json", 1, "RB5001: cannot read gone.json"],
  ])("%s ends with %i, and says what to do", async (args, code, says) => {
    const run = await rbgen(args, { "/w/c.json": '{"pid": 9007199254740993}' });
    expect(run.code).toBe(code);
    expect(
      says.split("|").some((one) => run.err.includes(one)),
      run.err,
    ).toBe(true);
  });
});
