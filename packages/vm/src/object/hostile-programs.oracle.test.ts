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
});
