import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { VmObject } from "../index.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, char[60000]); } large SEC(".maps");

/* how many of so many records found room */
SEC("raw_tp/sched_switch")
int sends(__u64 *ctx)
{
	__u32 key = 0, sent = 0;
	void *value = bpf_map_lookup_elem(&large, &key);
	if (!value)
		return -1;
	for (__u32 at = 0; at < 1000; at++)
		sent += bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, value, 60000) == 0;
	return sent;
}

/* the last errno */
SEC("raw_tp/sched_wakeup")
int sends_one(__u64 *ctx)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&large, &key);
	return value ? bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, value, 60000) : -1;
}

SEC("syscall")
int prints(void *ctx)
{
	for (__u32 at = 0; at < 100000; at++)
		bpf_printk("line %d", at);
	return 0;
}

SEC("syscall")
int prints_wide(void *ctx)
{
	__u64 args[1] = { 7 };
	return bpf_trace_vprintk("%-2000d.", 9, args, sizeof(args));
}

char LICENSE[] SEC("license") = "GPL";
`;

describeWith(["clang", "libbpf"], "what a program sends and prints while nobody takes it", () => {
  const bytes = compileBpf(source);

  test.each(["wasm", "interpreter"] as const)(
    "perf records beyond a processor's ring are −ENOSPC and counted, on the engine %s",
    async (engine) => {
      using object = await VmObject.load(bytes, { engine, cpus: 2 });
      // 60 000 bytes, 8 of a header and 4 of a length, to 8 bytes: 17 in 1 MiB
      const fit = Math.floor((2 ** 20 - 1) / 60_016);
      expect(object.program("sends").run().returnValue).toBe(fit);
      expect(object.program("sends_one").run().returnValue).toBe(-28);
      expect(object.perfLost("perf")).toBe(1001 - fit);
      object.runOn(1);
      expect(object.program("sends_one").run().returnValue).toBe(0);
      expect(object.perfRecords("perf").map(({ cpu }) => cpu)).toEqual([...new Array(fit).fill(0), 1]);
      object.runOn(0);
      expect(object.program("sends").run().returnValue).toBe(fit);
    },
  );

  test("perf records take of the memory that maps share: it is there again once they are taken", async () => {
    using object = await VmObject.load(bytes, { cpus: 1024 });
    const fill = (): number => {
      let sent = 0;
      for (let cpu = 0; cpu < 1024; cpu += 1) {
        object.runOn(cpu);
        if (object.program("sends_one").run().returnValue === 0) sent += 1;
      }
      return sent;
    };
    expect(fill()).toBe(1024);
    for (let round = 1; round < 5; round += 1) fill();
    const kept = object.perfRecords("perf").length;
    expect(kept * 60_016).toBeLessThanOrEqual(256 * 2 ** 20);
    expect(kept + object.perfLost("perf")).toBe(5 * 1024);
    expect(fill()).toBe(1024);
  });

  test("rings take of the memory that maps share", async () => {
    await expect(VmObject.load(bytes, { maps: { ring: { maxEntries: 2 ** 30 } } })).rejects.toThrow(
      expect.objectContaining({
        code: "ENOMEM",
        syscall: "BPF_MAP_CREATE",
        message: expect.stringMatching(/map "ring": no room for 1073741824 bytes.*\{ maps: \{ ring: \{ maxEntries/),
      }),
    );
    using object = await VmObject.load(bytes, { maps: { ring: { maxEntries: 2 ** 26 } } });
    expect(object.ringBuf("ring").maxEntries).toBe(2 ** 26);
  });

  test("the last printed lines are there, and the others are counted", async () => {
    using object = await VmObject.load(bytes);
    object.program("prints").run();
    const lines = object.trace();
    expect(object.traceLost).toBeGreaterThan(0);
    expect(lines.length + object.traceLost).toBe(100_000);
    expect([lines.at(0), lines.at(-1)]).toEqual([`line ${object.traceLost}`, "line 99999"]);
  });

  test("a printed line has 1023 bytes at most, and the helper gives the length of all of it", async () => {
    using object = await VmObject.load(bytes);
    expect(object.program("prints_wide").run().returnValue).toBe(2001);
    expect(object.trace()).toEqual([`7${" ".repeat(1022)}`]);
  });
});
