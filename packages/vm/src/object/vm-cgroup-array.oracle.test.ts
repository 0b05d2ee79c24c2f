import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { describe, expect, test } from "vitest";
import { VmObject } from "../index.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct { __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u32); } groups SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 2); __type(key, __u32); __type(value, __u32); } others SEC(".maps");
SEC("raw_tp/sched_switch") int ask(void *ctx)
{
	bpf_printk("%d %d %llu", bpf_current_task_under_cgroup(&groups, 0), bpf_current_task_under_cgroup(&groups, 1), bpf_get_current_cgroup_id());
	return 0;
}
SEC("raw_tp/sched_wakeup") int asks_another(void *ctx) { return bpf_current_task_under_cgroup(&others, 0); }
`;

describeWith(["clang", "libbpf"], "control groups that a test declares", () => {
  const bytes = compileBpf(source);
  const largest = 2n ** 64n - 1n;

  function session(object: VmObject): void {
    const groups = object.cgroupArray("groups");
    const ask = () => void object.fire("sched_switch");
    ask();
    groups.set(0, 1n);
    groups.set(1, largest);
    ask();
    object.become({ cgroupId: 7n, cgroupAncestors: [5n, largest] });
    ask();
    object.become({ pid: 3 });
    ask();
    object.become({ cgroupId: 8n });
    ask();
    object.become({ cgroupAncestors: [largest] });
    ask();
    groups.set(1, 8n);
    ask();
    groups.delete(0);
    ask();
  }

  describe.each(["wasm", "interpreter"] as const)("on the engine %s", (engine) => {
    test("are those of the task and above, and stay until there are others", async () => {
      using object = await VmObject.load(bytes, { engine });
      session(object);
      expect(object.trace()).toEqual(["-11 -11 1", "1 0 1", "1 1 7", "1 1 7", "1 0 8", "1 1 8", "1 1 8", "-11 1 8"]);
    });

    test("are recorded, and replayed the same on either engine", async () => {
      using object = await VmObject.load(bytes, { engine, record: true });
      session(object);
      const json = JSON.stringify(object.recording());
      const lines = object.trace();
      for (const other of ["wasm", "interpreter"] as const) {
        const replay = VmObject.replay(bytes, JSON.parse(json), { engine: other });
        replay.finish();
        expect(replay.object.trace()).toEqual(lines);
        replay.object.close();
      }
    });
  });

  test("are seen by their ids", async () => {
    using object = await VmObject.load(bytes);
    const groups = object.cgroupArray("groups");
    expect(groups.length).toBe(2);
    expect(groups.get(0)).toBeUndefined();
    groups.set(0, 9n);
    expect(groups.get(0)).toBe(9n);
    expect(groups.delete(0)).toBe(true);
    expect(groups.delete(0)).toBe(false);
    expect(object.cgroupArray("groups")).toBe(groups);
    for (const wrong of [0n, -1n, largest + 1n, 5, "5", undefined] as never[]) {
      expect(() => groups.set(0, wrong)).toThrow(/EINVAL: cgroup_array "groups" takes ids of control groups: a bigint/);
      expect(() => object.become({ cgroupAncestors: [wrong] })).toThrow(/EINVAL: an id of a control group/);
    }
    expect(() => groups.set(-1, 1n)).toThrow(/-1 is not a key of cgroup_array "groups"/);
    expect(() => object.array("groups")).toThrow(/has type cgroup_array, not array/);
    object.close();
    expect(() => groups.get(0)).toThrow(/is closed/);
  });

  test("are in no map of another type", async () => {
    using object = await VmObject.load(bytes);
    expect(() => object.program("asks_another").run()).toThrow(
      /cannot pass map_type hash into func bpf_current_task_under_cgroup/,
    );
  });

  test.each([
    ["a group that is none", (events: Event[]) => (find(events, "cgroup")["cgroup"] = "0"), /\.cgroup is no decimal/],
    [
      "a slot beyond the last",
      (events: Event[]) => (find(events, "cgroup")["index"] = 2),
      /events\[1\]: .* E2BIG|E2BIG: recording\.events\[1\]/,
    ],
    [
      "a map that holds none",
      (events: Event[]) => (find(events, "cgroup")["map"] = "others"),
      /has type hash, not cgroup/,
    ],
    [
      "a value",
      (events: Event[]) =>
        Object.assign(find(events, "cgroup"), { kind: "update", key: "00000000", value: "00000000" }),
      /map "groups" holds control groups, no values/,
    ],
  ])("with %s in a recording are refused by name", async (_, change, message) => {
    using object = await VmObject.load(bytes, { record: true });
    session(object);
    const recording = JSON.parse(JSON.stringify(object.recording()));
    change(recording.events);
    expect(() => VmObject.replay(bytes, recording).finish()).toThrow(message);
  });
});

type Event = Record<string, unknown>;

function find(events: Event[], kind: string): Event {
  const found = events.find((event) => event["kind"] === kind);
  if (found === undefined) throw new Error(`no event of kind ${kind}`);
  return found;
}
