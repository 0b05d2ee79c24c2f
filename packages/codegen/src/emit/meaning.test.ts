import { type ColumnBatch, decodeColumns } from "@rbgen/runtime";
import { afterAll, expect, test } from "vitest";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

const files: Record<string, string> = {};

function noted(name: string, type: t.Target, offset: number, note: string) {
  return t.member(name, type, offset, { tags: [`rbgen:${note}`] });
}

const kinds = t.enumeration("kind", { EXEC: 1n, EXIT: 2n });
const wide = t.enumeration("wide", { ALL: 1n << 40n }, { kind: "enum64", size: t.u64.size } as never);
const inner = t.struct("inner", 4, [t.member("x", t.u32, 0)]);

const event = t.struct("event", 32, [
  noted("port", t.u16, 0, "endian=big"),
  noted("kind", t.u8, 2, "enum=kind"),
  noted("ok", t.u8, 3, "bool"),
  noted("ret", t.u32, 4, "signed"),
  noted("pad", inner, 8, "skip"),
  noted("p_id", t.u32, 12, "name=processId"),
  noted("kinds", t.array(t.u8, 2), 16, "enum=kind"),
  noted("deltas", t.array(t.u8, 2), 18, "signed"),
  { ...t.bitField("mode", t.u32, 160, 4), tags: ["rbgen:enum=kind"] },
  { ...t.bitField("gap", t.u32, 164, 12), tags: ["rbgen:skip"] },
  { ...t.bitField("last", t.u32, 176, 16), tags: ["rbgen:signed"] },
  noted("all", t.u64, 24, "enum=wide"),
]);

const value = {
  port: 443,
  kind: 2,
  ok: true,
  ret: -2,
  processId: 7,
  kinds: [1, 9],
  deltas: [-1, 1],
  mode: 1,
  last: -3,
  all: 1n << 40n,
};

const bytes = [
  ...[1, 187, 2, 1, 0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0, 7, 0, 0, 0],
  ...[1, 9, 0xff, 1, 1, 0, 0xfd, 0xff, 0, 0, 0, 0, 0, 1, 0, 0],
];

test("what a member means is said beside its type: order, enum, truth, sign, name, and what is left out", async () => {
  const { codec, text } = await load(t.moduleOf([kinds, wide, event]), { types: ["event"], columns: true });
  files["meaning.gen.ts"] = text;
  const { decode, encode, createView, createWriter } = codec("event");
  const sample = new DataView(Uint8Array.from(bytes).buffer);
  expect(decode(sample)).toEqual(value);
  for (const ground of [0, 0xee]) {
    const target = new Uint8Array(32).fill(ground);
    encode(value, new DataView(target.buffer));
    expect([...target]).toEqual(bytes);
  }
  const noisy = Uint8Array.from(bytes);
  noisy.fill(0xff, 8, 12);
  noisy[3] = 4;
  expect(decode(new DataView(noisy.buffer)), "padding is not looked at, and any bit makes it true").toEqual(value);
  expect(createView()).not.toHaveProperty("pad");
  expect(createWriter()).not.toHaveProperty("pad");
  expect(text).not.toContain("interface Inner");
  expect(() => encode({ ret: 2 ** 31 }, sample)).toThrow(/ret: .* is no integer from -2147483648 to 2147483647/);
  expect(() => encode({ ok: 1 }, sample)).toThrow(/ok: is no boolean/);
  const { columns } = decodeColumns(codec("event"), [Uint8Array.from(bytes)]) as ColumnBatch;
  expect(columns["port"]).toEqual(Uint16Array.of(443));
  expect(columns["ret"]).toEqual(Int32Array.of(-2));
  expect(columns["ok"]).toEqual(Uint8Array.of(1));
  expect(columns["last"]).toEqual(Int16Array.of(-3));
  expect(Object.keys(columns)).not.toContain("pad");
});

test.each<[string, t.Target, string, RegExp]>([
  ["endian", t.u8, "endian=big", /endian=big on struct r\.x means nothing: it is no number of several bytes/],
  ["endian of a struct", inner, "endian=big", /it is no number of several bytes/],
  ["endian that the type says", t.typedef("__be16", t.u16), "endian=big", /its type says so/],
  ["enum", t.u8, "enum=none", /no enum is called none/],
  ["enum of 32 bits", t.u64, "enum=kind", /r\.x has 64 bits, and the values of enum kind are numbers, of 32/],
  ["enum of 64 bits", t.u8, "enum=wide", /r\.x has 8 bits, and the values of enum wide are bigint, of 64/],
  ["enum of a struct", inner, "enum=kind", /enum on struct r\.x means nothing: it is no integer/],
  ["enum of text", t.array(t.char, 4), "enum=kind;string", /is no array of bytes, so it cannot be string/],
  ["bool", t.bool, "bool", /bool on struct r\.x means nothing: its type says so/],
  ["bool of 128 bits", t.u128, "bool", /it has 128 bits/],
  ["bool and enum", t.u8, "bool;enum=kind", /cannot be enum and bool/],
  ["bool and signed", t.u8, "bool;signed", /leaves nothing for a sign to say/],
  ["signed", t.s32, "signed", /signed on struct r\.x means nothing: its type says so/],
  ["both signs", t.s32, "signed;unsigned", /cannot be signed and unsigned/],
  ["signed of a struct", inner, "signed", /signed on struct r\.x means nothing: it is no integer/],
  ["skip of an open array", t.array(t.u8, 0), "skip", /r\.x has no bytes of its own/],
  ["skip and more", t.u8, "skip;enum=kind", /enum on struct r\.x means nothing: it is skipped/],
  ["name of another", t.u8, "name=y", /name=y on struct r\.x is taken by another member, or reserved/],
  ["name of an object's own", t.u8, "name=toString", /is taken by another member, or reserved/],
])("%s that says nothing is refused", async (_, type, note, message) => {
  const record = t.struct("r", 24, [t.member("y", t.u32, 0), noted("x", type, 8, note)]);
  const [first] = await complaints(t.moduleOf([kinds, wide, record]), { types: ["r"] });
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
});

test("a length that is skipped is refused, and so is a meaning on a union that is none", async () => {
  const counted = t.struct("r", 2, [
    noted("len", t.u8, 0, "skip"),
    t.member("data", t.array(t.u8, 0), 1, { tags: ["rbgen:length=len"] }),
  ]);
  expect(await complaints(t.moduleOf([counted]))).toMatchObject([
    { code: "RB4004", message: expect.stringMatching(/r\.len is skipped, and length=len on data needs it/) },
  ]);
  const union = t.union("", 4, [t.member("a", t.u32, 0), t.member("b", t.u16, 0)]);
  const told = t.struct("r", 4, [t.member("", union, 0, { tags: ["rbgen:skip"] })]);
  expect(await complaints(t.moduleOf([told]))).toMatchObject([
    { code: "RB4004", message: expect.stringMatching(/skip on struct r means nothing/) },
  ]);
});

test("an arm of a union that is skipped is none of those that a value may give", async () => {
  const union = t.union("", 4, [t.member("a", t.u32, 0), noted("raw", t.array(t.u8, 4), 0, "skip")]);
  const { codec, text } = await load(t.moduleOf([t.struct("r", 4, [t.member("", union, 0)])]));
  files["arm.gen.ts"] = text;
  const target = new Uint8Array(4);
  codec("r").encode({ a: 1 }, new DataView(target.buffer));
  expect([...target]).toEqual([1, 0, 0, 0]);
  expect(codec("r").decode(new DataView(target.buffer))).toEqual({ a: 1, $bytes0: target });
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
