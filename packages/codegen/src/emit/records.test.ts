import { attachView, Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import { afterAll, expect, test } from "vitest";
import { type Loaded, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

const files: Record<string, string> = {};

/** Loads, and keeps the text for the one type-check at the end. */
async function loadKept(name: string, ...args: Parameters<typeof load>): Promise<Loaded> {
  const loaded = await load(...args);
  files[`${name}.gen.ts`] = loaded.text;
  return loaded;
}

function bytesOf(codec: ReturnType<Loaded["codec"]>, value: unknown): number[] {
  const bytes = new Uint8Array(codec.byteLengthOf(value) + 16).fill(0xee);
  const count = codec.encode(value, new DataView(bytes.buffer), 8);
  expect(count).toBe(codec.byteLengthOf(value));
  expect([...bytes.subarray(0, 8), ...bytes.subarray(8 + count)]).toEqual(Array(16).fill(0xee));
  return [...bytes.subarray(8, 8 + count)];
}

function decode(codec: ReturnType<Loaded["codec"]>, bytes: readonly number[]): unknown {
  return codec.decode(new DataView(new Uint8Array(bytes).buffer));
}

function tagged(text: string, extra: object = {}): object {
  return { ...extra, tags: [`rbgen:${text}`] };
}

test("a counted flexible array takes as many elements as its length member says", async () => {
  const record = t.struct("msg", 8, [
    t.member("ts", t.u32, 0),
    t.member("len", t.u16, 4),
    t.member("data", t.array(t.u16, 0), 6, tagged("length=len")),
  ]);
  const { codec } = await loadKept("counted", t.moduleOf([record]));
  const msg = codec("msg");
  expect(bytesOf(msg, { ts: 1, data: [1, 2, 3] })).toEqual([1, 0, 0, 0, 3, 0, 1, 0, 2, 0, 3, 0]);
  expect(decode(msg, [1, 0, 0, 0, 1, 0, 9, 0, 7, 7])).toEqual({ ts: 1, len: 1, data: [9] });
  expect(() => decode(msg, [1, 0, 0, 0, 3, 0, 9, 0])).toThrow(/msg\.data needs 6 bytes, there are 2/);
  expect(() => bytesOf(msg, { len: 2, data: [1] })).toThrow(/len: is not the length of data/);
  expect(bytesOf(msg, {})).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});

test("texts behind each other are strings, as many as a length says or up to what is left of the array", async () => {
  const texts = (name: string, count: number, note: string, extra: readonly ReturnType<typeof t.member>[] = []) =>
    t.struct(name, 1 + count, [
      t.member("len", t.u8, 0),
      t.member("args", t.array(t.char, count), 1, tagged(note)),
      ...extra,
    ]);
  const { codec } = await loadKept(
    "strings",
    t.moduleOf([
      texts("counted", 8, "strings;length=len"),
      texts("fixed", 8, "strings"),
      texts("open", 0, "strings"),
      t.struct("rows", 8, [t.member("rows", t.array(t.array(t.u8, 4), 2), 0, tagged("strings"))]),
    ]),
  );
  const [a, b, nul] = [97, 98, 0];
  const counted = codec("counted");
  expect(decode(counted, [5, a, nul, nul, b, nul])).toEqual({ len: 5, args: ["a", "", "b"] });
  expect(decode(counted, [3, a, nul, nul, 9, 9])).toEqual({ len: 3, args: ["a", ""] });
  expect(decode(counted, [3, a, nul, b])).toEqual({ len: 3, args: ["a", "b"] });
  expect(bytesOf(counted, { args: ["a", "", "b"] })).toEqual([5, a, nul, nul, b, nul]);
  expect(bytesOf(counted, { len: 3, args: ["a", "b"] })).toEqual([3, a, nul, b]);
  expect(() => bytesOf(counted, { len: 2, args: ["a", "b"] })).toThrow(/args: is told to have 2 bytes/);
  expect(() => bytesOf(counted, { args: ["aaaa", "bbbb"] })).toThrow(/args/);
  expect(() => bytesOf(counted, { args: ["a\0b"] })).toThrow(/has a NUL/);
  expect(() => bytesOf(counted, { args: [1] })).toThrow(/args.*is no string/);
  expect(() => bytesOf(counted, { args: "ab" })).toThrow(/args/);
  const fixed = codec("fixed");
  expect(decode(fixed, [0, a, nul, b, b, nul, nul, nul, nul])).toEqual({ len: 0, args: ["a", "bb"] });
  expect(decode(fixed, [0, a, nul, a, a, a, a, a, a])).toEqual({ len: 0, args: ["a", "aaaaaa"] });
  expect(bytesOf(fixed, { args: ["a", "aaaaaa"] })).toEqual([0, a, nul, a, a, a, a, a, a]);
  expect(bytesOf(fixed, { args: ["", "b"] })).toEqual([0, nul, b, nul, nul, nul, nul, nul, nul]);
  expect(() => bytesOf(fixed, { args: ["a", ""] })).toThrow(/ends with an empty text/);
  expect(() => bytesOf(fixed, { args: ["a", "aaaaaaa"] })).toThrow(/needs more than the 8 bytes/);
  expect(bytesOf(codec("open"), { args: ["a", "b"] })).toEqual([0, a, nul, b, nul]);
  expect(decode(codec("open"), [0, a, nul, b, nul])).toEqual({ len: 0, args: ["a", "b"] });
  const rows = codec("rows");
  expect(decode(rows, [a, nul, b, nul, a, a, a, a])).toEqual({ rows: [["a", "b"], ["aaaa"]] });
  expect(bytesOf(rows, { rows: [["a", "b"], ["aaaa"]] })).toEqual([a, nul, b, nul, a, a, a, a]);
  const view = counted.createView() as unknown as Leased & { readonly args: readonly string[] };
  const bytes = new DataView(Uint8Array.of(4, a, nul, b, nul).buffer);
  view[takeLease]({ view: bytes, offset: 0, byteLength: 5 } as Lease);
  expect(view.args).toEqual(["a", "b"]);
});

test("strings are asked of no list, and of bytes alone", async () => {
  const of = (type: Parameters<typeof t.member>[1], note: string) =>
    load(t.moduleOf([t.struct("r", 8, [t.member("len", t.u32, 0), t.member("x", type, 4, tagged(note))])]), {});
  await expect(of(t.array(t.u16, 2), "strings")).rejects.toThrow(/r\.x is no array of bytes, so it cannot be strings/);
  await expect(of(t.array(t.char, 4), "strings;list=r")).rejects.toThrow(/is a list of structs/);
});

test("null in place of a record is an EncodeError that names it", async () => {
  const fixed = t.struct("fixed", 4, [t.member("type", t.u32, 0)], tagged("record=ring;variant=1;tag=type"));
  const flexible = t.struct(
    "flexible",
    4,
    [t.member("type", t.u32, 0), t.member("data", t.array(t.u8, 0), 4)],
    tagged("record=ring;variant=2"),
  );
  const { codec } = await load(t.moduleOf([fixed, flexible]));
  for (const name of ["fixed", "flexible", "ring"]) {
    for (const value of [null, undefined]) {
      const error = expect.objectContaining({ name: "EncodeError", reason: `${name} is encoded from an object` });
      expect(() => codec(name).encode(value, new DataView(new ArrayBuffer(8)))).toThrow(error);
      if (name !== "fixed") expect(() => codec(name).byteLengthOf(value)).toThrow(error);
    }
  }
});

test("a trailing array with a length may be sent shorter than the struct", async () => {
  const record = t.struct("msg", 20, [
    t.member("len", t.u32, 0),
    t.member("buf", t.array(t.u8, 16), 4, tagged("length=len")),
  ]);
  const { codec } = await loadKept("truncated", t.moduleOf([record]));
  const msg = codec("msg");
  expect(msg.minByteLength).toBe(4);
  expect(decode(msg, [2, 0, 0, 0, 8, 9])).toEqual({ len: 2, buf: new Uint8Array([8, 9]) });
  expect(bytesOf(msg, { buf: new Uint8Array([8, 9]) })).toEqual([2, 0, 0, 0, 8, 9]);
  expect(() => decode(msg, [17, 0, 0, 0, ...Array(30).fill(0)])).toThrow(/msg\.buf needs 17 bytes, there are 16/);
  expect(() => bytesOf(msg, { buf: new Uint8Array(17) })).toThrow(/buf: has length 17, more than 16/);
});

test("an array in the middle with a length keeps its place", async () => {
  const record = t.struct("msg", 16, [
    t.member("n", t.u8, 0),
    t.member("items", t.array(t.u16, 4), 2, tagged("length=n")),
    t.member("end", t.u32, 12),
  ]);
  const { codec } = await loadKept("bounded", t.moduleOf([record]));
  expect(bytesOf(codec("msg"), { items: [1, 2], end: 7 })).toEqual([2, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0]);
  expect(decode(codec("msg"), [1, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0])).toEqual({ n: 1, items: [1], end: 7 });
});

test("a data-loc word and a data-loc pair decode to what they point at", async () => {
  const record = t.struct("msg", 12, [
    t.member("name", t.u32, 0, tagged("dataloc=string")),
    t.member("off", t.u16, 4, tagged("dataloc=off_len,from=blob")),
    t.member("off_len", t.u16, 6),
    t.member("pid", t.u32, 8),
    t.member("blob", t.array(t.u8, 0), 12),
  ]);
  const { codec } = await loadKept("dataloc", t.moduleOf([record]));
  const value = { name: "ab", off: new Uint8Array([5, 6]), pid: 3 };
  const bytes = bytesOf(codec("msg"), value);
  expect(bytes).toEqual([12, 0, 3, 0, 3, 0, 2, 0, 3, 0, 0, 0, 97, 98, 0, 5, 6]);
  expect(decode(codec("msg"), bytes)).toEqual(value);
  expect(() => decode(codec("msg"), [...bytes.slice(0, -1)])).toThrow(/msg\.off needs 17 bytes, there are 16/);
});

test("a list of items that say their own size decodes to typed items", async () => {
  const item = t.struct("attr", 4, [
    t.member("type", t.u16, 0),
    t.member("size", t.u16, 2),
    t.member("data", t.array(t.u8, 0), 4, tagged("length=size,total")),
  ]);
  const record = t.struct("msg", 4, [
    t.member("pid", t.u32, 0),
    t.member("attrs", t.array(t.u8, 0), 4, tagged("list=attr,align=4")),
  ]);
  const { codec } = await loadKept("list", t.moduleOf([item, record], {}), { types: ["msg"] });
  const value = {
    pid: 1,
    attrs: [
      { type: 1, size: 5, data: new Uint8Array([9]) },
      { type: 2, size: 4, data: new Uint8Array() },
    ],
  };
  const bytes = bytesOf(codec("msg"), value);
  expect(bytes).toEqual([1, 0, 0, 0, 1, 0, 5, 0, 9, 0, 0, 0, 2, 0, 4, 0]);
  expect(decode(codec("msg"), bytes)).toEqual(value);
  const packed = t.struct("msg", 0, [t.member("attrs", t.array(t.u8, 0), 0, tagged("list=attr"))]);
  const dense = await loadKept("dense-list", t.moduleOf([item, packed], {}), { types: ["msg"] });
  expect(bytesOf(dense.codec("msg"), { attrs: value.attrs })).toEqual([1, 0, 5, 0, 9, 2, 0, 4, 0]);
  expect(() => decode(codec("msg"), [1, 0, 0, 0, 1, 0, 3, 0])).toThrow(/attr\.data/);
  expect(() => decode(codec("msg"), [1, 0, 0, 0, 1, 0, 9, 0])).toThrow(/attr\.data needs 5 bytes, there are 0/);
});

test("a scalar and an array of scalars are records too", async () => {
  const { codec } = await loadKept("scalar", t.moduleOf([t.typedef("pid_t", t.s32)]), { types: ["pid_t", "__u64[2]"] });
  expect(decode(codec("pidT"), [255, 255, 255, 255])).toBe(-1);
  expect(bytesOf(codec("u64_2"), [1, 2n])).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
});

test("a tag chooses the arm of a union in the same struct", async () => {
  const open = t.struct("open_event", 4, [t.member("fd", t.s32, 0)]);
  const exec = t.struct("exec_event", 8, [t.member("comm", t.array(t.char, 8), 0)]);
  const record = t.struct("event", 16, [
    t.member("type", t.u16, 0),
    t.member("cpu", t.u32, 4),
    t.member(
      "",
      t.union("", 8, [
        t.member("open", open, 0, tagged("variant=1")),
        t.member("exec", exec, 0, tagged("variant=1 << 3,5")),
      ]),
      8,
      tagged("tag=type"),
    ),
  ]);
  const { codec } = await loadKept("arms", t.moduleOf([open, exec, record]));
  const event = codec("event");
  expect(event.minByteLength).toBe(8);
  expect(bytesOf(event, { kind: "exec", cpu: 2, exec: { comm: "sh" } })).toEqual([
    8, 0, 0, 0, 2, 0, 0, 0, 115, 104, 0, 0, 0, 0, 0, 0,
  ]);
  expect(decode(event, [1, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0])).toEqual({
    kind: "open",
    type: 1,
    cpu: 2,
    open: { fd: 7 },
  });
  expect(decode(event, [9, 0, 0, 0, 2, 0, 0, 0, 7])).toEqual({
    kind: "unknown",
    type: 9,
    cpu: 2,
    $bytes8: new Uint8Array([7]),
  });
  expect(() => decode(event, [8, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0])).toThrow(
    /event \(exec\) needs 16 bytes, there are 12/,
  );
  expect(() => bytesOf(event, { kind: "open", type: 8 })).toThrow(/type: does not say open/);
  expect(() => bytesOf(event, { cpu: 2, kind: "close" })).toThrow(/kind: names no arm of event/);
  // The one arm that is given says which it is.
  expect(bytesOf(event, { cpu: 2, open: { fd: 7 } })).toEqual(
    bytesOf(event, { cpu: 2, kind: "open", open: { fd: 7 } }),
  );
  expect(() => bytesOf(event, { open: { fd: 7 }, $bytes8: new Uint8Array(8) })).toThrow(
    /kind: is left out, and more than one arm of event is given/,
  );
  expect(bytesOf(event, { cpu: 2 })).toEqual([0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const view = event.createView() as { kind: string; open: { fd: number }; exec: unknown } & Leased;
  const lease = new Lease(new DataView(new Uint8Array([1, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0]).buffer), 0, 12);
  const told = view[takeLease](lease);
  expect([view.kind, view.open.fd]).toEqual(["open", 7]);
  expect(() => view.exec).toThrow(/needs 16 bytes, there are 12/);
  // an arm stays with its record: the next one may be too short for it
  const { open: kept } = view;
  expect(told && view[takeLease](lease)).toBe(true);
  expect(() => kept.fd).toThrow(/its record is gone/);
});

test("an arm that ends with the sample is a cursor of its own, which dies with it", async () => {
  const bytes = t.struct("bytes", 2, [
    t.member("n", t.u16, 0),
    t.member("data", t.array(t.u8, 0), 2, tagged("length=n")),
  ]);
  const arms = t.union("", 2, [
    t.member("bytes", bytes, 0, tagged("variant=1")),
    t.member("code", t.u16, 0, tagged("variant=2")),
  ]);
  const record = t.struct("event", 4, [t.member("type", t.u16, 0), t.member("", arms, 2, tagged("tag=type"))]);
  const { codec } = await loadKept("open-arm", t.moduleOf([bytes, record]), { types: ["event"] });
  const view = codec("event").createView() as { bytes: { data: Uint8Array } } & Leased;
  const lease = new Lease(new DataView(new Uint8Array([1, 0, 2, 0, 8, 9]).buffer), 0, 6);
  view[takeLease](lease);
  expect(view.bytes.data).toEqual(new Uint8Array([8, 9]));
  lease.view = null;
  expect(() => view.bytes).toThrow(/its record is gone/);
});

test("variants of one ring are a discriminated union, told apart by a nested tag", async () => {
  const hdr = t.struct("hdr", 8, [t.member("pid", t.u32, 0), t.member("type", t.u32, 4)]);
  const open = t.struct(
    "open_event",
    12,
    [t.member("hdr", hdr, 0), t.member("fd", t.s32, 8)],
    tagged("record=events;variant=EV_OPEN;tag=hdr.type"),
  );
  const exec = t.struct(
    "exec_event",
    12,
    [t.member("hdr", hdr, 0), t.member("code", t.u32, 8)],
    tagged("record=events;variant=1 << 4"),
  );
  const module = t.moduleOf([hdr, open, exec], { constants: [{ name: "EV_OPEN", value: 1n }] });
  const { codec, exports } = await loadKept("stream", module);
  expect(exports["EV_OPEN"]).toBe(1);
  const events = codec("events");
  const bytes = bytesOf(events, { kind: "exec_event", hdr: { pid: 5 }, code: 3 });
  expect(bytes).toEqual([5, 0, 0, 0, 16, 0, 0, 0, 3, 0, 0, 0]);
  expect(decode(events, bytes)).toEqual({ kind: "exec_event", hdr: { pid: 5, type: 16 }, code: 3 });
  expect(decode(events, [1, 0, 0, 0, 7, 0, 0, 0])).toEqual({
    kind: "unknown",
    tag: 7,
    bytes: new Uint8Array([1, 0, 0, 0, 7, 0, 0, 0]),
  });
  expect(() => decode(events, bytes.slice(0, 11))).toThrow(/exec_event needs 12 bytes, the sample has 11/);
  expect(() => bytesOf(events, { kind: "close" })).toThrow(/kind/);
  const view = events.createView() as { kind: string; value: { code: number } } & Leased;
  const lease = new Lease(new DataView(new Uint8Array(bytes).buffer), 0, 12);
  const told = view[takeLease](lease);
  expect([view.kind, view.value.code]).toEqual(["exec_event", 3]);
  const { value } = view;
  expect(told && view[takeLease](lease)).toBe(true);
  expect(() => value.code).toThrow(/its record is gone/);
  expect(view.value.code).toBe(3);
  lease.view = null;
  expect(() => view.value).toThrow(/its record is gone/);
  expect(() => view.kind).toThrow(/its record is gone/);
  const target = new Uint8Array(12).fill(255);
  const writer = events.createWriter() as { openEvent: { fd: number; hdr: { pid: number } } } & Record<
    symbol,
    (...args: unknown[]) => void
  >;
  writer[attachView]!(new DataView(target.buffer), 0, 12);
  writer.openEvent.fd = 2;
  writer.openEvent.hdr.pid = 9;
  expect([...target]).toEqual([9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
});

test("an object's maps, programs and variables are typed descriptors", async () => {
  const event = t.struct("event", 4, [t.member("pid", t.u32, 0)]);
  const ring = { name: "events", type: "ringbuf", maxEntries: 4096, mapFlags: 0 };
  const module = t.moduleOf([event], {
    kind: "btf",
    maps: [
      { ...ring, tags: ["rbgen:record=event"] },
      {
        name: "cpus",
        type: "array_of_maps",
        maxEntries: 8,
        mapFlags: 0,
        inner: { ...ring, name: "inner" },
        tags: ["rbgen:record=event"],
      },
      { name: "counts", type: "hash", maxEntries: 1, mapFlags: 0 },
    ],
    programs: [{ name: "on_exec", section: "tp/sched/sched_process_exec" }],
    sections: [
      {
        kind: "datasec",
        name: ".rodata",
        size: 8 as never,
        variables: [
          {
            variable: { kind: "var", name: "target_pid", type: t.u32, linkage: "global" },
            offset: 4 as never,
            size: 4 as never,
          },
        ],
      },
    ],
  });
  const { exports, records } = await loadKept("sdk", module);
  expect(records).toEqual(["event"]);
  expect(exports["maps"]).toEqual({
    events: { ...ring, codec: exports["event"] },
    cpus: {
      name: "cpus",
      type: "array_of_maps",
      maxEntries: 8,
      inner: { ...ring, name: "inner", codec: exports["event"] },
    },
    counts: {
      name: "counts",
      type: "hash",
      maxEntries: 1,
      mapFlags: 0,
      keyCodec: undefined,
      valueCodec: undefined,
    },
  });
  expect(exports["programs"]).toEqual({ onExec: { name: "on_exec", section: "tp/sched/sched_process_exec" } });
  expect(exports["variables"]).toEqual({
    targetPid: { name: "target_pid", section: ".rodata", offset: 4, size: 4, codec: exports["targetPid"] },
  });
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
