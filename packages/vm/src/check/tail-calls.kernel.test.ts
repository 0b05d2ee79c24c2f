import { BpfObject } from "@rbgen/native";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { VmObject } from "../index.ts";

/** A function of a chain: bytes of its stack, and whether it makes a tail call. */
type Frame = number | { readonly tail: number };

const head = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } calls SEC(".maps");
enum answer { none, all };
static __attribute__((always_inline)) void touch(char *taken, long value) { *(volatile long *)taken = value; asm volatile("" : : "r"(taken) : "memory"); }
`;

/** The program first, which calls the second, and so on: eight bytes of stack at a time. */
function chain(section: string, frames: readonly Frame[], returned = "int"): string {
  const functions = frames.map((frame, depth) => {
    const [bytes, tail] = typeof frame === "number" ? [frame, ""] : [frame.tail, "bpf_tail_call(ctx, &calls, 0);"];
    const touched = bytes === 0 ? "" : `char taken[${bytes}]; touch(taken, value);`;
    const called = depth + 1 < frames.length ? `f${depth + 1}(ctx, value + 1);` : "";
    const body = `${touched} ${called} asm volatile(""); ${tail}`;
    if (depth === 0) {
      return `SEC("${section}") int program(void *ctx) { long value = (long)bpf_ktime_get_ns(); ${body} return 0; }`;
    }
    const result = returned === "void" ? "" : "return value;";
    return `static __attribute__((noinline)) ${returned} f${depth}(void *ctx, long value) { ${body} ${result} }`;
  });
  return head + functions.reverse().join("\n");
}

/** Why an object is not loaded, in the verifier's words; undefined for one that is. */
function refusal(load: () => void): string | undefined {
  try {
    load();
    return undefined;
  } catch (error) {
    const words =
      /combined stack size of \d+ calls is \d+|tail_calls are not allowed when call stack of previous frames is \d+ bytes|cannot tail call within [a-z ]+|tail_call is only allowed in functions that return 'int'/;
    return words.exec(String(error))?.[0] ?? String(error);
  }
}

/** What each side says of an object. */
function verdicts(source: string): readonly [ours: string | undefined, theirs: string | undefined] {
  const bytes = compileBpf(source);
  const [ours, theirs] = [VmObject, BpfObject].map((side) =>
    refusal(() => {
      using object = side.open(bytes);
      object.load();
    }),
  );
  return [ours, theirs];
}

describeWith(["kernel", "clang", "libbpf"], "tail calls in chains of calls", () => {
  const chains: readonly (readonly Frame[])[] = [
    [{ tail: 504 }],
    [240, { tail: 8 }],
    [248, { tail: 8 }],
    [256, { tail: 8 }],
    [240, { tail: 256 }],
    [240, { tail: 272 }],
    [120, 120, { tail: 8 }],
    [120, 136, { tail: 8 }],
    [{ tail: 240 }, 200],
    [{ tail: 264 }, 200],
    [{ tail: 264 }, { tail: 8 }],
    [200, { tail: 40 }, 200],
    [200, { tail: 80 }, 300],
    [200, { tail: 80 }, { tail: 8 }],
    [400, 8],
    [{ tail: 80 }, 504],
  ];
  const sections = ["tc", "kprobe/do_nanosleep"];
  const judged: (string | undefined)[] = [];
  test.each(sections.flatMap((section) => chains.map((frames) => [section, frames] as const)))(
    "of %s, %j bytes, are let pass or refused as the kernel does",
    (section, frames) => {
      const [ours, theirs] = verdicts(chain(section, frames));
      expect(ours).toBe(theirs);
      judged.push(theirs);
    },
  );

  test("pass in some of these, and are refused in others", () => {
    expect(judged).toHaveLength(sections.length * chains.length);
    expect(judged.filter((one) => one === undefined).length).toBeGreaterThan(8);
    expect(judged.filter((one) => one?.startsWith("tail_calls are not allowed")).length).toBeGreaterThan(6);
    expect(judged.filter((one) => one?.startsWith("combined stack")).length).toBeGreaterThan(2);
  });

  test("are refused with the line of the function that may make none", () => {
    using object = VmObject.open(compileBpf(chain("tc", [8, { tail: 8 }], "void").replace("return value;", "")));
    expect(() => object.load()).toThrow(
      /tail_call is only allowed in functions that return 'int'\n {4}at \S*types\.bpf\.c:\d+/,
    );
  });

  test.each(["int", "long", "char", "_Bool", "enum answer", "__int128", "void", "void *"])(
    "of functions that return %s are judged as the kernel does",
    (returned) => {
      const source = chain("tc", [8, { tail: 8 }], returned).replace("return value;", `return (${returned})value;`);
      const [ours, theirs] = verdicts(source);
      expect(ours).toBe(theirs);
    },
  );
});
