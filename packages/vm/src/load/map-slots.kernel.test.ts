import { BpfObject } from "@rbgen/native";
import { type RingBufMap, RingBufReader } from "@rbgen/runtime";
import { compileBpf } from "@rbgen/testkit/compile";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { compileBeside } from "@rbgen/testkit/native/kernel-side";
import { describeWith } from "@rbgen/testkit/tools";
import { relocated } from "@rbgen/testkit/vm/relocated-maps";
import { expect, test } from "vitest";
import { VmObject } from "../index.ts";

const head = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct in { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); };
struct ring { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); };
`;
const one = 'struct in one SEC(".maps");';
const program = 'SEC("syscall") int go(void *ctx) { return 0; }';
const caller = 'SEC("tc") int go(void *ctx) { bpf_tail_call(ctx, &table, 1); return 1; }';

/** A map of `type` with `members` that is initialized with `values`. */
function table(type: string, members: string, values: string, entries = 2): string {
  return `struct { __uint(type, BPF_MAP_TYPE_${type}); __uint(max_entries, ${entries}); ${members} } table SEC(".maps")
    ${values === "" ? "" : `= { ${values} }`};`;
}
/** Sizes of the elements of a map of `type`, as it wants them. */
function elementsOf(type: string): string {
  if (type.endsWith("RINGBUF")) return "";
  if (type === "QUEUE") return "__type(value, __u32);";
  if (type === "LPM_TRIE") return "__uint(map_flags, BPF_F_NO_PREALLOC); __type(key, __u64); __type(value, __u32);";
  return "__type(key, __u32); __type(value, __u32);";
}
const maps = (values: string, type = "ARRAY_OF_MAPS", members = "__type(key, __u32); __array(values, struct in);") =>
  table(type, members, values);
const programs = (values: string) =>
  `int callee(void *); int other(void *);
  ${table("PROG_ARRAY", "__type(key, __u32); __array(values, int(void *));", values)}`;

/** What is set of maps before they are made. */
type Sizes = Readonly<
  Record<string, { readonly maxEntries?: number; readonly inner?: { readonly maxEntries: number } }>
>;

type Side = typeof VmObject | typeof BpfObject;

/** Code of the error that opening or loading ends with, and where; undefined where it loads. */
function verdict(side: Side, bytes: Uint8Array): string | undefined {
  let step = "open";
  try {
    using object = side.open(bytes);
    step = "load";
    object.load();
    return undefined;
  } catch (error) {
    return `${step}: ${(error as { readonly code?: string }).code}`;
  }
}

describeWith(["kernel", "clang", "libbpf"], "what maps hold from the start", () => {
  test.each([
    ["a map", `${one} ${maps(".values = { &one }")} ${program}`],
    ["a map that is defined behind it", `extern struct in one; ${maps(".values = { &one }")} ${one} ${program}`],
    ["a pointer into a map", `${one} ${maps(".values = { (void *)&one + 8 }")} ${program}`],
    ["a map beyond the last element", `${one} ${maps(".values = { [2] = &one }")} ${program}`],
    [
      "a map that its template does not fit",
      `struct ring one SEC(".maps"); ${maps(".values = { (void *)&one }")} ${program}`,
    ],
    [
      "a map whose values have a lock",
      `struct locked { struct bpf_spin_lock lock; __u32 value; };
      struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, struct locked); } one SEC(".maps");
      ${maps(".values = { (void *)&one }")} ${program}`,
    ],
    [
      "an array of another length",
      `struct numbers { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); };
      struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 5); __type(key, __u32); __type(value, __u64); } one SEC(".maps");
      ${maps(".values = { (void *)&one }", "HASH_OF_MAPS", "__type(key, __u32); __array(values, struct numbers);")} ${program}`,
    ],
    [
      "itself",
      `extern int table; ${maps(".values = { (void *)&table }").replace("struct {", "struct outer {")} ${program}`.replace(
        "extern int table;",
        "struct outer; extern struct outer table;",
      ),
    ],
    ["a static map", `static ${one} ${maps(".values = { &one }")} ${program}`],
    ["a variable", `long one = 3; ${maps(".values = { (void *)&one }")} ${program}`],
    ["a static variable", `static long one = 3; ${maps(".values = { (void *)&one }")} ${program}`],
    ["a program in place of a map", `int go(void *); ${maps(".values = { (void *)&go }")} ${program}`],
    ["what the object does not define", `extern int one; ${maps(".values = { (void *)&one }")} ${program}`],
    ["a map as its type", `${one} ${maps(".type = (void *)&one")} ${program}`],
    ["a map as its key, and one of its values", `${one} ${maps(".key = (void *)&one, .values = { &one }")} ${program}`],
    [
      "keys of 8 bytes",
      `${one} ${maps(".values = { &one }", "HASH_OF_MAPS", "__type(key, __u64); __array(values, struct in);")} ${program}`,
    ],
    ["a key beyond its entries", `${one} ${maps(".values = { [77] = &one }", "HASH_OF_MAPS")} ${program}`],
    [
      "more than its entries",
      `${one} ${maps(".values = { [7] = &one, [8] = &one, [9] = &one }", "HASH_OF_MAPS")} ${program}`,
    ],
    [
      "a map, of a hash",
      `${one} ${table("HASH", "__type(key, __u32); __type(value, __u64);", ".value = (void *)&one")} ${program}`,
    ],
    [
      "values, of a hash",
      `${one} ${table("HASH", "__type(key, __u32); __array(values, struct in);", ".values = { &one }")} ${program}`,
    ],
    [
      "values of a hash that hold nothing",
      `${table("HASH", "__type(key, __u32); __array(values, struct in);", "")} ${program}`,
    ],
    [
      "functions in place of maps",
      `${table("ARRAY_OF_MAPS", "__type(key, __u32); __array(values, int(void *));", "")} ${program}`,
    ],
    [
      "maps in place of functions",
      `${table("PROG_ARRAY", "__type(key, __u32); __array(values, struct in);", "")} ${caller}`,
    ],
    [
      "values of a fixed number",
      `${table("ARRAY_OF_MAPS", "__type(key, __u32); struct in *values[2];", "")} ${program}`,
    ],
    [
      "values of 8 bytes",
      `${table("ARRAY_OF_MAPS", "__type(key, __u32); __uint(value_size, 8); __array(values, struct in);", "")} ${program}`,
    ],
    [
      "maps of maps of maps",
      `struct outer { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, __u32); __array(values, struct in); };
      ${maps("", "ARRAY_OF_MAPS", "__type(key, __u32); __array(values, struct outer);")} ${program}`,
    ],
    [
      "a program",
      `${programs(".values = { [1] = (void *)&callee }")} SEC("tc") int callee(void *ctx) { return 42; } ${caller}`,
    ],
    ["a number", `${programs(".values = { [1] = (void *)7 }")} ${caller}`],
    [
      "a pointer into a program",
      `${programs(".values = { [1] = (void *)&callee + 8 }")} SEC("tc") int callee(void *ctx) { return 42; } ${caller}`,
    ],
    [
      "a program beyond the last element",
      `${programs(".values = { [2] = (void *)&callee }")} SEC("tc") int callee(void *ctx) { return 42; } ${caller}`,
    ],
    [
      "a program that is not loaded",
      `${programs(".values = { [1] = (void *)&callee }")} SEC("?tc") int callee(void *ctx) { return 42; } ${caller}`,
    ],
    [
      "a function that is no program",
      `${programs(".values = { [1] = (void *)&callee }")} __attribute__((noinline)) int callee(void *ctx) { return 42; } ${caller}`,
    ],
    [
      "a static program",
      `static ${programs(".values = { [1] = (void *)&callee }").replace("int other(void *);", "")} static SEC("tc") int callee(void *ctx) { return 42; } ${caller}`,
    ],
    [
      "a static program that nothing names",
      `static SEC("tc") __attribute__((used)) int hidden(void *ctx) { return 42; } ${program}`,
    ],
    [
      "a map of maps that does not say what is inside",
      `${table("ARRAY_OF_MAPS", "__type(key, __u32);", "")} ${program}`,
    ],
    ["a hash of maps that does not", `${table("HASH_OF_MAPS", "__type(key, __u32);", "")} ${program}`],
    ...["HASH", "ARRAY", "RINGBUF", "PERF_EVENT_ARRAY", "PROG_ARRAY", "QUEUE", "LPM_TRIE", "USER_RINGBUF"].flatMap(
      (type) =>
        [0, 4096].map((entries): [string, string] => [
          `maps of type ${type} and ${entries} entries inside`,
          `struct in_it { __uint(type, BPF_MAP_TYPE_${type}); __uint(max_entries, ${entries}); ${elementsOf(type)} };
        ${maps("", "ARRAY_OF_MAPS", "__type(key, __u32); __array(values, struct in_it);")} ${program}`,
        ]),
    ),
    ["a map in place of a program", `${one} ${programs(".values = { [1] = (void *)&one }")} ${caller}`],
    ["a program that the object does not define", `${programs(".values = { [1] = (void *)&callee }")} ${caller}`],
    [
      "a program of another type than what calls it",
      `${programs(".values = { [1] = (void *)&callee }")} SEC("xdp") int callee(void *ctx) { return 1; } ${caller}`,
    ],
    [
      "programs of two types",
      `${programs(".values = { (void *)&callee, (void *)&other }")}
      SEC("xdp") int callee(void *ctx) { return 1; } SEC("tc") int other(void *ctx) { return 1; } ${program}`,
    ],
    [
      "programs of two sections and one type",
      `${programs(".values = { (void *)&callee, (void *)&other }")}
      SEC("kprobe/do_nanosleep") int callee(void *ctx) { return 1; } SEC("uprobe") int other(void *ctx) { return 1; } ${program}`,
    ],
    [
      "callers of two types",
      `${programs("")} SEC("xdp") int callee(void *ctx) { bpf_tail_call(ctx, &table, 0); return 1; } ${caller}`,
    ],
  ])("is judged as libbpf and the kernel do: %s", (_, source) => {
    const bytes = compileBpf(head + source);
    expect(verdict(VmObject, bytes)).toBe(verdict(BpfObject, bytes));
  });

  const swapped = `${one} ${maps(".values = { &one }")} ${program}`;
  test.each([
    ["in no map", { offset: 128 }],
    ["across two maps", { map: "table", offset: -4 }],
    ["in a map that is no map of maps", { map: "one", offset: 8 }],
    ["before the values", { map: "table", offset: 16 }],
    ["between two values", { map: "table", offset: 28 }],
    ["beyond the variable", { map: "table", offset: 32 }],
    ["far beyond", { offset: 2 ** 40 }],
    ["of a symbol that there is not", { symbol: 100_000 }],
    ["of no symbol", { symbol: 0 }],
    ["of a map that is made after its own", { offset: 24, first: "table", second: "one" }],
  ])("a relocation %s is refused as libbpf refuses it", (_, change) => {
    const bytes = relocated(compileBpf(head + swapped), change);
    const [ours, theirs] = [verdict(VmObject, bytes), verdict(BpfObject, bytes)];
    expect(theirs).toBeDefined();
    expect(ours?.split(":")[0]).toBe(theirs?.split(":")[0]);
  });

  const sides = [
    ["VmObject, to WebAssembly", (maps: Sizes) => VmObject.load(compileBeside("slots.bpf.c"), { maps })],
    [
      "VmObject, interpreted",
      (maps: Sizes) => VmObject.load(compileBeside("slots.bpf.c"), { maps, engine: "interpreter" }),
    ],
    ["BpfObject", (maps: Sizes) => BpfObject.load(compileBeside("slots.bpf.c"), { maps })],
  ] as const;
  const request = (key: number, inner: number, value: number): Uint8Array =>
    new Uint8Array(Uint32Array.of(key, inner, value, 0).buffer);

  test.each(sides)("maps, rings and programs are where %s finds them", async (_, load) => {
    using object = await load({});
    const count = object.program("count");
    expect([0, 1, 2, 3, 4].map((key) => count.runInPlace(request(key, 7, 10 + key)))).toEqual([-2, 0, -2, 0, -2]);
    expect(
      object
        .hash("first")
        .entries()
        .map(([, [value]]) => value),
    ).toEqual([11]);
    expect(
      object
        .hash("second")
        .entries()
        .map(([, [value]]) => value),
    ).toEqual([13]);

    const send = object.program("send");
    expect([41, 42, 0].map((key) => send.runInPlace(request(key, 0, key)))).toEqual([-2, 0, -2]);
    const reader = new RingBufReader<Uint8Array>(object.ringBuf("events") as RingBufMap, anyBytes);
    const seen: (number | undefined)[] = [];
    reader.consume((record) => void seen.push(record[0]));
    expect(seen).toEqual([42]);

    const jump = object.program("jump");
    const jumped = [0, 1, 2, 3].map((wanted) => {
      object.global("wanted").set(wanted);
      return jump.run({ data: new Uint8Array(64) }).returnValue;
    });
    expect(jumped).toEqual([42, 1, 43, 1]);

    // they are elements like others: user space takes them out and puts them back
    const outer = object.mapOfMaps("by_index");
    expect([0, 1, 2, 3].map((key) => outer.idOf(key) !== undefined)).toEqual([false, true, false, true]);
    expect([outer.delete(1), object.mapOfMaps("by_key").delete(42)]).toEqual([true, true]);
    expect([count.runInPlace(request(1, 7, 1)), send.runInPlace(request(42, 0, 1))]).toEqual([-2, -2]);
    outer.set(1, object.hash("second") as never);
    expect(count.runInPlace(request(1, 8, 1))).toBe(0);
    expect(object.hash("second").keys()).toHaveLength(2);
  });

  test.each(sides)("sizes that are set before the load are those of what is there, by %s", async (_, load) => {
    const sized = { events: { maxEntries: 8192 }, first: { maxEntries: 1 }, by_key: { inner: { maxEntries: 8192 } } };
    using object = await load(sized);
    expect(object.program("send").runInPlace(request(42, 0, 1))).toBe(0);
    expect((object.ringBuf("events") as RingBufMap).maxEntries).toBe(8192);
    const count = object.program("count");
    expect([count.runInPlace(request(1, 1, 1)), count.runInPlace(request(1, 2, 1))]).toEqual([0, -7]);
    await expect(load({ by_index: { maxEntries: 3 } })).rejects.toMatchObject({ code: "E2BIG" });
  });
});
