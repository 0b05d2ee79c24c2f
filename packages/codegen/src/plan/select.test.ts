import type { Struct } from "@rbgen/btf";
import type { RecordCodec } from "@rbgen/runtime/codegen/v1";
import { describe, expect, test } from "vitest";
import { complaints, load } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";

const key = t.struct("key", 4, [t.member("id", t.u32, 0)]);
const event = t.struct("event", 8, [t.member("key", key, 0), t.member("pid", t.u32, 4)]);
const config = t.struct("config", 4, [t.member("rate", t.u32, 0)]);
const pointer = (target: t.Target, tags?: readonly string[]) =>
  t.sectionOf(".bss", [
    { kind: "var", name: "anchor", type: { kind: "ptr", target }, linkage: "global", ...(tags && { tags }) },
  ]);

test("a header's records are those that no other one contains, and those that say so", async () => {
  expect((await load(t.moduleOf([key, event, config]))).records).toEqual(["event", "config"]);
  const said = { ...key, tags: ["rbgen:record"] };
  expect((await load(t.moduleOf([said, t.struct("event", 4, [t.member("key", said, 0)])]))).records).toEqual([
    "key",
    "event",
  ]);
  expect((await load(t.moduleOf([key, event]), { all: true })).records).toEqual(["key", "event"]);
});

test("variables of the kernel are no anchors", async () => {
  const section = t.sectionOf(".data..percpu", [
    { kind: "var", name: "current_task", type: { kind: "ptr", target: event }, linkage: "global" },
  ]);
  const [none] = await complaints(t.moduleOf([event], { kind: "btf", sections: [section] }));
  expect([none?.code, none?.notes]).toEqual(["RB4001", ["structs there: event"]]);
});

test("an object's records are those of its maps, annotations and anchors", async () => {
  const maps = [{ name: "events", type: "ringbuf", maxEntries: 4096, mapFlags: 0 }];
  const types = [key, event, config];
  expect((await load(t.moduleOf(types, { kind: "btf", maps }), { maps: { events: "struct event" } })).records).toEqual([
    "event",
  ]);
  expect((await load(t.moduleOf(types, { kind: "btf", sections: [pointer(config)] }))).records).toEqual(["config"]);
  const tied = await load(
    t.moduleOf(types, { kind: "btf", maps, sections: [pointer(config, ["rbgen:record=events"])] }),
  );
  expect(tied.exports["maps"]).toMatchObject({ events: { codec: tied.exports["config"] } });
});

test("the value type of a ring or a perf array is its record, that of another map is none", async () => {
  const map = (type: string) => ({ name: "events", type, maxEntries: 4096, mapFlags: 0, value: event });
  for (const type of ["ringbuf", "user_ringbuf", "perf_event_array"]) {
    const ring = await load(t.moduleOf([key, event, config], { kind: "btf", maps: [map(type)] }));
    expect(ring.records).toEqual(["event"]);
    if (type !== "perf_event_array") {
      expect(ring.exports["maps"]).toMatchObject({ events: { codec: ring.exports["event"] } });
    }
  }
  const [none] = await complaints(t.moduleOf([key, event, config], { kind: "btf", maps: [map("hash")] }));
  expect([none?.code, none?.notes]).toEqual(["RB4001", ["structs there: config"]]);
  const said = await load(t.moduleOf([key, event, config], { kind: "btf", maps: [map("ringbuf")] }), {
    maps: { events: "config" },
  });
  expect(said.records).toEqual(["config"]);
});

test.each(["header", "btf"] as const)("what a program without a ring keeps is no record, read as %s", async (kind) => {
  const maps = [{ name: "totals", type: "hash", maxEntries: 1, mapFlags: 0, value: event }];
  const sections = [t.sectionOf(".bss", [{ kind: "var", name: "current", type: config, linkage: "global" }])];
  const kept = await load(t.moduleOf([key, event, config], { kind, maps, sections }));
  expect(kept.records).toEqual([]);
  expect(kept.exports).toMatchObject({
    maps: { totals: { valueCodec: kept.exports["event"] } },
    variables: { current: { codec: kept.exports["config"] } },
  });
  expect(await complaints(t.moduleOf([key, event, config], { kind, maps, sections }))).toEqual([]);
});

