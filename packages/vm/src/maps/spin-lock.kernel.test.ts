import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { beforeAll, describe, expect, test } from "vitest";
import { BpfObject } from "../../../native/src/index.ts";
import { VmObject } from "../object/vm-object.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct locked { __u64 before; struct bpf_spin_lock lock; __u32 after; };
struct plain { __u64 before; __u64 after; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, struct locked); } locked_hash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct locked); } locked_array SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, struct plain); } plain_hash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, struct plain); } lru_hash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct plain); } plain_array SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct plain); } percpu_array SEC(".maps");
__u32 which, key;
__u64 flags;
__s64 result;
__u64 seen[2];

SEC("tc") int update(struct __sk_buff *skb)
{
	struct locked locked = { .before = 7, .after = 9 };
	struct plain plain = { 7, 9 };
	__u32 at = key;
	switch (which) {
	case 0: result = bpf_map_update_elem(&locked_hash, &at, &locked, flags); break;
	case 1: result = bpf_map_update_elem(&locked_array, &at, &locked, flags); break;
	case 2: result = bpf_map_update_elem(&plain_hash, &at, &plain, flags); break;
	case 3: result = bpf_map_update_elem(&lru_hash, &at, &plain, flags); break;
	case 4: result = bpf_map_update_elem(&plain_array, &at, &plain, flags); break;
	case 5: result = bpf_map_update_elem(&percpu_array, &at, &plain, flags); break;
	}
	return 0;
}

SEC("tc") int count(struct __sk_buff *skb)
{
	__u32 at = key;
	struct locked *value = bpf_map_lookup_elem(&locked_hash, &at);
	if (!value)
		return 1;
	bpf_spin_lock(&value->lock);
	value->before++;
	value->after += 2;
	bpf_spin_unlock(&value->lock);
	seen[0] = value->before;
	seen[1] = value->after;
	return 0;
}
`;

/** Misuses, which the kernel's verifier refuses and a run finds. */
const wrong = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct locked { __u64 before; struct bpf_spin_lock lock; __u32 after; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct locked); } values SEC(".maps");
static struct locked *at(__u32 key) { return bpf_map_lookup_elem(&values, &key); }
SEC("tc") int keeps(struct __sk_buff *skb) { struct locked *value = at(0); if (value) bpf_spin_lock(&value->lock); return 0; }
SEC("tc") int calls(struct __sk_buff *skb) { struct locked *value = at(0); if (value) { bpf_spin_lock(&value->lock); value->before = bpf_ktime_get_ns(); bpf_spin_unlock(&value->lock); } return 0; }
SEC("tc") int other(struct __sk_buff *skb) { struct locked *one = at(0), *two = at(1); if (one && two) { bpf_spin_lock(&one->lock); bpf_spin_unlock(&two->lock); } return 0; }
SEC("tc") int never(struct __sk_buff *skb) { struct locked *value = at(0); if (value) bpf_spin_unlock(&value->lock); return 0; }
SEC("tc") int beside(struct __sk_buff *skb) { struct locked *value = at(0); if (value) { bpf_spin_lock((void *)&value->after); bpf_spin_unlock(&value->lock); } return 0; }
`;

describeWith(["kernel", "clang", "libbpf"], "locks of map values", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBpf(source);
  });
  const data = new Uint8Array(60);

  describe.each(["wasm", "interpreter"] as const)("by %s", (engine) => {
    test("updates take, or refuse, BPF_F_LOCK as the kernel does, and a locked value is counted", async () => {
      using kernel = await BpfObject.load(bytes);
      using vm = await VmObject.load(bytes, { engine });
      const outcomes = [kernel, vm].map((object) => {
        const seen: unknown[] = [];
        for (let which = 0; which < 6; which += 1) {
          for (const [key, flags] of [
            [0, 4],
            [0, 0],
            [0, 4],
            [0, 5],
            [0, 6],
            [1, 5],
            [1, 6],
            [3, 6],
            [3, 4],
            [0, 7],
            [0, 8],
            [0, 12],
          ] as const) {
            object.global("which").set(which);
            object.global("key").set(key);
            object.global("flags").set(BigInt(flags));
            object.program("update").run({ data });
            seen.push([which, key, flags, object.global("result").get()]);
          }
        }
        object.global("key").set(0);
        for (let turn = 0; turn < 3; turn += 1) seen.push(object.program("count").run({ data }).returnValue);
        seen.push([...(object.global("seen").get() as Uint8Array)]);
        return seen;
      });
      expect(outcomes[1]).toEqual(outcomes[0]);
    });

    test.each([
      ["keeps", "a bpf_spin_lock is held"],
      ["calls", "function calls are not allowed while holding a lock"],
      ["other", "bpf_spin_unlock of different lock"],
      ["never", "bpf_spin_unlock without taking a lock"],
      ["beside", "off 12 doesn't point to 'struct bpf_spin_lock' that is at 8"],
    ])("a program that %s is a fault, and the kernel refuses it", async (name, message) => {
      const compiled = compileBpf(wrong);
      using vm = await VmObject.load(compiled, { engine });
      expect(() => vm.program(name).run({ data })).toThrow(message);
      using kernel = BpfObject.open(compiled);
      for (const other of kernel.programNames) kernel.program(other).autoload(other === name);
      expect(() => kernel.load()).toThrow();
    });
  });
});
