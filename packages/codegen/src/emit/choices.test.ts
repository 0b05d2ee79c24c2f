import { type ColumnBatch, DecodeError, decodeColumns, EncodeError } from "@rbgen/runtime";
import { type Attachable, attachView } from "@rbgen/runtime/codegen/v1";
import { afterAll, expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";

const files: Record<string, string> = {};

async function codecOf(name: string, text: string, types = [name]) {
  const loaded = await load(headerOf(text), { types, columns: true });
  files[`${name}.gen.ts`] = loaded.text;
  return loaded.codec(name);
}

const items = `/* @rbgen variant=1; tag=type */
struct open_item { unsigned char type, fd; unsigned short mode; } __attribute__((packed));
/* @rbgen variant=2 */
struct path_item { unsigned char type, len; char path[]; /* @rbgen length=len */ } __attribute__((packed));
`;
const message = `${items}struct message { unsigned short len; char items[]; /* @rbgen list=open_item|path_item; length=len,bytes */ };`;

const bytes = [9, 0, 2, 3, 97, 47, 98, 1, 7, 8, 1];
const value = {
  len: 9,
  items: [
    { kind: "path_item", type: 2, len: 3, path: "a/b" },
    { kind: "open_item", type: 1, fd: 7, mode: 264 },
  ],
};

test("a list of several structs may be in a variable alone", async () => {
  const program = `${message}
struct message kept;
__attribute__((section("syscall"))) int go(void *context) { return kept.len; }`;
  const { exports } = await load(headerOf(program), { types: ["open_item"] });
  const { codec } = (exports["variables"] as Record<string, { codec: Awaited<ReturnType<typeof codecOf>> }>)["kept"]!;
  expect(codec.decode(Uint8Array.from(bytes))).toEqual(value);
});

test("each item of a list is the struct that its tag says, and as long as that", async () => {
  const codec = await codecOf("message", message);
  expect(codec.decode(Uint8Array.from(bytes))).toEqual(value);
  expect([...codec.toBytes(value)]).toEqual(bytes);
  const given = [
    { kind: "path_item", path: "a/b" },
    { kind: "open_item", fd: 7, mode: 264 },
  ];
  expect([...codec.toBytes({ items: given })], "tags and lengths follow").toEqual(bytes);
  expect(codec.byteLengthOf({ items: given })).toBe(11);
  expect(codec.fromJSON(codec.toJSON(value))).toEqual(value);
  const { columns } = decodeColumns(codec, [Uint8Array.from(bytes)]) as ColumnBatch;
  const list = columns["items"] as { values: { columns: Record<string, { values: unknown }> } };
  expect(Object.keys(list.values.columns)).toEqual([
    "kind",
    ...["open_item.type", "open_item.fd", "open_item.mode"],
    ...["path_item.type", "path_item.len", "path_item.path"],
  ]);
  expect(list.values.columns["open_item.fd"]).toMatchObject({ values: Uint8Array.of(0, 7) });
  files["given.ts"] = `import { message } from "./message.gen.ts";
message.toBytes({ items: [{ kind: "path_item", path: "a" }] });
// @ts-expect-error nothing says which struct it is
message.toBytes({ items: [{ path: "a" }] });
// @ts-expect-error the other struct has it
message.toBytes({ items: [{ kind: "open_item", path: "a" }] });
const decoded = message.decode(new Uint8Array(9));
message.toBytes(decoded);
export const paths: string[] = decoded.items.flatMap((item) => (item.kind === "path_item" ? [item.path] : []));
`;
  const target = new Uint8Array(11).fill(0xee);
  const writer = codec.createWriter() as Attachable & Record<string, unknown>;
  writer[attachView](new DataView(target.buffer), 0, 11);
  writer["len"] = 9;
  writer["items"] = given;
  expect([...target]).toEqual(bytes);
});

test("an item that is none of the structs, or ends too early, is an error", async () => {
  const codec = await codecOf("message", message);
  expect(() => codec.decode(Uint8Array.of(1, 0, 3))).toThrow(/open_item_or_path_item.type is 3, which no item has/);
  expect(() => codec.decode(Uint8Array.of(3, 0, 2, 3, 97))).toThrow(/path_item.path needs 3 bytes, there are 1/);
  expect(() => codec.decode(Uint8Array.of(2, 0, 1, 7))).toThrow(/open_item needs 4 bytes, there are 2/);
  expect(() => codec.decode(Uint8Array.of(9, 0, 1))).toThrow(DecodeError);
  const encode = (item: object) => () => codec.toBytes({ items: [item] });
  expect(encode({ kind: "open_item", type: 2 })).toThrow(/items\[0\].type: .*does not say open_item/);
  expect(encode({ kind: "other" })).toThrow(/items\[0\].kind: names no item: it is open_item or path_item/);
  expect(encode({})).toThrow(EncodeError);
  expect(() => codec.fromJSON({ len: 1, items: [{ kind: "x" }] })).toThrow(/one of open_item, path_item/);
});

test("items are padded, counted and told by a default, and a member called kind leaves $kind to what tells them", async () => {
  const text = `/* @rbgen variant=1; tag=kind */
struct word { unsigned int kind; unsigned int word; };
/* @rbgen variant=default */
struct rest { unsigned int kind; unsigned char n; char text[]; /* @rbgen length=n */ } __attribute__((packed));
struct told { unsigned short n; char items[]; /* @rbgen list=word|rest,align=4; length=n,items */ };`;
  const codec = await codecOf("told", text);
  const sample = [2, 0, 9, 0, 0, 0, 2, 97, 98, 0, 1, 0, 0, 0, 5, 0, 0, 0];
  const decoded = {
    n: 2,
    items: [
      { $kind: "rest", kind: 9, n: 2, text: "ab" },
      { $kind: "word", kind: 1, word: 5 },
    ],
  };
  expect(codec.decode(Uint8Array.from(sample))).toEqual(decoded);
  expect([...codec.toBytes(decoded)]).toEqual(sample);
  expect(() => codec.toBytes({ items: [{ $kind: "rest", kind: 1 }] })).toThrow(/items\[0\].kind: .*says word/);
});

test("items may all be of fixed size, and lie in items", async () => {
  const text = `enum kind { WORD = 1, PAIR, NODE };
struct word { enum kind kind; unsigned int word; }; /* @rbgen variant=WORD; tag=kind */
struct pair { enum kind kind; unsigned short a, b, c; } __attribute__((packed)); /* @rbgen variant=PAIR, NODE */
struct node { unsigned char t, n; char kids[]; /* @rbgen list=word|pair; length=n,items */ }; /* @rbgen variant=1; tag=t */
struct leaf { unsigned char t; }; /* @rbgen variant=2 */
struct tree { char nodes[]; /* @rbgen list=node|leaf */ };`;
  const codec = await codecOf("tree", text);
  const nodes = [
    { kind: "leaf", t: 2 },
    {
      ...{ kind: "node", t: 1, n: 2 },
      kids: [
        { $kind: "pair", kind: 3, a: 1, b: 2, c: 3 },
        { $kind: "word", kind: 1, word: 4 },
      ],
    },
  ];
  const sent = [2, 1, 2, 3, 0, 0, 0, 1, 0, 2, 0, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0];
  expect([...codec.toBytes({ nodes })]).toEqual(sent);
  expect(codec.decode(Uint8Array.from(sent))).toEqual({ nodes });
});

test("structs of a list may be records of a ring, too, under another tag", async () => {
  const text = `${items}/* @rbgen record=events; variant=7; tag=kind */
struct whole { unsigned char kind, n; char items[]; /* @rbgen list=open_item|path_item; length=n,items */ };
/* @rbgen record=events; variant=8; tag=type */
struct other { unsigned char type; };`;
  const loaded = await load(headerOf(text), { columns: true });
  files["ring.gen.ts"] = loaded.text;
  const codec = loaded.codec("events");
  const ring = { $kind: "whole", kind: 7, n: 1, items: [{ $kind: "open_item", type: 1, fd: 0, mode: 2 }] };
  const kinds = { ...ring, items: [{ kind: "open_item", type: 1, fd: 0, mode: 2 }] };
  expect(codec.decode(codec.toBytes(kinds))).toEqual(kinds);
});

test.each<[string, string, RegExp]>([
  [
    "no tag",
    "struct a { int t; }; /* @rbgen variant=2 */\nstruct b { int t; };",
    /none says which member tells them apart/,
  ],
  [
    "no value",
    "/* @rbgen variant=2; tag=t */\nstruct a { int t; }; struct b { int t; };",
    /struct b is an item of list=a\|b, as others are, but does not say which t/,
  ],
  [
    "tags at other places",
    "/* @rbgen variant=2; tag=t */\nstruct a { int t; };\n/* @rbgen variant=1 */\nstruct b { int s, t; };",
    /t is not at the same place in struct a \(byte 0\) and struct b \(byte 4\)/,
  ],
  [
    "tags of other sizes",
    "/* @rbgen variant=2; tag=t */\nstruct a { int t; };\n/* @rbgen variant=1 */\nstruct b { long long t; };",
    /t is not of the same size in struct a \(4 bytes\) and struct b \(8 bytes\)/,
  ],
  [
    "tags of other orders",
    "/* @rbgen variant=2; tag=t */\nstruct a { int t; };\n/* @rbgen variant=1 */\nstruct b { int t; /* @rbgen endian=big */\n };",
    /t is not of the same byte order in struct a \(little-endian\) and struct b \(big-endian\)/,
  ],
  [
    "tags of other bits",
    "/* @rbgen variant=2; tag=t */\nstruct a { int t : 4; };\n/* @rbgen variant=1 */\nstruct b { int t : 3; };",
    /t is not at the same place in struct a \(bits 0 to 3\) and struct b \(bits 0 to 2\)/,
  ],
  [
    "one value for two",
    "/* @rbgen variant=2; tag=t */\nstruct a { int t; };\n/* @rbgen variant=2 */\nstruct b { int t; };",
    /2 stands for a and for b/,
  ],
  [
    "a struct without an end",
    "/* @rbgen variant=2; tag=t */\nstruct a { int t; };\n/* @rbgen variant=1 */\nstruct b { int t; char c[]; };",
    /struct b does not say how long it is/,
  ],
  ["no such struct", "struct a { int t; };", /no struct is called b, which list=a\|b names/],
])("a list of several structs is refused with %s", async (_, structs, message) => {
  const text = `${structs}\nstruct r { int n; char items[]; /* @rbgen list=a|b; length=n */\n };`;
  const [first] = await complaints(headerOf(text), { types: ["r"] });
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
  const all = await complaints(headerOf(text));
  expect(all.map(({ message: told }) => told)).toEqual([first?.message]);
});

test.each(["char items[0]; /* @rbgen list=a; length=n */", "char items[8]; /* @rbgen list=a; length=n */"])(
  "a list in the middle is refused, with the way to have it: %s",
  async (list) => {
    const text = `struct a { int t; };\nstruct r { int n; ${list}\n int z; };`;
    const [first] = await complaints(headerOf(text), { types: ["r"] });
    expect(first).toMatchObject({ code: "RB4004", hint: expect.stringContaining("after=MEMBER") });
    expect(first?.message).toMatch(/struct r.items is a list with members behind it/);
  },
);

test.each(["list=a|a", "list=a|", "list=|a"])("%s is refused", async (note) => {
  const text = `/* @rbgen variant=2; tag=t */\nstruct a { int t; };\nstruct r { int n; char items[]; /* @rbgen ${note}; length=n */\n };`;
  const [first] = await complaints(headerOf(text), { types: ["r"] });
  expect(first?.code).toBe("RB4004");
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