test("what a source with a ring keeps may be its record, where nothing tells that", async () => {
  const ring = { name: "events", type: "ringbuf", maxEntries: 4096, mapFlags: 0 };
  const maps = [ring, { name: "totals", type: "hash", maxEntries: 1, mapFlags: 0, value: event }];
  expect((await load(t.moduleOf([event], { maps }))).records).toEqual(["event"]);
});

test("a version of a struct for CO-RE is no record, and none that helpers take is advised", async () => {
  const flavour = t.struct("event___old", 4, [t.member("pid", t.u32, 0)]);
  const dynptr = t.struct("bpf_dynptr", 16, [t.member("a", t.u32, 0)]);
  expect((await load(t.moduleOf([event, flavour]))).records).toEqual(["event"]);
  expect((await load(t.moduleOf([event, flavour]), { types: ["event___old"] })).records).toEqual(["event___old"]);
  const [none] = await complaints(t.moduleOf([dynptr, flavour, event], { kind: "btf" }));
  expect(none?.notes).toEqual(["structs there: event"]);
});

test("a source file's records are its own and those that its pointers name, never a map's definition", async () => {
  const definition = t.struct("events_map", 8, [t.member("type", { kind: "ptr", target: t.u32 }, 0)]);
  const maps = [{ name: "events", type: "ringbuf", maxEntries: 4096, mapFlags: 0, definition }];
  const source = t.moduleOf([definition, config], { maps, sections: [pointer(event)] });
  expect((await load(source)).records).toEqual(["config", "event"]);
  expect((await load(source, { all: true })).records).toEqual(["config"]);
  const [none] = await complaints(t.moduleOf([definition], { maps }));
  expect([none?.code, none?.notes]).toEqual([
    "RB4001",
    ["neither it nor a header of its project that it includes defines a struct"],
  ]);
  expect(none?.hint).toBe("declare them in it, or give the header that does");
  const [elsewhere] = await complaints(t.moduleOf([definition], { maps, included: () => [event] }));
  expect([elsewhere?.notes, elsewhere?.hint]).toEqual([
    ["structs there: event"],
    expect.stringContaining("--type event"),
  ]);
});

test("an object that holds no struct is told what keeps one, and never to name one", async () => {
  const maps = [{ name: "samples", type: "ringbuf", maxEntries: 4096, mapFlags: 0 }];
  const [none] = await complaints(t.moduleOf([], { kind: "btf", maps }));
  expect([none?.notes, none?.hint]).toEqual([
    ["the input holds no struct"],
    expect.stringContaining("RB_RECORD(samples, struct event); of rbgen.h"),
  ]);
  expect(none?.hint).not.toMatch(/--type|unused_event/u);
  expect(none?.severity).toBe("warning");
  const file = await load(t.moduleOf([], { kind: "btf", maps }), {}, () => {});
  expect(file.exports["maps"]).toMatchObject({ samples: { type: "ringbuf", maxEntries: 4096 } });
  const [nothing] = await complaints(t.moduleOf([], { kind: "btf" }));
  expect(nothing?.severity).toBe("error");
  const [some] = await complaints(t.moduleOf([config], { kind: "btf", compiled: true, maps }));
  expect(some?.hint).toMatch(/--type config\n.*unused_config.*\n.*RB_RECORD\(samples, struct config\);/u);
  // Nobody adds a pointer to the source of a kernel.
  const [kernels] = await complaints(t.moduleOf([config], { kind: "btf", path: "/sys/kernel/btf/vmlinux" }));
  expect(kernels).toMatchObject({
    at: "/sys/kernel/btf/vmlinux",
    hint: "name them: rbgen /sys/kernel/btf/vmlinux --type config",
  });
});

test("an object whose maps carry no records is told of no ring, and of nothing where it holds no struct", async () => {
  const maps = [{ name: "counts", type: "hash", maxEntries: 1, mapFlags: 0 }];
  expect(await complaints(t.moduleOf([], { kind: "btf", compiled: true, maps }))).toEqual([]);
  expect(await complaints(t.moduleOf([], { maps }))).toEqual([]);
  const [some] = await complaints(t.moduleOf([config], { kind: "btf", compiled: true, maps }));
  expect([some?.code, some?.severity]).toEqual(["RB4001", "warning"]);
  expect(some?.hint).toMatch(/--type config\n.*unused_config[^\n]*$/u);
  expect((await load(t.moduleOf([], { kind: "btf", compiled: true, maps }))).records).toEqual([]);
});

