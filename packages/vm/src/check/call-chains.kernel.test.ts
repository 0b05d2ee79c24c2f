import { BpfObject } from "@rbgen/native";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { VmObject } from "../index.ts";

/** A chain of functions, the program first, of so many bytes of stack each: eight at a time. */
function chain(section: string, sizes: readonly number[]): string {
  const touches = (bytes: number): string =>
    bytes === 0
      ? ""
      : `char taken[${bytes}]; *(volatile long *)taken = value; asm volatile("" : : "r"(taken) : "memory");`;
  const functions = sizes.map((bytes, depth) => {
    const next = depth + 1 < sizes.length ? `f${depth + 1}(value)` : "value";
    const body = `{ ${touches(bytes)} return ${next} + ${depth}; }`;
    return depth === 0
      ? `SEC("${section}") int program(void *ctx) { long value = (long)bpf_ktime_get_ns(); ${body.slice(1)}`
      : `static __attribute__((noinline)) int f${depth}(long value) ${body}`;
  });
  return `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
${functions.reverse().join("\n")}
`;
}

/** Why an object is not loaded, in the verifier's words; undefined for one that is. */
function refusal(load: () => void): string | undefined {
  try {
    load();
    return undefined;
  } catch (error) {
    return /combined stack size of \d+ calls is \d+|the call stack of \d+ frames is too deep/.exec(String(error))?.[0];
  }
}

describeWith(["kernel", "clang", "libbpf"], "stacks of call chains", () => {
  const sections = ["syscall", "tc", "raw_tp/sched_switch", "tp/sched/sched_switch", "kprobe/do_nanosleep"];
  test.each(
    sections.flatMap((section) =>
      [
        [256, 256],
        [256, 264],
        [248, 248],
        [248, 272],
        [160, 160, 160],
        [160, 160, 208],
        [40, 56, 480],
        [56, 56, 56, 400],
      ]
        .concat([
          [8, 8, 8, 8, 8, 8, 8, 8],
          [8, 8, 8, 8, 8, 8, 8, 8, 8],
          [64, 64, 64, 64, 64, 64, 64, 64],
          [504],
          [80, 504],
        ])
        .map((sizes) => [section, sizes] as const),
    ),
  )("of %s, %j bytes, are let pass or refused as the kernel does", (section, sizes) => {
    const bytes = compileBpf(chain(section, sizes));
    const ours = refusal(() => {
      using object = VmObject.open(bytes);
      object.load();
    });
    const theirs = refusal(() => {
      using object = BpfObject.open(bytes);
      object.load();
    });
    expect(ours).toBe(theirs);
  });

  test.each([[[200, 200]], [[256, 264]]])("callbacks of %j bytes are a part of the chain", ([outer, inner]) => {
    const bytes = compileBpf(`
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
static long turn(__u32 index, void *ctx) { char taken[${inner}]; *(volatile long *)taken = index; asm volatile("" : : "r"(taken) : "memory"); return 0; }
SEC("syscall") int program(void *ctx) { char taken[${outer}]; *(volatile long *)taken = 1; asm volatile("" : : "r"(taken) : "memory"); return bpf_loop(2, turn, 0, 0); }`);
    const refusals = [VmObject, BpfObject].map((side) =>
      refusal(() => {
        using object = side.open(bytes);
        object.load();
      }),
    );
    expect(refusals[0]).toBe(refusals[1]);
  });

  test.each([[[400, 400]], [[400, 504]], [[504, 400]]])(
    "callbacks of timers, %j bytes, begin anew",
    ([outer, inner]) => {
      const bytes = compileBpf(`
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct value { struct bpf_timer timer; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct value); } slots SEC(".maps");
static int due(void *map, __u32 *key, struct value *value) { char taken[${inner}]; *(volatile long *)taken = *key; asm volatile("" : : "r"(taken) : "memory"); return 0; }
SEC("syscall") int program(void *ctx) {
  char taken[${(outer ?? 0) - 8}]; __u32 key = 0; struct value *value = bpf_map_lookup_elem(&slots, &key);
  *(volatile long *)taken = 1; asm volatile("" : : "r"(taken) : "memory");
  return value ? bpf_timer_set_callback(&value->timer, due) : 0; }`);
      const refusals = [VmObject, BpfObject].map((side) =>
        refusal(() => {
          using object = side.open(bytes);
          object.load();
        }),
      );
      expect(refusals).toEqual([undefined, undefined]);
    },
  );

  test("a refusal tells the line of the call that is one too many", () => {
    using object = VmObject.open(compileBpf(chain("syscall", [256, 264])));
    expect(() => object.load()).toThrow(
      /combined stack size of 2 calls is \d+\. Too large\n {4}at \S*types\.bpf\.c:\d+/,
    );
  });
});
