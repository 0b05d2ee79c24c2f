import { readFileSync } from "node:fs";
import { ManualClock } from "@rbgen/runtime/emulated";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { beforeAll, describe, expect, test } from "vitest";
import { ProgramFault } from "../run/program-fault.ts";
import type { VmObjectOptions } from "./object-options.ts";
import { VmObject } from "./vm-object.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
const volatile __u64 threshold = 5;
__u32 counter;
struct event { __u32 pid; __u32 number; char comm[16]; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); } plain SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u32); } calls SEC(".maps");

static __attribute__((noinline)) __u64 *count(__u32 key)
{
	__u64 zero = 0, *value = bpf_map_lookup_elem(&counts, &key);
	if (value)
		return value;
	bpf_map_update_elem(&counts, &key, &zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&counts, &key);
}

SEC("raw_tp/sched_process_exec") int on_exec(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	__u64 *value;
	if (!event)
		return 1;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->number = ++counter + threshold;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	value = count(7);
	if (value)
		__sync_fetch_and_add(value, 1);
	bpf_printk("exec %d", counter);
	return 0;
}

static long add(__u32 index, void *sum)
{
	*(__u64 *)sum += index;
	return 0;
}

SEC("syscall") int loops(__u32 *context)
{
	__u64 sum = 0;
	bpf_loop(*context, add, &sum, 0);
	return sum;
}

SEC("syscall") int target(__u32 *context) { return *context + 1; }
SEC("syscall") int jumps(__u32 *context) { bpf_tail_call(context, &calls, 1); return -1; }

SEC("syscall") int unchecked(__u32 *context)
{
	__u32 key = *context;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);
	return *value; /* may be NULL */
}

SEC("syscall") int leaks(void *context)
{
	bpf_ringbuf_reserve(&events, 8, 0);
	return 0;
}

SEC("xdp") int first(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	if (data + 14 > end)
		return XDP_ABORTED;
	return data[12] == 8 ? XDP_PASS : XDP_DROP;
}

