import { decodeColumns } from "@rbgen/runtime";
import {
  type Attachable,
  attachView,
  Lease,
  type Leased,
  type StreamBatch,
  takeLease,
} from "@rbgen/runtime/codegen/v1";
import { expect, test } from "vitest";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

const ring = (value: string): { tags: string[] } => ({ tags: [`rbgen:record=ring;tag=type;variant=${value}`] });
const small = t.struct("small", 8, [t.member("type", t.u32, 0), t.member("x", t.u32, 4)], ring("1"));
const large = t.struct("large", 16, [t.member("type", t.u32, 0), t.member("y", t.u64, 8)], ring("2"));

test("a kind that there is not is an EncodeError of byteLengthOf, too", async () => {
  const codec = (await load(t.moduleOf([small, large]))).codec("ring");
  for (const value of [{ kind: "medium" }, {}]) {
    expect(() => codec.byteLengthOf(value)).toThrow("kind: names no record of ring");
    expect(() => codec.encode(value, new DataView(new ArrayBuffer(16)))).toThrow("kind: names no record of ring");
  }
});

test("an unknown record is its bytes; its tag is among them", async () => {
  const codec = (await load(t.moduleOf([small, large]))).codec("ring");
  const target = new Uint8Array(6);
  const value = { kind: "unknown", bytes: new Uint8Array([9, 0, 0, 0, 1, 2]) };
  expect(codec.byteLengthOf(value)).toBe(6);
  expect(codec.encode(value, new DataView(target.buffer))).toBe(6);
  expect([...target]).toEqual([9, 0, 0, 0, 1, 2]);
  expect(() => codec.byteLengthOf({ kind: "unknown" })).toThrow("bytes: is no Uint8Array");
});

test("an unknown record is none of the types that are known, has a whole tag, and the tag that it is given", async () => {
  const codec = (await load(t.moduleOf([small, large]))).codec("ring");
  const encode = (value: object) => () =>
    codec.encode({ kind: "unknown", ...value }, new DataView(new ArrayBuffer(16)));
  expect(encode({ bytes: Uint8Array.of(2, 0, 0, 0) })).toThrow("bytes: says large");
  expect(encode({ bytes: Uint8Array.of(9, 0, 0) })).toThrow("bytes: has 3 bytes, of at least 4");
  expect(encode({ bytes: new Uint8Array(0) })).toThrow("bytes: has 0 bytes, of at least 4");
  expect(encode({ tag: 8, bytes: Uint8Array.of(9, 0, 0, 0) })).toThrow("tag: is not the tag of bytes");
  expect(encode({ tag: 9, bytes: Uint8Array.of(9, 0, 0, 0) })()).toBe(4);
});

test("a view of a ring encodes to the record that it stands on", async () => {
  const codec = (await load(t.moduleOf([small, large]))).codec("ring");
  for (const bytes of [Uint8Array.of(1, 0, 0, 0, 9, 0, 0, 0), Uint8Array.of(7, 0, 0, 0, 1)]) {
    const view = codec.createView() as Leased;
    const lease = new Lease(new DataView(bytes.buffer), 0, bytes.length);
    view[takeLease](lease);
    expect(codec.byteLengthOf(view)).toBe(bytes.length);
    expect(codec.toBytes(view)).toEqual(bytes);
    lease.view = null;
    expect(() => codec.toBytes(view)).toThrow(/ERR_RINGBUF_CLOSED/);
  }
});

const others = (values: string) =>
  t.struct("others", 16, [t.member("type", t.u32, 0), t.member("z", t.array(t.u8, 12), 4)], ring(values));

test("a struct that says default is every record whose tag means no other one", async () => {
  const { text, codec: named } = await load(t.moduleOf([small, large, others("default")]), { columns: true });
  const codec = named("ring");
  const bytes = new Uint8Array(16).fill(7);
  const value = { kind: "others", type: 0x07070707, z: bytes.slice(4) };
  expect(codec.decode(bytes)).toEqual(value);
  expect(codec.fromJSON(codec.toJSON(value))).toEqual(value);
  expect(codec.toBytes(value)).toEqual(bytes);
  expect(codec.decode(Uint8Array.of(1, 0, 0, 0, 9, 0, 0, 0))).toEqual({ kind: "small", type: 1, x: 9 });
  expect(codec.toBytes({ kind: "others" }), "a tag that is left out is 0").toEqual(new Uint8Array(16));
  expect(() => codec.toBytes({ kind: "others", type: 2 })).toThrow("type: says large");
  expect(() => codec.toBytes({ kind: "unknown", bytes })).toThrow("kind: names no record of ring");
  expect(() => codec.decode(bytes.subarray(0, 9)), "it is no shorter than its struct").toThrow(/others needs 16 bytes/);
  const view = codec.createView() as Leased & { kind: string; value: { z: Uint8Array } };
  view[takeLease](new Lease(new DataView(bytes.buffer), 0, 16));
  expect([view.kind, view.value.z]).toEqual(["others", bytes.slice(4)]);
  const { variants, kinds } = decodeColumns(codec, [bytes]) as unknown as StreamBatch;
  expect(Object.keys(variants)).toEqual(["small", "large", "others"]);
  expect(kinds.codes).toEqual(Int32Array.of(2));
  expect(text).not.toContain("RingUnknown");
  expect(typeCheck({ "ring.gen.ts": text })).toEqual({ oldest: [], own: [] });
});