test.each([
  ["a[bc]", ["ab", "ac"]],
  ["a[!b]*", ["ac", "ad"]],
  ["a?", ["ab", "ac", "ad"]],
])("the glob %s chooses the types that it matches", async (pattern, expected) => {
  const types = ["ab", "ac", "ad", "b"].map((name) => t.struct(name, 4, [t.member("x", t.u32, 0)]));
  expect((await load(t.moduleOf(types), { types: [pattern] })).records).toEqual(expected);
});

test("a header's enums are exported, used or not, unless types are named", async () => {
  const tag = t.enumeration("tag", { EXEC: 1n, EXIT: 2n });
  const all = await load(t.moduleOf([tag, event]));
  expect([all.records, all.exports["Tag"]]).toEqual([["event"], { EXEC: 1, EXIT: 2 }]);
  expect((await load(t.moduleOf([tag, event]), { types: ["event"] })).exports["Tag"]).toBeUndefined();
  expect((await load(t.moduleOf([tag]))).exports["Tag"]).toEqual({ EXEC: 1, EXIT: 2 });
  expect(await complaints(t.moduleOf([]))).toMatchObject([{ code: "RB4001" }]);
});

test("variables have offsets where they were compiled, and none where only their source was read", async () => {
  const sections = [t.sectionOf(".bss", [{ kind: "var", name: "count", type: t.u32, linkage: "global" }])];
  const programs = [{ name: "handle_exec", section: "tracepoint/sched/sched_process_exec" }];
  const offsetOf = async (kind: "btf" | "header") =>
    (await load(t.moduleOf([event], { kind, sections, programs }), { types: ["event"] })).exports["variables"];
  expect(await offsetOf("btf")).toMatchObject({ count: { section: ".bss", offset: 0, size: 8 } });
  expect(await offsetOf("header")).not.toHaveProperty("count.offset");
  expect(await offsetOf("header")).toMatchObject({ count: { section: ".bss", size: 8 } });
});

test.each([
  ["nothing named", { kind: "btf" }, {}, "RB4001", "nothing says which types are records"],
  ["a misspelt type", {}, { types: ["evnet"] }, "RB5004", 'there is no type "evnet"'],
  ["a pattern without match", {}, { types: ["zz*"] }, "RB5004", 'there is no struct, union or enum that matches "zz*"'],
  [
    "a misspelt map",
    { maps: [{ name: "events", type: "ringbuf", maxEntries: 1, mapFlags: 0 }] },
    { maps: { event: "event" } },
    "RB5009",
    'there is no map "event"',
  ],
  ["a key that meets nothing", {}, { annotations: { "evnet.pid": ["bytes"] } }, "RB4006", "annotates evnet.pid"],
  ["a misspelt annotation", {}, { annotations: { event: ["recrod"] } }, "RB4004", "recrod is no annotation"],
  ["a length that is not there", {}, { annotations: { "event.pid": ["length=len"] } }, "RB4004", "has no member len"],
] as const)("%s is told", async (_, extra, options, code, message) => {
  const [first] = await complaints(t.moduleOf([key, event, config], extra), options);
  expect(first?.code).toBe(code);
  expect(first?.message).toContain(message);
});

test("a name that several types have is refused with their ids, and told apart by its keyword", async () => {
  const types = [
    { ...event, id: 7 },
    { ...t.union("event", 4, [t.member("a", t.u32, 0)]), id: 9 },
  ];
  const [told] = await complaints(t.moduleOf(types), { types: ["event"] });
  expect([told?.code, told?.message]).toEqual(["RB4003", "2 types are called event: struct [7], union [9]"]);
  expect((await load(t.moduleOf(types), { types: ["union event"] })).text).toContain("union event");
});

test("what has no bytes is refused with a hint", async () => {
  const incomplete = t.struct("event", 8, [t.member("key", { kind: "fwd", name: "key", of: "struct" }, 0)]);
  expect(await complaints(t.moduleOf([incomplete]))).toMatchObject([
    {
      code: "RB4002",
      message: "struct key is declared and not defined",
      hint: expect.stringContaining("include the header"),
    },
  ]);
  const own: { kind: "struct" } & Record<string, unknown> = { kind: "struct", name: "self", size: 8, members: [] };
  own["members"] = [t.member("again", own as never, 0)];
  expect(await complaints(t.moduleOf([own as never]), { all: true })).toMatchObject([
    { message: "struct self contains itself" },
  ]);
});

