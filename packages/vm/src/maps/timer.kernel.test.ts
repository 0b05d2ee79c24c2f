import { BpfObject } from "@rbgen/native";
import { ManualClock } from "@rbgen/runtime/emulated";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { VmObject } from "../index.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct value { __u64 count; struct bpf_timer timer; __u32 last; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct value); } slots SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, struct value); } table SEC(".maps");
__u32 operation, key, seen_key, rearm;
__u64 flags, nanoseconds;
__s64 result, inside;
__u64 fired;

static int due(void *map, __u32 *which, struct value *value)
{
	fired++;
	seen_key = *which;
	value->count++;
	inside = bpf_timer_cancel(&value->timer);
	if (rearm) {
		rearm--;
		bpf_timer_start(&value->timer, nanoseconds, 0);
	}
	return 0;
}

SEC("syscall") int act(void *ctx)
{
	__u32 which = key;
	struct value zero = {}, *value = bpf_map_lookup_elem(&slots, &which);
	if (!value)
		return -1;
	switch (operation) {
	case 0: result = bpf_timer_init(&value->timer, &slots, flags); break;
	case 1: result = bpf_timer_set_callback(&value->timer, due); break;
	case 2: result = bpf_timer_start(&value->timer, nanoseconds, flags); break;
	case 3: result = bpf_timer_cancel(&value->timer); break;
	case 4: result = bpf_map_update_elem(&slots, &which, &zero, 0); break;
	}
	return 0;
}

SEC("syscall") int act_hash(void *ctx)
{
	__u32 which = key;
	struct value zero = {}, *value = bpf_map_lookup_elem(&table, &which);
	if (operation == 4) {
		result = bpf_map_update_elem(&table, &which, &zero, flags);
		return 0;
	}
	if (operation == 5) {
		result = bpf_map_delete_elem(&table, &which);
		return 0;
	}
	if (!value) {
		result = -1000;
		return 0;
	}
	switch (operation) {
	case 0: result = bpf_timer_init(&value->timer, &table, flags); break;
	case 1: result = bpf_timer_set_callback(&value->timer, due); break;
	case 2: result = bpf_timer_start(&value->timer, nanoseconds, flags); break;
	case 3: result = bpf_timer_cancel(&value->timer); break;
	}
	return 0;
}`;

/** Operation, key, nanoseconds, flags. */
type Act = readonly [operation: number, key: number, nanoseconds?: number, flags?: number];
const [init, callback, start, cancel, update, remove] = [0, 1, 2, 3, 4, 5];
const far = 3_600_000_000_000;
const acts: readonly Act[] = [
  [callback, 0],
  [start, 0, far],
  [cancel, 0],
  [init, 0, 0, 2],
  [init, 0, 0, 16],
  [init, 0, 0, 1],
  [init, 0, 0, 1],
  [init, 1, 0, 0],
  [start, 0, far],
  [callback, 0],
  [start, 0, far, 4],
  [start, 0, far],
  [start, 0, far],
  [cancel, 0],
  [cancel, 0],
  [start, 0, far],
  [callback, 0],
  [start, 0, far, 1],
  [update, 0],
  [cancel, 0],
  [init, 0, 0, 7],
  [remove, 0],
  [init, 0, 0, 1],
];

describeWith(["kernel", "clang", "libbpf"], "timers of map values", () => {
  const bytes = compileBpf(source);

  test.each(["act", "act_hash"].flatMap((name) => [["wasm", name] as const, ["interpreter", name] as const]))(
    "by %s and %s are made, started and ended as the kernel does",
    async (engine, name) => {
      using kernel = await BpfObject.load(bytes);
      using vm = await VmObject.load(bytes, { engine, clock: new ManualClock() });
      const all: readonly Act[] =
        name === "act" ? acts.filter(([operation]) => operation !== remove) : [[update, 0], ...acts];
      const outcomes = [kernel, vm].map((object) =>
        all.map(([operation, key, nanoseconds = 0, flags = 0]) => {
          object.global("operation").set(operation);
          object.global("key").set(key);
          object.global("nanoseconds").set(BigInt(nanoseconds));
          object.global("flags").set(BigInt(flags));
          object.program(name).run({ context: new Uint8Array(8) });
          return [operation, object.global("result").get()];
        }),
      );
      expect(outcomes[1]).toEqual(outcomes[0]);
    },
  );

  test.each(["wasm", "interpreter"] as const)("run their callbacks by the emulated clock, by %s", async (engine) => {
    const clock = new ManualClock();
    using object = await VmObject.load(bytes, { engine, clock, record: true });
    const act = (operation: number, key: number, nanoseconds = 0): unknown => {
      object.global("operation").set(operation);
      object.global("key").set(key);
      object.global("nanoseconds").set(nanoseconds);
      object.program("act").run({ context: new Uint8Array(8) });
      return object.global("result").get();
    };
    object.global("rearm").set(2);
    for (const operation of [init, callback]) expect(act(operation, 1)).toBe(0n);
    expect(act(start, 1, 5_000_000)).toBe(0n);
    clock.advance(4.9);
    expect(object.global("fired").get()).toBe(0n);
    clock.advance(0.2);
    expect([object.global("fired").get(), object.global("seen_key").get()]).toEqual([1n, 1]);
    expect(object.global("inside").get()).toBe(-35n); // EDEADLK
    clock.advance(100);
    expect(object.global("fired").get()).toBe(3n);
    expect(object.array("slots").sum(1)).toBe(3n);
    act(start, 1, 1_000_000);
    expect(act(cancel, 1)).toBe(1n);
    clock.advance(100);
    expect(object.global("fired").get()).toBe(3n);
    const replay = VmObject.replay(bytes, JSON.parse(JSON.stringify(object.recording())), { engine: "interpreter" });
    replay.finish();
    expect(replay.object.variables.map((one) => one.get())).toEqual(object.variables.map((one) => one.get()));
    expect(replay.object.array("slots").values(1)).toEqual(object.array("slots").values(1));
  });

  test("that fire for real leave what the emulated ones do", async () => {
    using kernel = await BpfObject.load(bytes);
    for (const [operation, nanoseconds] of [
      [init, 0],
      [callback, 0],
      [start, 1000],
    ] as const) {
      kernel.global("operation").set(operation);
      kernel.global("key").set(1);
      kernel.global("nanoseconds").set(nanoseconds);
      kernel.program("act").run({ context: new Uint8Array(8) });
    }
    await expect.poll(() => kernel.global("fired").get(), { timeout: 60_000 }).toBe(1n);
    await expect.poll(() => kernel.global("inside").get(), { timeout: 60_000 }).toBe(-35n);
    expect(kernel.global("seen_key").get()).toBe(1);
    expect(kernel.array("slots").sum(1)).toBe(1n);
  });
});