SEC("tc") int beyond(struct __sk_buff *skb)
{
	unsigned char *data = (void *)(long)skb->data;
	skb->mark = skb->len;
	return data[64];
}
`;

const engines = ["wasm", "interpreter"] as const;

describeWith(["clang"], "a compiled object", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBpf(source);
  });
  const load = (options: VmObjectOptions): Promise<VmObject> => VmObject.load(bytes, options);
  const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

  describe.each(engines)("on the engine %s", (engine) => {
    test("fires a program, which writes a ring, a hash, a global and the trace", async () => {
      using object = await load({ engine, clock: new ManualClock(), rodata: { threshold: 100n } });
      object.become({ pid: 12, tgid: 12, comm: "sh" });
      expect(object.fire("sched_process_exec").map(({ returnValue }) => returnValue)).toEqual([0]);
      object.fire("sched/sched_process_exec");
      expect(object.ringBuf("events").readiness()).toBe(0x41);
      expect(object.hash("counts").get(7)).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0));
      expect(object.global("counter").get()).toBe(2);
      expect(object.global("threshold").get()).toBe(100n);
      expect(() => object.global("threshold").set(1)).toThrow(expect.objectContaining({ code: "EPERM" }));
      expect(object.trace()).toEqual(["exec 1", "exec 2"]);
    });

    test("tells of each printed line who printed it, where and when, and keeps nothing of the clock for it in the recording", async () => {
      const clock = new ManualClock();
      using object = await load({ engine, clock, cpus: 2, rodata: { threshold: 100n }, record: true });
      object.become({ pid: 12, tgid: 11, comm: "sh" });
      clock.advance(3);
      object.fire("sched_process_exec");
      const line = { kind: "traced", task: "sh", pid: 12, cpu: 0, flags: ".....", timeNs: 3_000_000n };
      expect(object.traceLines()).toEqual([{ ...line, event: "bpf_trace_printk", text: "exec 1" }]);
      expect([object.traceLines(), object.trace()]).toEqual([[], []]);
      expect(JSON.stringify(object.recording())).not.toMatch(/"clock":\[\d/);
    });

    test("runs callbacks and tail calls", async () => {
      using object = await load({ engine });
      expect(object.program("loops").run({ context: word(10) }).returnValue).toBe(45);
      expect(object.program("jumps").run({ context: word(41) }).returnValue).toBe(-1);
      object.setTailCall("calls", 1, object.program("target"));
      expect(object.program("jumps").run({ context: word(41) }).returnValue).toBe(42);
    });

    test("tells a fault with its line of C, its function and the registers", async () => {
      using object = await load({ engine });
      const run = (): unknown => object.program("unchecked").run({ context: word(3) });
      expect(run).toThrow(ProgramFault);
      expect(run).toThrow(
        /a null pointer; .* compared with NULL[\s\S]*in unchecked \(.*types\.bpf\.c:\d+:\d+\)\n.*\| return \*value/,
      );
      object.hash("counts").set(3, Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0));
      expect(object.program("unchecked").run({ context: word(3) }).returnValue).toBe(9);
    });

    test("refuses a run that leaves a record reserved, names the line that reserved it, and discards it", async () => {
      using object = await load({ engine });
      expect(() => object.program("leaks").run()).toThrow(
        /Unreleased reference: a record of ring "events"[\s\S]*in leaks .*\n.*\| bpf_ringbuf_reserve\(&events, 8, 0\)/,
      );
      expect(object.fire("sched_process_exec")[0]?.returnValue).toBe(0);
    });

    test("gives programs of packets their bytes and no more", async () => {
      using object = await load({ engine });
      const packet = new Uint8Array(60);
      packet[12] = 8;
      expect(object.program("first").run({ data: packet }).returnValue).toBe(2);
      expect(() => object.program("first").run({ data: packet.subarray(0, 10) })).toThrow(
        /EINVAL.* packets from 14 bytes/,
      );
      expect(() => object.program("beyond").run({ data: packet })).toThrow('read of 1 byte at packet "packet" + 64');
      const long = object.program("beyond").run({ data: new Uint8Array(100).fill(5) });
      expect(long.returnValue).toBe(5);
      expect(new DataView(long.context?.buffer as ArrayBuffer).getUint32(8, true)).toBe(100);
    });

    test("fails helpers on purpose", async () => {
      using object = await load({ engine });
      expect(() => object.kernel.faults.fail("bpf_ringbuf_submit" as never, 1, -12)).toThrow(
        /cannot be made to fail; these can: /,
      );
      expect(() => object.kernel.faults.fail("bpf_ringbuf_reserve", 1, 12)).toThrow(
        /errno is 12: an integer from -4095 to -1/,
      );
      expect(() => object.kernel.faults.failAtRate("bpf_ringbuf_reserve", 2, -12)).toThrow(
        /rate is 2: a number from 0 to 1/,
      );
      object.kernel.faults.fail("bpf_ringbuf_reserve", 1, -12);
      expect(object.fire("sched_process_exec")[0]?.returnValue).toBe(1);
      expect(object.fire("sched_process_exec")[0]?.returnValue).toBe(0);
    });
  });

  test("both engines take the same number of instructions", async () => {
    const counts = await Promise.all(
      engines.map(async (engine) => {
        using object = await load({ engine });
        return [object.program("loops").run({ context: word(100) }), object.fire("sched_process_exec")[0]].map(
          (output) => output?.instructions,
        );
      }),
    );
    expect(counts[0]).toEqual(counts[1]);
  });

  test("counts the lines that ran, as LCOV", async () => {
    using object = await load({ coverage: true });
    object.fire("sched_process_exec");
    const lines = object.coverage().lines;
    const lineOf = (text: string): number => source.split("\n").findIndex((line) => line.includes(text)) + 1;
    expect(lines.find(({ line }) => line === lineOf("bpf_ringbuf_submit"))?.count).toBe(1);
    expect(lines.find(({ line }) => line === lineOf("return *value;"))?.count).toBe(0);
    expect(object.coverage().toLcov()).toMatch(/^TN:\nSF:.*types\.bpf\.c\nDA:\d+,\d+\n[\s\S]*end_of_record\n$/);
  });

  test("says what an object has where a name is wrong", async () => {
    using object = await load({});
    expect(() => object.program("on_exit")).toThrow(/no program "on_exit"; it has "on_exec"/);
    expect(() => object.ringBuf("counts")).toThrow('map "counts" has type hash, not ringbuf');
    expect(() => object.fire("sys_enter")).toThrow(
      'no program is attached to "sys_enter"; there are programs for "sched_process_exec"',
    );
    const nowhere = compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("syscall") int alone(void *context) { return 0; }
char LICENSE[] SEC("license") = "GPL";`);
    using bare = await VmObject.load(nowhere);
    expect(() => bare.fire("syscall")).toThrow(
      /no program is attached to "syscall"; none runs at a place that is fired$/,
    );
    const misspelt = compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("kprob/do_unlinkat") int odd(void *context) { return 0; }
