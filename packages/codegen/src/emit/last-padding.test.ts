import { EncodeError } from "@rbgen/runtime";
import { type Attachable, attachView } from "@rbgen/runtime/codegen/v1";
import { afterAll, expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";

const files: Record<string, string> = {};

async function codecOf(name: string, text: string) {
  const loaded = await load(headerOf(text), { types: [name], columns: true });
  files[`${name}.gen.ts`] = loaded.text;
  return loaded.codec(name);
}

type Codec = Awaited<ReturnType<typeof codecOf>>;

/** What a writer makes of members that are set in this order, in as many bytes. */
function written(codec: Codec, length: number, members: Readonly<Record<string, unknown>>): number[] {
  const target = new Uint8Array(length).fill(0xee);
  const writer = codec.createWriter() as Attachable & Record<string, unknown>;
  writer[attachView](new DataView(target.buffer), 0, length);
  for (const [name, value] of Object.entries(members)) {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      Object.assign(writer[name] as object, value);
    else writer[name] = value;
  }
  return [...target];
}

const inner = `struct inner { unsigned int id; unsigned short what, pad; union {
  unsigned int uid; /* @rbgen variant=1 */
  char name[8]; /* @rbgen variant=2 */
} who; /* @rbgen tag=what */ };
`;
const whole = (tag: number) => [7, 0, 0, 0, tag, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];

test("an arm that no tag is known of is as long as it was where its struct ends another one", async () => {
  const codec = await codecOf("top", `${inner}struct top { unsigned int t; struct inner in; };`);
  for (const rest of [[], [0xab, 0xcd], [1, 2, 3, 4, 5, 6, 7, 8, 9]]) {
    const bytes = [1, 0, 0, 0, ...whole(9).slice(0, 8), ...rest];
    expect([...codec.toBytes(codec.decode(Uint8Array.from(bytes)))]).toEqual(bytes);
  }
  expect([...codec.toBytes({ t: 1, in: { kind: "uid", id: 7, uid: 5 } })]).toEqual([1, 0, 0, 0, ...whole(1)]);
});

test("behind an arm of one size its struct's holders are padded, and behind an unknown one they are not", async () => {
  const header = `${inner}struct held { struct inner in; };
struct outer { unsigned long long t; unsigned int x; struct held held; };`;
  const codec = await codecOf("outer", header);
  const start = [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0];
  const known = { t: 1n, x: 2, held: { in: { kind: "uid", id: 7, what: 1, pad: 0, who: undefined, uid: 5 } } };
  expect(codec.size).toBe(32);
  expect([...codec.toBytes(known)]).toEqual([...start, ...whole(1), 0, 0, 0, 0]);
  expect(codec.toBytes({ t: 1n }).length).toBe(32);
  for (const rest of [[], [3], [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0]]) {
    const bytes = [...start, ...whole(9).slice(0, 8), ...rest];
    expect([...codec.toBytes(codec.decode(Uint8Array.from(bytes)))]).toEqual(bytes);
  }
});

test("the last of texts that fill an arm has no NUL", async () => {
  const header = `struct in { unsigned short l; union {
  struct { unsigned char a; char q[]; /* @rbgen strings */
  } s; /* @rbgen variant=1 */
  unsigned int w; /* @rbgen variant=2 */
} u; /* @rbgen tag=l */ };
struct filled { struct in x; unsigned int y; };`;
  const codec = await codecOf("filled", header);
  const bytes = [1, 0, 0, 0, 5, 97, 98, 99, 9, 0, 0, 0];
  const value = { x: { kind: "s", l: 1, s: { a: 5, q: ["abc"] } }, y: 9 };
  expect(codec.decode(Uint8Array.from(bytes))).toEqual(value);
  expect([...codec.toBytes(value)]).toEqual(bytes);
  for (const q of [["abcd"], ["a", "b", ""], ["", "", "", ""]]) {
    expect(() => codec.toBytes({ x: { kind: "s", s: { q } } })).toThrow(EncodeError);
  }
});

test("a writer leaves the last NUL of texts out where the sample has no byte for it, as encode does", async () => {
  const header = `struct exec { unsigned short size; char comm[2]; char args[16]; /* @rbgen strings; length=size */ };`;
  const codec = await codecOf("exec", header);
  const value = { size: 5, comm: "sh", args: ["ls", "-l"] };
  const bytes = codec.toBytes(value);
  expect(bytes.length).toBe(9);
  expect(written(codec, 9, value)).toEqual([...bytes]);
  expect(written(codec, 10, { ...value, size: 6 })).toEqual([...codec.toBytes({ ...value, size: 6 })]);
  expect(() => written(codec, 8, value)).toThrow("args: has no room in the sample");
  expect(() => written(codec, 9, { size: 5, args: ["ls", "-", ""] })).toThrow("args: has no room in the sample");
});

const message = `struct nla { unsigned short len, type; unsigned char data[]; /* @rbgen length=len,total */ };
struct nlh { unsigned int len; unsigned short type, flags; };
struct msg { unsigned int cpu; struct nlh nlh; char attrs[]; /* @rbgen list=nla,align=4; length=nlh.len,total=nlh */ };
struct plain { unsigned int n; char attrs[]; /* @rbgen list=nla,align=4; length=n */ };`;

test.each([
  ["msg", 8, (len: number) => ({ cpu: 1, nlh: { len, type: 0, flags: 0 } })],
  ["plain", 0, (n: number) => ({ n })],
])("a length of %s may leave out some or all of what the last item is padded with", async (name, before, told) => {
  const codec = await codecOf(name, message);
  const attrs = [
    { len: 6, type: 1, data: Uint8Array.of(97, 98) },
    { len: 5, type: 2, data: Uint8Array.of(99) },
  ];
  for (const [length, left] of [
    [13, 3],
    [14, 2],
    [15, 1],
    [16, 0],
  ] as const) {
    const value = { ...told(before + length), attrs };
    const bytes = codec.toBytes(value);
    const items = [6, 0, 1, 0, 97, 98, 0, 0, 5, 0, 2, 0, 99, 0, 0, 0];
    expect([...bytes.slice(-length)]).toEqual(items.slice(0, 16 - left));
    expect(codec.byteLengthOf(value)).toBe(bytes.length);
    expect(codec.decode(bytes)).toEqual(value);
    expect(written(codec, bytes.length, value)).toEqual([...bytes]);
  }
  expect([...codec.toBytes({ attrs })].slice(-4), "left out, it counts all").toEqual([99, 0, 0, 0]);
  for (const length of [12, 17]) {
    expect(() => codec.toBytes({ ...told(before + length), attrs })).toThrow("is not the length of attrs");
  }
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