test("an array that cannot be read is warned about", async () => {
  const flexible = t.union("u", 4, [t.member("a", t.u32, 0), t.member("rest", t.array(t.u8, 0), 0)]);
  expect(await complaints(t.moduleOf([t.struct("event", 4, [t.member("u", flexible, 0)])]))).toMatchObject([
    { code: "RB4005", severity: "warning", message: expect.stringContaining("what fills it up is read as rest") },
  ]);
});

describe("a ring", () => {
  const maps = [{ name: "events", type: "ringbuf", maxEntries: 4096, mapFlags: 0 }];
  const tie = (target: t.Target, name: string) => {
    const type = { kind: "ptr", target } as const;
    return { kind: "var", name, type, linkage: "global", tags: ["rbgen:record=events"] } as const;
  };
  const other = { ...config, tags: ["rbgen:record=events"] };
  const u64 = t.typedef("__u64", t.u64);
  const kind = t.enumeration("kind", { OPEN: 1n });

  test.each<[string, readonly Parameters<typeof tie>[0][], readonly Struct[], string]>([
    ["two pointers", [event, config], [], "events carries struct event and struct config, and none says which"],
    ["a pointer and a tag", [event], [other], "events carries struct event and struct config, and none says which"],
    ["a pointer to a scalar and a tag", [u64], [other], "events carries __u64 and struct config: nothing in __u64 can"],
    ["pointers to two scalars", [u64, t.u32], [], "events carries __u64 and unsigned int: nothing in __u64 can"],
  ])("that %s tie two types to needs a tag in them", async (_, pointed, tagged, message) => {
    const anchors = t.sectionOf(
      ".bss",
      pointed.map((target, index) => tie(target, `anchor${index}`)),
    );
    const types = [event, ...(tagged.length === 0 ? [config] : tagged), t.u32, t.u64, u64];
    const found = await complaints(t.moduleOf(types, { kind: "btf", maps, sections: [anchors] }));
    expect(found.map(({ code, severity, at }) => [code, severity, at])).toEqual([
      ["RB4002", "error", expect.stringContaining("events")],
    ]);
    expect(found[0]?.message).toContain(message);
  });

  test.each<[string, t.Target, unknown]>([
    ["a scalar", u64, 5n],
    ["an enum", kind, 1],
  ])("that a pointer ties %s to has its codec", async (_, target, value) => {
    const section = t.sectionOf(".bss", [tie(target, "anchor")]);
    const loaded = await load(t.moduleOf([t.u32, u64, kind], { kind: "btf", maps, sections: [section] }));
    const { codec } = (loaded.exports["maps"] as { events: { codec: RecordCodec<unknown> } }).events;
    const view = new DataView(new ArrayBuffer(codec.size));
    codec.encode(value, view);
    expect(codec.decode(view)).toBe(value);
  });
});

test("a struct within one that has no name is contained, and is no record", async () => {
  const unnamed = t.struct("", 4, [t.member("key", key, 0)]);
  const outer = t.struct("outer", 8, [t.member("", unnamed, 0), t.member("pid", t.u32, 4)]);
  expect((await load(t.moduleOf([key, outer]))).records).toEqual(["outer"]);
  const named = t.struct("middle", 4, [t.member("key", key, 0)]);
  const around = t.struct("around", 4, [t.member("middle", named, 0)]);
  expect((await load(t.moduleOf([key, around]))).records).toEqual(["key", "around"]);
});

test("a name that two types have is refused, with the way to say which where there is one", async () => {
  const other = t.union("event", 4, [t.member("x", t.u32, 0)]);
  const [plain] = await complaints(t.moduleOf([event, other]), { types: ["event"] });
  expect(plain).toMatchObject({ code: "RB4003", severity: "error", hint: 'say which: --type "struct event"' });
  const twin = t.struct("event", 4, [t.member("x", t.u32, 0)]);
  const [twice] = await complaints(t.moduleOf([event, twin]), { types: ["struct event"] });
  expect(twice).toMatchObject({ code: "RB4003", hint: "the input itself must hold one only" });
});

test("the structs of an object that says nothing are listed, the first of many", async () => {
  const many = Array.from({ length: 40 }, (_, index) => t.struct(`s${index}`, 4, [t.member("x", t.u32, 0)]));
  const [said] = await complaints(t.moduleOf(many, { kind: "btf" }));
  expect(said?.notes?.[0]).toMatch(/^structs there: s0, s1, .*, and \d+ more$/u);
});
