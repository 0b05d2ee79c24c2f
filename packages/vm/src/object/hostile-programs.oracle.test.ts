import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { VmObject } from "../index.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_iter_num { __u64 opaque[1]; } __attribute__((aligned(8)));
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

__u64 turns;

static int iterate(__u32 index, void *ctx)
{
	struct bpf_iter_num it;
	bpf_iter_num_new(&it, 0, 1);
	while (bpf_iter_num_next(&it))
		turns++;
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("syscall")
int iterators(void *ctx)
{
	return bpf_loop(1100000, iterate, 0, 0) == 1100000;
}

static int begin(__u32 index, void *ctx)
{
	struct bpf_iter_num it;
	bpf_iter_num_new(&it, 0, 1);
	return 0;
}

SEC("syscall")
int forgets(void *ctx)
{
	bpf_loop(3, begin, 0, 0);
	return 0;
}

__u64 callbacks;

static int nothing(__u32 index, void *ctx)
{
	callbacks++;
	return 0;
}

static int within(__u32 index, void *ctx)
{
	bpf_loop(1000, nothing, 0, 0);
	return 0;
}

SEC("syscall")
int nested(__u32 *turns)
{
	bpf_loop(*turns, within, 0, 0);
	return 0;
}

struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, char[1 << 20]); } large SEC(".maps");
__u64 copies;

static int copy(__u32 index, void *ctx)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&large, &key);
	if (value) {
		bpf_map_update_elem(&large, &key, value, 0);
		copies++;
	}
	return 0;
}

SEC("syscall")
int copying(__u32 *turns)
{
	bpf_loop(*turns, copy, 0, 0);
	return 0;
}

__u64 lines;

SEC("syscall")
int prints(__u32 *turns)
{
	__u64 args[4] = {};
	for (__u32 at = 0; at < *turns; at++) {
		bpf_trace_vprintk("%100000d %d %d %d", 18, args, sizeof(args));
		lines++;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
`;

describeWith(["clang", "libbpf"], "a program that takes what it can", () => {
  const bytes = compileBpf(source);

  test("more iterators in one run than there are regions", async () => {
    using object = await VmObject.load(bytes);
    expect(object.program("iterators").run().returnValue).toBe(1);
    expect(object.global("turns").get()).toBe(1_100_000n);
  });

  test.each(["wasm", "interpreter"] as const)(
    "an iterator that is forgotten over and over is a fault, by %s",
    async (engine) => {
      using object = await VmObject.load(bytes, { engine });
      expect(() => object.program("forgets").run()).toThrow(/an iterator was here and was overwritten/);
    },
  );

  // what a run does beside its own instructions comes out of the same budget
  test.each([
    ["callbacks in callbacks", "nested", "callbacks", 1_000_000, 100_000],
    ["copies of a large value", "copying", "copies", 1_000_000, 10],
    ["lines of text", "prints", "lines", 1_000_000, 10],
  ])("%s end with the budget, on both engines after as many", async (_, program, counter, instructionBudget, most) => {
    const [wasm, interpreter] = await Promise.all(
      (["wasm", "interpreter"] as const).map(async (engine) => {
        using object = await VmObject.load(bytes, { engine, instructionBudget });
        const turns = Uint8Array.of(0, 0, 0x10, 0);
        expect(() => object.program(program).run({ context: turns })).toThrow(
          /the run took more than 1000000 instructions/,
        );
        return object.global(counter).get();
      }),
    );
    expect(wasm).toBeLessThan(BigInt(most));
    expect(wasm).toBeGreaterThan(0n);
    expect(interpreter).toBe(wasm);
  });

  test("a run tells its own instructions, not what its helpers were counted as", async () => {
    using object = await VmObject.load(bytes);
    const instructionsOf = (turns: number) =>
      object.program("copying").run({ context: Uint8Array.of(turns, 0, 0, 0) }).instructions;
    const [one, two, three] = [instructionsOf(1), instructionsOf(2), instructionsOf(3)];
    expect(two - one).toBe(three - two);
    expect(two - one).toBeLessThan(40);
  });
});
