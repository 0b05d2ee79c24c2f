import { type ColumnBatch, decodeColumns } from "@rbgen/runtime";
import { afterAll, expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

const files: Record<string, string> = {};

function noted(name: string, type: t.Target, offset: number, note: string) {
  return t.member(name, type, offset, { tags: [`rbgen:${note}`] });
}

async function codecOf(
  name: string,
  record: ReturnType<typeof t.struct>,
  extra: Parameters<typeof t.moduleOf>[1] = {},
) {
  const { codec, text } = await load(t.moduleOf([record], extra), { types: [record.name], columns: true });
  files[`${name}.gen.ts`] = text;
  return codec(record.name);
}

const view = (bytes: readonly number[]): DataView => new DataView(Uint8Array.from(bytes).buffer);

test("a length is computed of a member, and the member of the length", async () => {
  const tcp = t.struct("tcp", 4, [
    t.member("doff", t.u8, 0),
    t.member("kind", t.u8, 1),
    noted("options", t.array(t.u8, 0), 4, "length=(doff - HEADER) * 4"),
  ]);
  const constants = [{ name: "HEADER", value: 5n }];
  const codec = await codecOf("tcp", tcp, { constants } as never);
  expect(codec.decode(view([6, 0, 0, 0, 1, 2, 3, 4, 9]))).toEqual({
    doff: 6,
    kind: 0,
    options: Uint8Array.of(1, 2, 3, 4),
  });
  expect([...codec.toBytes({ options: Uint8Array.of(1, 2, 3, 4) })]).toEqual([6, 0, 0, 0, 1, 2, 3, 4]);
  expect([...codec.toBytes({})]).toEqual([5, 0, 0, 0]);
  expect(() => codec.toBytes({ options: Uint8Array.of(1) })).toThrow(/options: has a length that no member says/);
  expect(() => codec.toBytes({ doff: 7, options: Uint8Array.of(1, 2, 3, 4) })).toThrow(
    /doff: is not the length of options/,
  );
  expect(() => codec.decode(view([4, 0, 0, 0]))).toThrow(/tcp\.options has a length of -4 bytes/);
  expect(() => codec.decode(view([7, 0, 0, 0, 1, 2, 3, 4]))).toThrow(/tcp\.options needs 8 bytes, there are 4/);
});

test("a length of several members is what they say, and none of them follows from it", async () => {
  const record = t.struct("r", 4, [
    t.member("total", t.u16, 0),
    t.member("head", t.u16, 2),
    noted("text", t.array(t.char, 0), 4, "length=total - head"),
  ]);
  const codec = await codecOf("several", record);
  expect(codec.decode(view([7, 0, 4, 0, 97, 98, 0]))).toEqual({ total: 7, head: 4, text: "ab" });
  expect([...codec.toBytes({ total: 7, head: 4, text: "ab" })]).toEqual([7, 0, 4, 0, 97, 98, 0]);
  expect(() => codec.toBytes({ text: "ab" })).toThrow(
    /text: has length 2, more than 0|is told to have|is not the length/,
  );
  expect([...codec.toBytes({})]).toEqual([0, 0, 0, 0]);
});

test("a length that is clamped is 0 where it is negative, and what there is where it is too long", async () => {
  const record = t.struct("stack", 8, [
    t.member("size", t.s32, 0),
    t.member("cpu", t.u32, 4),
    noted("frames", t.array(t.u64, 4), 8, "length=size,bytes,clamp"),
  ]);
  const codec = await codecOf("stack", { ...record, size: 40 as never });
  const frame = (...values: number[]) => values.flatMap((value) => [value, 0, 0, 0, 0, 0, 0, 0]);
  const cases: [number[], unknown][] = [
    [[16, 0, 0, 0, 1, 0, 0, 0, ...frame(5, 6)], { size: 16, cpu: 1, frames: [5n, 6n], truncated: false }],
    [[0xf2, 0xff, 0xff, 0xff, 1, 0, 0, 0], { size: -14, cpu: 1, frames: [], truncated: false }],
    [[32, 0, 0, 0, 1, 0, 0, 0, ...frame(5, 6)], { size: 32, cpu: 1, frames: [5n, 6n], truncated: true }],
    [[0, 1, 0, 0, 1, 0, 0, 0, ...frame(5, 6, 7, 8)], { size: 256, cpu: 1, frames: [5n, 6n, 7n, 8n], truncated: true }],
  ];
  for (const [bytes, value] of cases) {
    expect(codec.decode(view(bytes))).toEqual(value);
    expect([...codec.toBytes(value)]).toEqual(bytes);
  }
  expect([...codec.toBytes({ cpu: 1, frames: [5n, 6n] })], "left out, it follows").toEqual(cases[0]?.[0]);
  expect(() => codec.decode(view([4, 0, 0, 0, 1, 0, 0, 0, ...frame(5)]))).toThrow(/has 4 bytes, no multiple of 8/);
  expect(() => codec.toBytes({ size: 32, frames: [5n] })).toThrow(/truncated: is not true, and size says more/);
  expect(() => codec.toBytes({ size: 8, frames: [5n], truncated: true })).toThrow(
    /truncated: is true, and nothing is cut/,
  );
  expect(() => codec.toBytes({ size: -1, frames: [5n] })).toThrow(/size: is not the length of what is given/);
  const { columns } = decodeColumns(
    codec,
    cases.map(([bytes]) => Uint8Array.from(bytes)),
  ) as ColumnBatch;
  expect(columns["truncated"]).toEqual(Uint8Array.of(0, 0, 1, 1));
});

test("of several that are clamped each tells by its own name, and is set by none", async () => {
  const record = t.struct("tls", 26, [
    t.member("a_len", t.s32, 0),
    t.member("b_len", t.s32, 4),
    noted("a", t.array(t.u8, 8), 8, "length=a_len,clamp"),
    noted("b", t.array(t.char, 8), 16, "length=b_len,clamp"),
    t.member("end", t.u16, 24),
  ]);
  const codec = await codecOf("tls", record);
  files["tls.ts"] = `import { type TlsWriter, type Tls } from "./tls.gen.ts";
export const told = (event: Tls): boolean => event.aTruncated || event.bTruncated;
// @ts-expect-error told, and not set
export function set(writer: TlsWriter): void { writer.aTruncated = true; }
`;
  const value = {
    aLen: 9,
    bLen: -1,
    a: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    aTruncated: true,
    b: "",
    bTruncated: false,
    end: 7,
  };
  const bytes = codec.toBytes(value);
  expect(codec.decode(new DataView(bytes.buffer))).toEqual(value);
  expect(() => codec.toBytes({ aLen: 9, aTruncated: true, a: Uint8Array.of(1) })).toThrow(/aLen: is not the length/);
  const text = { bLen: 100, b: "abc", bTruncated: true };
  expect(codec.decode(new DataView(codec.toBytes(text).buffer))).toMatchObject(text);
});

test("a total counts from the start of the member that is named", async () => {
  const text = `struct nlmsghdr { unsigned int len; unsigned short type; unsigned short flags; };
struct msg { unsigned long long ts; struct nlmsghdr nlh; char data[]; /* @rbgen length=nlh.len,total=nlh */
};`;
  const loaded = await load(headerOf(text), { types: ["msg"] });
  files["total.gen.ts"] = loaded.text;
  const bytes = loaded.codec("msg").toBytes({ nlh: { type: 1 }, data: "abc" });
  expect([...bytes]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 1, 0, 0, 0, 97, 98, 99]);
  expect(loaded.codec("msg").decode(bytes)).toEqual({ ts: 0n, nlh: { len: 11, type: 1, flags: 0 }, data: "abc" });
  bytes[8] = 7;
  expect(() => loaded.codec("msg").decode(bytes)).toThrow(/msg.data has a length of -1 bytes/);
});