test("a default that has values of its own writes the first of them, and only one is there", async () => {
  const codec = (await load(t.moduleOf([small, others("5..6,default")]))).codec("ring");
  expect(codec.decode(codec.toBytes({ kind: "others" }))).toMatchObject({ kind: "others", type: 5 });
  const writer = codec.createWriter() as Attachable & { others: { z: Uint8Array } };
  const target = new Uint8Array(16);
  writer[attachView](new DataView(target.buffer), 0, 16);
  writer.others.z = Uint8Array.of(1);
  expect([...target.subarray(0, 5)]).toEqual([5, 0, 0, 0, 1]);
  const twice = t.struct("more", 8, [t.member("type", t.u32, 0)], ring("default"));
  const said = await complaints(t.moduleOf([small, others("default"), twice]));
  expect(said).toMatchObject([
    { code: "RB4004", message: expect.stringContaining("more is the default, as another record is, others") },
  ]);
});

test("a tag that is a bit-field is compared as a whole", async () => {
  const narrow = t.struct(
    "narrow",
    8,
    [t.bitField("flags", t.u32, 0, 6), t.bitField("type", t.u32, 6, 14), t.member("x", t.u32, 4)],
    ring("1"),
  );
  const codec = (await load(t.moduleOf([narrow]))).codec("ring");
  const target = new DataView(new ArrayBuffer(8));
  const bytes = new Uint8Array(Uint32Array.of((0x1234 << 6) | 0x3f, 0).buffer);
  expect(codec.encode({ kind: "unknown", tag: 0x1234, bytes }, target)).toBe(8);
  expect(() => codec.encode({ kind: "unknown", tag: 0x1235, bytes }, target)).toThrow("tag: is not the tag of bytes");
});

test("a writer whose first try had no room tries again", async () => {
  const codec = (await load(t.moduleOf([small, large]))).codec("ring");
  const target = new DataView(new ArrayBuffer(8));
  const writer = codec.createWriter() as Attachable & { small: { x: number }; large: { y: bigint } };
  writer[attachView](target, 0, 8);
  expect(() => writer.large).toThrow("large needs 16 bytes, the sample has 8");
  expect(() => writer.large).toThrow("large needs 16 bytes, the sample has 8");
  writer.small.x = 7;
  expect(codec.decode(target)).toEqual({ kind: "small", type: 1, x: 7 });
});

test("any bit of a _Bool is a tag that says true", async () => {
  const told = t.struct("told", 8, [
    t.member("on", t.bool, 0),
    t.member(
      "",
      t.union("", 4, [
        t.member("off", t.u32, 0, { tags: ["rbgen:variant=0"] }),
        t.member("lit", t.u32, 0, { tags: ["rbgen:variant=1"] }),
      ]),
      4,
      { tags: ["rbgen:tag=on"] },
    ),
  ]);
  const codec = (await load(t.moduleOf([told]))).codec("told");
  for (const [byte, kind] of [
    [0, "off"],
    [1, "lit"],
    [2, "lit"],
    [128, "lit"],
  ] as const) {
    const decoded = codec.decode(new DataView(Uint8Array.of(byte, 0, 0, 0, 1, 0, 0, 0).buffer)) as { kind: string };
    expect(decoded.kind).toBe(kind);
  }
});

test("data-loc bytes in an array that may be cut make a record as long as they are", async () => {
  const record = t.struct("cut", 40, [
    t.member("path", t.u32, 0, { tags: ["rbgen:dataloc"] }),
    t.member("blob", t.array(t.u8, 36), 4, { tags: ["rbgen:truncated"] }),
  ]);
  const codec = (await load(t.moduleOf([record]))).codec("cut");
  const value = { path: new Uint8Array([1, 2]) };
  expect(codec.byteLengthOf(value)).toBe(6);
  const target = new Uint8Array(6).fill(0xee);
  expect(codec.encode(value, new DataView(target.buffer))).toBe(6);
  expect(codec.decode(new DataView(target.buffer))).toEqual(value);
});
