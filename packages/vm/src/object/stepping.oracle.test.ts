import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { beforeAll, expect, test } from "vitest";
import { VmObject } from "./vm-object.ts";

const source = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } next SEC(".maps");
__u32 total;
struct event { __u32 key; __u32 count; };

static __noinline int count(__u32 key)
{
	__u64 one = 1, *value = bpf_map_lookup_elem(&counts, &key);
	if (value) {
		*value += 1;
		return *value;
	}
	bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
	return 1;
}

static int add(__u32 index, void *context)
{
	total += index;
	return 0;
}

SEC("syscall") int main_program(__u32 *context)
{
	int counted = count(*context);
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return -1;
	event->key = *context;
	event->count = counted;
	bpf_ringbuf_submit(event, 0);
	bpf_loop(3, add, 0, 0);
	*context = total;
	return counted;
}

SEC("syscall") int second(__u32 *context) { total = 7; return 2; }
SEC("syscall") int first(__u32 *context) { bpf_tail_call(context, &next, 0); return 1; }

SEC("syscall") int wrong(__u32 *context)
{
	__u32 key = *context;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);
	return *value;
}
`;

describeWith(["clang", "libbpf"], "a run that is stepped through", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBpf(source);
  });
  const load = (): Promise<VmObject> => VmObject.load(bytes, { coverage: true });
  const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
  const textOf = (line: number | undefined): string => (source.split("\n")[(line ?? 0) - 1] ?? "").trim();

  test("is the run that the other engine makes: its output, its instructions, what it leaves", async () => {
    using stepped = await load();
    using compiled = await VmObject.load(bytes);
    const run = stepped.program("main_program").step({ context: word(3) });
    expect(run.output).toEqual(compiled.program("main_program").run({ context: word(3) }));
    expect(run.length).toBe(run.output?.instructions);
    expect(run.complete).toBe(true);
    expect(stepped.hash("counts").entries()).toEqual(compiled.hash("counts").entries());
    expect(stepped.global("total").get()).toBe(compiled.global("total").get());
    expect(run.at(run.length - 1).registers[0]).toBe(1n);
  });

  test("stops at every line of C that was covered, and at no other", async () => {
    using object = await load();
    const run = object.program("main_program").step({ context: word(3) });
    const stopped = new Set<number>();
    do stopped.add(run.state.place?.line ?? 0);
    while (run.step("line"));
    const covered = object.coverage().lines.filter(({ count }) => count > 0);
    expect([...stopped].sort((left, right) => left - right)).toEqual(covered.map(({ line }) => line));
  });

  test("goes over calls, into them and out of them, and back the same way", async () => {
    using object = await load();
    const run = object.program("main_program").step({ context: word(3) });
    while (!textOf(run.state.place?.line).includes("= count(")) run.step("line");
    const call = run.position;
    expect(run.step("line")).toBe(true);
    expect(run.state.frames.map((frame) => frame.function)).toEqual(["count", "main_program"]);
    expect(run.state.frames[1]?.source).toContain("= count(*context)");
    expect(run.step("out")).toBe(true);
    expect(run.state.frames.map((frame) => frame.function)).toEqual(["main_program"]);
    run.seek(call);
    expect(run.step("over")).toBe(true);
    expect(textOf(run.state.place?.line)).toContain("bpf_ringbuf_reserve");
    const stops = [run.position];
    while (run.step("over")) stops.push(run.position);
    expect(run.state.frames).toHaveLength(1);
    const back = [run.position];
    while (run.back("over") && run.position >= (stops[0] as number)) back.unshift(run.position);
    expect(back).toEqual(stops);
    run.seek(0);
    expect(run.back()).toBe(false);
    expect(run.position).toBe(0);
    expect(() => run.seek(run.length)).toThrow(RangeError);
  });

  test("tells what each step wrote: by instructions, by helpers, in maps, records, globals and the context", async () => {
    using object = await load();
    const run = object.program("main_program").step({ context: word(3) });
    const seen: unknown[] = [];
    for (let at = 0; at < run.length; at += 1) {
      for (const { kind, name, offset, before, after } of run.at(at).written) {
        if (kind !== "stack") seen.push([kind, name, offset, [...before].join(" "), [...after].join(" ")]);
      }
    }
    expect(seen).toEqual([
      ["map value", "counts[0]", 0, "0 0 0 0 0 0 0 0", "1 0 0 0 0 0 0 0"],
      ["ring sample", "events", 4, "0 0 0 0", "1 0 0 0"],
      ["ring sample", "events", 0, "0 0 0 0", "3 0 0 0"],
      ["global", ".bss", 0, "0 0 0 0", "0 0 0 0"],
      ["global", ".bss", 0, "0 0 0 0", "1 0 0 0"],
      ["global", ".bss", 0, "1 0 0 0", "3 0 0 0"],
      ["context", "syscall", 0, "3 0 0 0", "3 0 0 0"],
    ]);
    const reserved = Array.from({ length: run.length }, (_, at) => run.at(at)).find(({ registerText }) =>
      registerText[0]?.startsWith('r0=ring sample "events" + 0'),
    );
    expect(reserved?.place?.source).toContain("bpf_ringbuf_reserve");
  });

  test("shows the stack, with the bytes that were written", async () => {
    using object = await load();
    const run = object.program("main_program").step({ context: word(3) });
    while (!run.state.text.includes("bpf_map_lookup_elem")) run.step();
    const { stack, stackMarks, registers } = run.state;
    const key = Number((registers[2] as bigint) & 0xffffffffn);
    expect([...stack.subarray(key, key + 4)]).toEqual([3, 0, 0, 0]);
    expect([...stackMarks.subarray(key, key + 4)]).toEqual([1, 1, 1, 1]);
    expect(stackMarks.subarray(0, 256).every((mark) => mark === 0)).toBe(true);
  });

  test("goes through a tail call, and names the program", async () => {
    using object = await load();
    object.setTailCall("next", 0, object.program("second"));
    const run = object.program("first").step({ context: word(0) });
    const programs = Array.from({ length: run.length }, (_, at) => run.at(at).program);
    expect([...new Set(programs)]).toEqual(["first", "second"]);
    expect(run.output?.returnValue).toBe(2);
    expect(run.length).toBe(run.output?.instructions);
  });

  test("ends at the instruction that faulted", async () => {
    using object = await load();
    const run = object.program("wrong").step({ context: word(3) });
    expect(run.output).toBeUndefined();
    expect(run.fault?.message).toContain("a null pointer");
    const last = run.at(run.length - 1);
    expect(last.place?.source).toContain("return *value");
    expect(last.text).toBe("r0 = *(u64 *)(r0 + 0)");
  });

  test("keeps as many steps as it is told to, and says that there were more", async () => {
    using object = await load();
    const run = object.program("main_program").step({ context: word(3), steps: 5 });
    expect(run.length).toBe(5);
    expect(run.complete).toBe(false);
    expect(run.output?.returnValue).toBe(1);
    expect(() => object.program("main_program").step({ steps: 0 })).toThrow(/a whole number of steps/);
  });
});