test("a length counts the items of a list, however long each of them is", async () => {
  const text = `struct item { unsigned char n; char text[]; /* @rbgen length=n */ };
struct items { unsigned short count; char items[]; /* @rbgen list=item,align=4; length=count,items */
};`;
  const loaded = await load(headerOf(text.replace("*/ };", "*/\n};")), { types: ["items"], columns: true });
  files["items.gen.ts"] = loaded.text;
  const codec = loaded.codec("items");
  const value = {
    count: 2,
    items: [
      { n: 1, text: "a" },
      { n: 4, text: "bcde" },
    ],
  };
  const bytes = [2, 0, 1, 97, 0, 0, 4, 98, 99, 100, 101, 0, 0, 0];
  expect([...codec.toBytes({ items: [{ text: "a" }, { text: "bcde" }] })]).toEqual(bytes);
  expect(codec.decode(Uint8Array.from(bytes))).toEqual(value);
  expect(codec.decode(Uint8Array.from(bytes.slice(0, 11))), "the last one without its padding").toEqual(value);
  expect(codec.decode(Uint8Array.of(0, 0, 9, 9)), "what follows is no item").toEqual({ count: 0, items: [] });
  expect(() => codec.decode(Uint8Array.from([3, ...bytes.slice(1)]))).toThrow(/item needs 1 bytes, there are 0/);
  expect(() => codec.decode(Uint8Array.of(255, 255, 0))).toThrow(/items.items has 65535 items, and there are 1 bytes/);
  expect(() => codec.toBytes({ count: 1, items: [] })).toThrow(/count: is not the length of items/);
  const { columns } = decodeColumns(codec, [Uint8Array.from(bytes)]) as ColumnBatch;
  expect(columns["items"]).toMatchObject({ offsets: Int32Array.of(0, 2) });
});

