import { RingBufReader } from "@rbgen/runtime";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { expect, test } from "vitest";
import { ProgramFault, VmObject } from "../index.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event { __u64 ts; __u32 pid; __u32 seq; char comm[16]; };

struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");

const volatile __u32 least = 0;
__u32 seen;

static __noinline int count(__u32 pid)
{
	__u64 one = 1, *value = bpf_map_lookup_elem(&counts, &pid);
	if (value) { __sync_fetch_and_add(value, 1); return 1; }
	return bpf_map_update_elem(&counts, &pid, &one, BPF_NOEXIST);
}

SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	if (pid < least)
		return 1;
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return 2;
	e->ts = 0;
	e->pid = pid;
	e->seq = seen++;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	count(pid);
	bpf_printk("pid %d", pid);
	return 0;
}

SEC("syscall")
int wrong(void *ctx)
{
	__u32 pid = 99;
	__u64 *value = bpf_map_lookup_elem(&counts, &pid);
	return *(volatile __u64 *)value;
}

char LICENSE[] SEC("license") = "GPL";
`;

describeWith(["clang", "libbpf"], "a compiled object in the emulated kernel", () => {
  const bytes = compileBpf(source);

  test.each(["wasm", "interpreter"] as const)(
    "sends records, counts in maps and keeps globals, by %s",
    async (engine) => {
      using object = await VmObject.load(bytes, { engine, rodata: { least: 5 } });
      object.become({ pid: 7, tgid: 7, comm: "sh" });
      expect(object.fire("sched/sched_process_exec").map(({ returnValue }) => returnValue)).toEqual([0]);
      expect(object.program("on_exec").run().returnValue).toBe(0);
      object.become({ pid: 3, tgid: 3 });
      expect(object.program("on_exec").run().returnValue).toBe(1);
      expect(object.global("seen").get()).toBe(2);
      expect(object.hash("counts").get(7)).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0));
      expect(object.hash("counts").get(3)).toBeUndefined();
      expect(object.trace().join("\n")).toContain("pid 7");
      const seen: unknown[] = [];
      const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
      reader.consume((sample) => {
        const view = new DataView(sample.buffer, sample.byteOffset);
        seen.push([
          view.getUint32(8, true),
          view.getUint32(12, true),
          new TextDecoder().decode(sample.subarray(16, 18)),
        ]);
      });
      reader.close();
      expect(seen).toEqual([
        [7, 0, "sh"],
        [7, 1, "sh"],
      ]);
    },
  );

  test.each(["wasm", "interpreter"] as const)("names the C line of a fault, by %s", async (engine) => {
    using object = await VmObject.load(bytes, { engine });
    let fault: unknown;
    try {
      object.program("wrong").run();
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(ProgramFault);
    const line = source.split("\n").findIndex((text) => text.includes("return *(volatile")) + 1;
    expect(String(fault)).toContain(`types.bpf.c:${line}:9)`);
    expect(String(fault)).toContain("read of 8 bytes at NULL");
  });

  test("fills the ring, and fails as the kernel does where there is no room", async () => {
    using object = await VmObject.load(bytes);
    const results = Array.from({ length: 110 }, () => object.program("on_exec").run().returnValue);
    expect(results.filter((value) => value === 0)).toHaveLength(102);
    expect(results.slice(102).every((value) => value === 2)).toBe(true);
  });
});
