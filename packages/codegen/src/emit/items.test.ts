import { type ColumnBatch, decodeColumns } from "@rbgen/runtime";
import { afterAll, expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";

const files: Record<string, string> = {};

const arg = `struct arg {
  unsigned char index, type;
  union {
    int number; /* @rbgen variant=1 */
    unsigned long long word; /* @rbgen variant=2 */
    struct { unsigned char len; char text[]; /* @rbgen length=len */
    } /* @rbgen variant=3; name=string */;
  }; /* @rbgen tag=type */
} __attribute__((packed));
struct call { unsigned short nr; unsigned short argc; char args[]; /* @rbgen list=arg; length=argc,items */
};`;

async function codecOf() {
  const loaded = await load(headerOf(arg), { types: ["call"], columns: true });
  files["call.gen.ts"] = loaded.text;
  return loaded.codec("call");
}

const bytes = [5, 0, 3, 0, 0, 3, 2, 104, 105, 1, 1, 255, 255, 255, 255, 2, 2, 9, 0, 0, 0, 0, 0, 0, 0];
const args = [
  { kind: "string", index: 0, type: 3, len: 2, text: "hi" },
  { kind: "number", index: 1, type: 1, number: -1 },
  { kind: "word", index: 2, type: 2, word: 9n },
];

test("items that a tag tells apart are each as long as their arm", async () => {
  const codec = await codecOf();
  expect(codec.decode(Uint8Array.from(bytes))).toEqual({ nr: 5, argc: 3, args });
  const given = [{ text: "hi" }, { index: 1, number: -1 }, { index: 2, kind: "word", word: 9 }];
  expect([...codec.toBytes({ nr: 5, args: given })]).toEqual(bytes);
  expect(codec.fromJSON(JSON.parse(JSON.stringify(codec.toJSON({ nr: 5, argc: 3, args }))))).toMatchObject({ args });
  const { columns } = decodeColumns(codec, [Uint8Array.from(bytes)]) as ColumnBatch;
  expect(columns["args"]).toMatchObject({ offsets: Int32Array.of(0, 3) });
  files["use.ts"] = `import type { Call } from "./call.gen.ts";
export const texts = (call: Call): string[] => call.args.flatMap((arg) => (arg.kind === "string" ? [arg.text] : []));
`;
});

test("an arm of an item may be a struct that says how long it is", async () => {
  const text = `struct name { unsigned char len; char text[]; /* @rbgen length=len */ };
struct pair { unsigned char a, b; char x[0]; /* @rbgen length=a */ char y[]; /* @rbgen after=x; length=b */ };
struct item { unsigned char type; union {
  struct name name; /* @rbgen variant=1 */ struct pair pair; /* @rbgen variant=2 */ unsigned char one; /* @rbgen variant=3 */
}; /* @rbgen tag=type */ } __attribute__((packed));
struct several { unsigned char n; char list[]; /* @rbgen list=item; length=n,items */ };`;
  const loaded = await load(headerOf(text), { types: ["several"], columns: true });
  files["several.gen.ts"] = loaded.text;
  const codec = loaded.codec("several");
  const sample = Uint8Array.of(3, 2, 1, 2, 120, 121, 122, 1, 2, 104, 105, 3, 9);
  const list = [
    { kind: "pair", type: 2, pair: { a: 1, b: 2, x: "x", y: "yz" } },
    { kind: "name", type: 1, name: { len: 2, text: "hi" } },
    { kind: "one", type: 3, one: 9 },
  ];
  expect(codec.decode(sample)).toEqual({ n: 3, list });
  expect(codec.toBytes({ list: [{ pair: { x: "x", y: "yz" } }, { name: { text: "hi" } }, { one: 9 }] })).toEqual(
    sample,
  );
  expect(() => codec.decode(sample.subarray(0, 5))).toThrow(/pair.y needs 2 bytes, there are 0/);
  const [said] = await complaints(headerOf(text.replace("list=item", "list=name|pair")), { types: ["several"] });
  expect(said).toMatchObject({ code: "RB4004", message: expect.stringContaining("which member tells them apart") });
});

test("an item may be of an arm that all other tags mean", async () => {
  const text = `struct item { unsigned char type, len; union { char text[0]; /* @rbgen length=len; variant=1 */
  unsigned char raw[0]; /* @rbgen length=len; variant=default */ }; /* @rbgen tag=type */ };
struct others { unsigned char n; char list[]; /* @rbgen list=item; length=n,items */ };`;
  const loaded = await load(headerOf(text), { types: ["others"], columns: true });
  files["others.gen.ts"] = loaded.text;
  const codec = loaded.codec("others");
  const sample = Uint8Array.of(2, 1, 2, 104, 105, 9, 1, 7);
  const list = [
    { kind: "text", type: 1, len: 2, text: "hi" },
    { kind: "raw", type: 9, len: 1, raw: Uint8Array.of(7) },
  ];
  expect(codec.decode(sample)).toEqual({ n: 2, list });
  expect(codec.toBytes({ list })).toEqual(sample);
});

test("an item of a tag that is not known is refused, since nothing says where it ends", async () => {
  const codec = await codecOf();
  const unknown = [...bytes];
  unknown[10] = 7;
  expect(() => codec.decode(Uint8Array.from(unknown))).toThrow(
    /arg.type is 7, which no item has, so that nothing says how long it is/,
  );
  const given = { args: [{ kind: "unknown", type: 7, $bytes2: Uint8Array.of(1) }] };
  expect(() => codec.toBytes(given)).toThrow(/args\[0\].kind: says of no item how long it is/);
  expect(() => codec.decode(Uint8Array.from(bytes.slice(0, 24)))).toThrow(/arg \(word\) needs 10 bytes, there are 9/);
  expect(() => codec.decode(Uint8Array.from([...bytes.slice(0, 6), 40, 104, 105]))).toThrow(/arg.text needs 40 bytes/);
});

test("an item of which neither its kind nor a member of an arm is given is refused, since nothing says where it ends", async () => {
  const codec = await codecOf();
  const untold = /args\[1\].kind: is left out, and nothing is given of an arm/;
  for (const item of [{}, { type: 7, index: 2 }]) {
    expect(() => codec.toBytes({ args: [{ number: 1 }, item] })).toThrow(untold);
  }
  const told = codec.toBytes({ args: [{ type: 1 }, { type: 3, index: 4 }] });
  expect([...told].slice(4), "its tag says it").toEqual([0, 1, 0, 0, 0, 0, 4, 3, 0]);
  const text = `struct told { unsigned char t, k; union { int number; /* @rbgen variant=1 */ char c[2]; /* @rbgen variant=2 */ }; /* @rbgen tag=k */
} __attribute__((packed)); /* @rbgen variant=1; tag=t */
struct other { unsigned char t, k; }; /* @rbgen variant=2 */
struct both { unsigned char n; char items[]; /* @rbgen list=told|other; length=n,items */ };`;
  const loaded = await load(headerOf(text), { types: ["both"], columns: true });
  files["both.gen.ts"] = loaded.text;
  const both = loaded.codec("both");
  expect([...both.toBytes({ items: [{ $kind: "told", c: "z" }, { $kind: "other" }] })]).toEqual([
    2, 1, 2, 122, 0, 2, 0,
  ]);
  for (const item of [{ $kind: "told" }, { $kind: "told", k: 9 }, { $kind: "told", kind: "unknown", k: 9 }]) {
    expect(() => both.toBytes({ items: [item] })).toThrow(/items\[0\].kind: /);
  }
});

test.each<[string, string, RegExp]>([
  [
    "without a tag",
    "union { int a; char b[0]; };",
    /ends in a union that nothing tells apart, so that a list of it cannot be/,
  ],
  [
    "with an arm of any length",
    "union { int a; /* @rbgen variant=1 */ char b[0]; /* @rbgen variant=2 */ }; /* @rbgen tag=t */",
    /has an arm, b, which does not say how long it is/,
  ],
])("a list of items %s is refused", async (_, union, message) => {
  const text = `struct item { int t; ${union} };
struct list { char items[]; /* @rbgen list=item */ };`;
  const all = await complaints(headerOf(text.replaceAll("*/", "*/\n")), { types: ["list"] });
  expect(all.find(({ code }) => code === "RB4004")?.message).toMatch(message);
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