test.each<[string, string, RegExp]>([
  ["items of no list", "length=n,items", /length=n on x counts items, and the array is no list/],
  ["a total from nothing", "length=n,total=m", /struct r has no member m with a place in bytes, which total=m of/],
  ["bytes from a member", "length=n,bytes=n", /is not length=MEMBER/],
  ["a product of members", "length=n * n", /length=n \* n is no sum of members: \* joins a member with another value/],
  ["a quotient", "length=n / 2", /is no sum of members: \/ joins/],
  ["no member", "length=4 + 4", /length=4 \+ 4 names no member/],
  ["a name that is none", "length=n + m", /m is neither an enumerator nor an integer #define/],
  ["a member that is none", "length=m", /struct r has no member m, which length=m on x names/],
  ["what ends too early", "length=n +", /a value is missing at the end/],
  ["what is far away", "length=n * 8589934592", /reaches beyond any sample/],
  ["a unit that is none", "length=n,clamped", /is not length=MEMBER, optionally with .* and ,clamp/],
  ["clamp twice", "length=n,clamp,clamp", /is not length=MEMBER/],
  ["clamped texts", "length=n,clamp;strings", /cannot be strings and clamped/],
])("%s is refused", async (_, note, message) => {
  const record = t.struct("r", 4, [t.member("n", t.u32, 0), noted("x", t.array(t.u8, 0), 4, note)]);
  const [first] = await complaints(t.moduleOf([record]));
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
});

test("a clamped length may be what a call returned, by the name of its errno", async () => {
  const loaded = await load(
    headerOf(`struct stack { int size; /* @rbgen errno */
 unsigned long long frames[2]; /* @rbgen length=size,bytes,clamp */ };
struct text { int size; /* @rbgen errno */
 char text[8]; /* @rbgen length=size - 2,clamp */ };`),
  );
  expect(typeCheck({ "stack.gen.ts": loaded.text })).toEqual({ oldest: [], own: [] });
  const stack = loaded.codec("stack");
  const failed = { size: -14, frames: [], truncated: false };
  expect(stack.decode(stack.toBytes({ size: "EFAULT" }))).toEqual(failed);
  expect(stack.decode(stack.toBytes({ frames: [5n] }))).toEqual({ size: 8, frames: [5n], truncated: false });
  const text = loaded.codec("text");
  expect(text.decode(text.toBytes({ size: "EFAULT" }))).toEqual({ size: -14, text: "", truncated: false });
  expect(() => text.toBytes({ size: "ENONE" })).toThrow(/size: .*is the name of no errno/);
  const [said] = await complaints(
    headerOf("struct r { int n; /* @rbgen errno */\n char a[8]; /* @rbgen length=n */\n };"),
  );
  expect(said).toMatchObject({ code: "RB4004", message: expect.stringContaining("is errno, no plain integer") });
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