char LICENSE[] SEC("license") = "GPL";`);
    await expect(VmObject.load(misspelt)).rejects.toThrow(
      /SEC\("kprob\/do_unlinkat"\) does not say what type it has; did you mean "kprobe"/,
    );
  });

  test("refuses a helper that it does not have at load, with the line of C", async () => {
    const other = compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
SEC("tc") int change(struct __sk_buff *skb) {
	return bpf_skb_change_type(skb, 1);
}`);
    await expect(VmObject.load(other)).rejects.toThrow(/helper 32 is not supported[\s\S]*types\.bpf\.c:5/);
  });
});

describeWith(["clang"], "an object that asks for little", () => {
  const load = (body: string): Promise<VmObject> =>
    VmObject.load(
      compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
${body}`),
    );

  test("fires a tracepoint whose program looks at no context, without the kernel's types", async () => {
    using object = await load(`
SEC("tp/sched/sched_process_exec") int plain(void *ctx) { return 3; }
SEC("tp/sched/sched_process_exit") int looks(int *ctx) { return ctx[2]; }`);
    expect(object.fire("sched/sched_process_exec")[0]?.returnValue).toBe(3);
    expect(() => object.fire("sched/sched_process_exit")).toThrow(
      'read of 4 bytes at context "tp/sched/sched_process_exit" + 8: context "tp/sched/sched_process_exit" has 0 bytes',
    );
    expect(() => object.fire("sched/sched_process_exec", { pid: 1 })).toThrow(
      /no struct trace_event_raw_sched_process_exec/,
    );
  });

  test("is refused for a type of map that there is not with the line that uses it", async () => {
    const using = load(`
struct { __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 8); __type(value, __u32); } seen SEC(".maps");
SEC("syscall") int push(void *ctx) {
	__u32 value = 1;
	return bpf_map_push_elem(&seen, &value, 0);
}`);
    await expect(using).rejects.toThrow(
      /^ERR_RINGBUF_UNSUPPORTED: map "seen": type bloom_filter is not supported by this virtual machine; it has [\s\S]*first used at .*types\.bpf\.c:8:9/,
    );
  });
});

describeWith(["clang", "vmlinux"], "an object against the kernel's types", () => {
  test("reads declared memory by CO-RE, and a tracepoint's record by its members", async () => {
    const object = await VmObject.load(
      compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
char LICENSE[] SEC("license") = "GPL";
struct task_struct { int tgid; struct task_struct *real_parent; char comm[16]; } __attribute__((preserve_access_index));
struct trace_event_raw_sched_process_exec { int pid; int old_pid; } __attribute__((preserve_access_index));
SEC("tp/sched/sched_process_exec") int parent(struct trace_event_raw_sched_process_exec *ctx) {
	struct task_struct *task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, real_parent, tgid) * 1000 + ctx->pid;
}`),
      { btf: readFileSync("/sys/kernel/btf/vmlinux") },
    );
    const init = object.world.task({ pid: 1, comm: "init" });
    object.become({ task: object.world.task({ pid: 7, real_parent: init }) });
    expect(object.fire("sched/sched_process_exec", { pid: 7 })[0]?.returnValue).toBe(1007);
    expect(() => object.world.task({ cmm: "x" })).toThrow("no such member of struct task_struct");
    object.close();
  });
});
