import { type ColumnBatch, decodeColumns, EncodeError } from "@rbgen/runtime";
import { type Attachable, attachView } from "@rbgen/runtime/codegen/v1";
import { afterAll, expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";

const files: Record<string, string> = {};

async function codecOf(name: string, text: string) {
  const loaded = await load(headerOf(text), { types: [name], columns: true });
  files[`${name}.gen.ts`] = loaded.text;
  return loaded.codec(name);
}

const exec = `struct exec {
  unsigned int pid;
  unsigned short lens[2];
  char path[0]; /* @rbgen length=lens[0] */
  unsigned int args[]; /* @rbgen after=path,align=4; length=lens[1] */
};`;

test("an array begins where the one before it ends, at its own alignment", async () => {
  const codec = await codecOf("exec", exec);
  const bytes = [7, 0, 0, 0, 2, 0, 1, 0, 115, 104, 0, 0, 9, 0, 0, 0];
  const value = { pid: 7, lens: [2, 1], path: "sh", args: [9] };
  expect(codec.decode(Uint8Array.from(bytes))).toEqual(value);
  expect([...codec.toBytes({ pid: 7, path: "sh", args: [9] })]).toEqual(bytes);
  expect(codec.byteLengthOf(value)).toBe(16);
  expect(codec.minByteLength).toBe(8);
  expect(() => codec.toBytes({ lens: [3, 1], path: "sh", args: [] })).toThrow(/lens\[1\]: is not the length of args/);
  expect(() => codec.decode(Uint8Array.from(bytes.slice(0, 15)))).toThrow(/exec.args needs 4 bytes, there are 3/);
  expect(codec.decode(Uint8Array.of(7, 0, 0, 0, 1, 0, 0, 0, 115)), "nothing is padded for").toMatchObject({ args: [] });
  const { columns } = decodeColumns(codec, [Uint8Array.from(bytes)]) as ColumnBatch;
  expect(columns["args"]).toMatchObject({ offsets: Int32Array.of(0, 1) });
});

test("a writer finds the place of an array by the lengths that were set", async () => {
  const codec = await codecOf("exec", exec);
  const target = new Uint8Array(16).fill(0xee);
  const writer = codec.createWriter() as Attachable & Record<string, unknown>;
  writer[attachView](new DataView(target.buffer), 0, 16);
  writer["lens"] = [2, 1];
  writer["args"] = [9];
  writer["path"] = "sh";
  expect([...target]).toEqual([0, 0, 0, 0, 2, 0, 1, 0, 115, 104, 0, 0, 9, 0, 0, 0]);
});

test("a writer whose lengths say more than the sample has refuses what stands behind, and names it", async () => {
  const codec = await codecOf("exec", exec);
  const writer = codec.createWriter() as Attachable & Record<string, unknown>;
  writer[attachView](new DataView(new ArrayBuffer(16)), 0, 16);
  writer["lens"] = [9, 1];
  const set = () => {
    writer["args"] = [9];
  };
  expect(set).toThrow(EncodeError);
  expect(set).toThrow("args: has no place: exec.path needs 9 bytes, there are 8");
});

test("a writer of texts whose length leaves out the last NUL writes none into what stands behind", async () => {
  const codec = await codecOf(
    "texts",
    `struct texts {
  unsigned char n, m;
  char a[0]; /* @rbgen length=n; strings */
  char b[]; /* @rbgen after=a; length=m */
};`,
  );
  for (const [n, bytes] of [
    [3, [3, 2, 97, 0, 98, 120, 121]],
    [4, [4, 2, 97, 0, 98, 0, 120, 121]],
  ] as const) {
    const target = new Uint8Array(bytes.length).fill(0xee);
    const writer = codec.createWriter() as Attachable & Record<string, unknown>;
    writer[attachView](new DataView(target.buffer), 0, target.length);
    Object.assign(writer, { n, m: 2 });
    writer["b"] = "xy";
    writer["a"] = ["a", "b"];
    expect([...target]).toEqual(bytes);
  }
});

test("one member may say two lengths, one of them by arithmetic", async () => {
  const codec = await codecOf(
    "pair",
    `struct pair {
  unsigned short n;
  char p[0]; /* @rbgen length=n */
  char q[]; /* @rbgen after=p; length=n - 1 */
};`,
  );
  const bytes = [2, 0, 97, 98, 99];
  expect(codec.decode(Uint8Array.from(bytes))).toEqual({ n: 2, p: "ab", q: "c" });
  expect([...codec.toBytes({ p: "ab", q: "c" })]).toEqual(bytes);
  expect(() => codec.toBytes({ p: "ab", q: "cd" })).toThrow(EncodeError);
});

test("a struct that ends so may end another one, and be an item of a list", async () => {
  const item = `struct item { unsigned char n, m; char a[0]; /* @rbgen length=n */ char b[]; /* @rbgen after=a; length=m */ };`;
  const held = await codecOf("held", `${item} struct held { unsigned char id; struct item item; };`);
  expect([...held.toBytes({ id: 1, item: { a: "x", b: "yz" } })]).toEqual([1, 1, 2, 120, 121, 122]);
  expect(held.decode(Uint8Array.of(1, 1, 2, 120, 121, 122))).toEqual({ id: 1, item: { n: 1, m: 2, a: "x", b: "yz" } });
  const listed = await codecOf(
    "listed",
    `${item} struct listed { unsigned char id; char items[]; /* @rbgen list=item */ };`,
  );
  const items = [
    { n: 1, m: 0, a: "x", b: "" },
    { n: 0, m: 1, a: "", b: "y" },
  ];
  expect([...listed.toBytes({ id: 2, items })]).toEqual([2, 1, 0, 120, 0, 1, 121]);
  expect(listed.decode(Uint8Array.of(2, 1, 0, 120, 0, 1, 121))).toEqual({ id: 2, items });
  expect(() => listed.decode(Uint8Array.of(2, 1, 0, 120, 0, 2, 121))).toThrow(/item.b needs 2 bytes, there are 1/);
});

test.each<[string, string, RegExp]>([
  [
    "another member",
    "int n; char a[0]; /* @rbgen length=n */ char b[]; /* @rbgen after=n */",
    /n is not the member right/,
  ],
  [
    "no array",
    "int n; char a[4]; char b[]; /* @rbgen after=a */",
    /after=a on struct r.b means nothing: a does not vary/,
  ],
  ["no length", "int n; char a[0]; char b[]; /* @rbgen after=a */", /a does not say how long it is/],
  [
    "elements",
    "int n; char a[0]; /* @rbgen length=n */ char b[4]; /* @rbgen after=a */",
    /it has elements at its own place/,
  ],
  [
    "what is cut",
    "int n; char a[0]; /* @rbgen length=n,clamp */ char b[]; /* @rbgen after=a */",
    /a is clamped, so that nothing follows/,
  ],
  [
    "members behind",
    "int n; char a[0]; /* @rbgen length=n */ char b[0]; /* @rbgen after=a; length=n */ int z;",
    /z has no place behind b/,
  ],
  ["a union", "int n; union { char a[0]; /* @rbgen after=n */ };", /it is in a union/],
  ["what is none", "int n; char a[]; /* @rbgen after= */", /after needs a value/],
  [
    "an alignment",
    "int n; char a[]; /* @rbgen after=n,align=0 */",
    /is not after=MEMBER, optionally with ,align=BYTES/,
  ],
])("after is refused behind %s", async (_, members, message) => {
  const [first] = await complaints(headerOf(`struct r { ${members.replaceAll("*/", "*/\n")} };`));
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
});

test("a struct that ends in arrays behind each other holds nothing behind it", async () => {
  const inner = "struct in { int n; char a[0]; /* @rbgen length=n */\n char b[]; /* @rbgen after=a */\n };";
  const [first] = await complaints(headerOf(`${inner} struct out { struct in in; int z; };`), { types: ["out"] });
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(/struct out.in ends in arrays behind each other, so that no place behind it is known/);
});

test.each<[string, RegExp]>([
  ["length=lens[2]", /struct r.lens\[2\], which .* names, is none: lens has 2 elements/],
  ["length=n[0]", /n is no array of integers/],
  ["length=lens", /struct r.lens is no integer/],
])("%s is refused", async (note, message) => {
  const text = `struct r { int n; unsigned short lens[2]; char a[]; /* @rbgen ${note} */\n };`;
  const [first] = await complaints(headerOf(text));
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
