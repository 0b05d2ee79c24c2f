import { type ColumnBatch, DecodeError, decodeColumns, EncodeError } from "@rbgen/runtime";
import { type Attachable, attachView, Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import { afterAll, expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";

const files: Record<string, string> = {};

async function codecOf(name: string, text: string, typedArrays = false) {
  const loaded = await load(headerOf(text), { types: [name], columns: true, typedArrays });
  files[`${name}.gen.ts`] = loaded.text;
  return loaded.codec(name);
}

function viewOf(codec: Awaited<ReturnType<typeof codecOf>>, bytes: readonly number[]): Record<string, unknown> {
  const view = codec.createView() as Leased & Record<string, unknown>;
  view[takeLease](new Lease(new DataView(Uint8Array.from(bytes).buffer), 0, bytes.length));
  return view;
}

const exec = `struct exec {
  unsigned short n;
  unsigned short lens[0]; /* @rbgen length=n */
  char args[]; /* @rbgen after=lens; lengths=lens */
};`;

test("an array is cut into as many pieces as another one has lengths", async () => {
  const codec = await codecOf("exec", exec);
  const bytes = [3, 0, 2, 0, 0, 0, 3, 0, 108, 115, 45, 108, 97];
  const value = { n: 3, lens: [2, 0, 3], args: ["ls", "", "-la"] };
  expect(codec.decode(Uint8Array.from(bytes))).toEqual(value);
  expect(viewOf(codec, bytes)["args"]).toEqual(value.args);
  expect([...codec.toBytes({ args: ["ls", "", "-la"] })], "lengths and their number follow").toEqual(bytes);
  expect([...codec.toBytes(value)]).toEqual(bytes);
  expect(codec.byteLengthOf(value)).toBe(13);
  expect(codec.minByteLength).toBe(2);
  expect(codec.fromJSON(codec.toJSON(value))).toEqual(value);
  const { columns } = decodeColumns(codec, [Uint8Array.from(bytes)]) as ColumnBatch;
  expect(columns["args"]).toMatchObject({ offsets: Int32Array.of(0, 3) });
  const target = new Uint8Array(13).fill(0xee);
  const writer = codec.createWriter() as Attachable & Record<string, unknown>;
  writer[attachView](new DataView(target.buffer), 0, 13);
  writer["n"] = 3;
  writer["lens"] = [2, 0, 3];
  writer["args"] = ["ls", "", "-la"];
  expect([...target]).toEqual(bytes);
  expect(() => {
    writer["args"] = ["lsx", "", "-l"];
  }).toThrow(/args\[0\]: has 3 bytes, and lens says 2/);
});

test("lengths that lie are errors with both lengths, and so are pieces that do not have them", async () => {
  const codec = await codecOf("exec", exec);
  const bytes = [2, 0, 2, 0, 3, 0, 108, 115, 45, 108];
  expect(() => codec.decode(Uint8Array.from(bytes))).toThrow(/exec.args needs 5 bytes, there are 4/);
  expect(() => codec.toBytes({ lens: [2], args: ["ls", "x"] })).toThrow(/args: has 2 elements, and lens has 1/);
  expect(() => codec.toBytes({ lens: [1], args: ["ls"] })).toThrow(/args\[0\]: has 2 bytes, and lens says 1/);
  expect(() => codec.toBytes({ lens: [-1], args: [""] })).toThrow(/lens\[0\]: is no length/);
  expect(() => codec.toBytes({ lens: [2] })).not.toThrow();
  expect(() => codec.toBytes({ n: 2, args: ["x"] })).toThrow(/n: is not the length of lens/);
  expect(() => codec.toBytes({ args: "x" as never })).toThrow(EncodeError);
  expect([...codec.toBytes({ lens: [4], args: ["ls"] })], "a text may be shorter than its piece").toEqual([
    1, 0, 4, 0, 108, 115, 0, 0,
  ]);
});

test("lengths that say far more than their pieces have are refused before anything is allocated", async () => {
  const each = (name: string, type: string, rest: string) =>
    codecOf(name, `struct ${name} { ${type} lens[2]; ${rest} data[]; /* @rbgen lengths=lens */ };`);
  const texts = await each("texts", "unsigned long long", "char");
  for (const lens of [
    [2n ** 32n - 1n, 1n],
    [100e6, 1],
    [2 ** 25, 0],
    [2 ** 24, 2 ** 24],
  ]) {
    expect(() => texts.toBytes({ lens, data: ["a", ""] })).toThrow(/data\[[01]\]: has [01] bytes, and lens says/);
  }
  expect(() => texts.toBytes({ lens: [2n ** 62n, 1n], data: ["a", "b"] })).toThrow(/lens\[0\]: is no length/);
  expect(() => texts.toBytes({ lens: [2 ** 31, 1] })).toThrow(/data\[0\]: has 0 bytes/);
  const blobs = await each("blobs", "unsigned int", "unsigned char");
  const data = [Uint8Array.of(1), Uint8Array.of()];
  expect(() => blobs.toBytes({ lens: [2 ** 32 - 1, 0], data })).toThrow(
    /data\[0\]: has 1 bytes, and lens says 4294967295/,
  );
  const clamped = await codecOf(
    "clamped",
    "struct clamped { unsigned int lens[2]; char data[]; /* @rbgen lengths=lens,clamp */ };",
  );
  const cut = { lens: [2 ** 32 - 1, 2 ** 32 - 1], data: ["a", ""] };
  expect(() => clamped.toBytes(cut)).toThrow(/data\[0\]: has 1 bytes/);
  expect(clamped.toBytes({ ...cut, truncated: true })).toHaveLength(9);
  const many = await codecOf(
    "many",
    "struct many { unsigned int n; unsigned int lens[0]; /* @rbgen length=n */ char data[]; /* @rbgen after=lens; lengths=lens */ };",
  );
  expect(() => many.toBytes({ lens: new Array(2 ** 32 - 1) })).toThrow(/lens\[0\]: is no length/);
});

test("pieces lie in the middle, with lengths of one byte, or of 64 bits in the other order", async () => {
  const bounded = await codecOf(
    "bounded",
    "struct bounded { unsigned char lens[2]; unsigned char data[6]; /* @rbgen lengths=lens */\n unsigned int z; };",
  );
  const bytes = [1, 2, 7, 8, 9, 0, 0, 0, 5, 0, 0, 0];
  const value = { lens: Uint8Array.of(1, 2), data: [Uint8Array.of(7), Uint8Array.of(8, 9)], z: 5 };
  expect(bounded.decode(Uint8Array.from(bytes))).toEqual(value);
  expect([...bounded.toBytes({ data: value.data, z: 5 })]).toEqual(bytes);
  expect([...bounded.toBytes({ z: 5 })]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0]);
  expect(() => bounded.toBytes({ data: [new Uint8Array(4), new Uint8Array(3)] })).toThrow(/data: has length 7, more/);
  expect(() => bounded.toBytes({ data: [new Uint8Array(1)] })).toThrow(EncodeError);
  expect(() => bounded.decode(Uint8Array.from([4, 3, ...bytes.slice(2)]))).toThrow(DecodeError);
  const wide = await codecOf(
    "wide",
    `struct wide { unsigned long long lens[2]; /* @rbgen endian=big */
 unsigned char data[]; /* @rbgen lengths=lens */ };`,
    true,
  );
  const sample = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 7, 8, 9];
  expect(wide.decode(Uint8Array.from(sample))).toEqual({ lens: BigUint64Array.of(1n, 2n), data: value.data });
  expect([...wide.toBytes({ data: value.data })]).toEqual(sample);
  expect([...wide.toBytes({ lens: [1, 2n], data: value.data })]).toEqual(sample);
});

test("bytes of char are pieces of bytes, and text of integers is text", async () => {
  const bytes = await codecOf(
    "raw",
    "struct raw { unsigned char lens[2]; char d[]; /* @rbgen lengths=lens; bytes */ };",
  );
  const text = await codecOf(
    "text",
    "struct text { unsigned char lens[2]; unsigned char d[]; /* @rbgen lengths=lens; string */ };",
  );
  const sample = Uint8Array.of(1, 2, 97, 98, 99);
  expect(bytes.decode(sample)).toMatchObject({ d: [Uint8Array.of(97), Uint8Array.of(98, 99)] });
  expect(text.decode(sample)).toMatchObject({ d: ["a", "bc"] });
  expect(bytes.toBytes({ d: [Uint8Array.of(97), Uint8Array.of(98, 99)] })).toEqual(sample);
});

test("clamped pieces end where the sample does, and encode to what they were", async () => {
  const codec = await codecOf(
    "cut",
    "struct cut { short lens[3]; unsigned char data[]; /* @rbgen lengths=lens,clamp */ };",
  );
  const bytes = [2, 0, 0xff, 0xff, 9, 0, 7, 8, 9];
  const value = {
    lens: [2, -1, 9],
    data: [Uint8Array.of(7, 8), Uint8Array.of(), Uint8Array.of(9)],
    truncated: true,
  };
  expect(codec.decode(Uint8Array.from(bytes))).toEqual(value);
  expect(viewOf(codec, bytes)).toMatchObject({ truncated: true, data: value.data });
  expect([...codec.toBytes(value)]).toEqual(bytes);
  expect(() => codec.toBytes({ ...value, truncated: false })).toThrow(EncodeError);
  expect(() => codec.toBytes({ data: value.data, truncated: true })).toThrow(/truncated: is true, and nothing is cut/);
  const bounded = await codecOf(
    "cutin",
    "struct cutin { short lens[2]; char data[4]; /* @rbgen lengths=lens,clamp */\n int z; };",
  );
  const sample = [3, 0, 9, 0, 97, 0, 99, 100, 1, 0, 0, 0];
  const seen = bounded.decode(Uint8Array.from(sample));
  expect(seen).toEqual({ lens: [3, 9], data: ["a", "d"], truncated: true, z: 1 });
  expect(bounded.decode(bounded.toBytes(seen))).toEqual(seen);
});

test("an array may stand behind pieces, and what ends in them is an item of a list", async () => {
  const item = `struct item { unsigned char n; unsigned char lens[0]; /* @rbgen length=n */
 char texts[]; /* @rbgen after=lens; lengths=lens */ };`;
  const codec = await codecOf(
    "listed",
    `${item} struct listed { unsigned char id; char items[]; /* @rbgen list=item */ };`,
  );
  const bytes = [1, 2, 1, 2, 97, 98, 99, 0, 1, 0];
  const items = [
    { n: 2, lens: Uint8Array.of(1, 2), texts: ["a", "bc"] },
    { n: 0, lens: Uint8Array.of(), texts: [] },
    { n: 1, lens: Uint8Array.of(0), texts: [""] },
  ];
  expect(codec.decode(Uint8Array.from(bytes))).toEqual({ id: 1, items });
  expect([...codec.toBytes({ id: 1, items: items.map(({ texts }) => ({ texts })) })]).toEqual(bytes);
  const behind = await codecOf(
    "behind",
    `struct behind { unsigned char lens[2]; char texts[0]; /* @rbgen lengths=lens */
 unsigned int more[]; /* @rbgen after=texts,align=4 */ };`,
  );
  const sample = [1, 2, 97, 98, 99, 0, 0, 0, 5, 0, 0, 0];
  expect(behind.decode(Uint8Array.from(sample))).toEqual({ lens: Uint8Array.of(1, 2), texts: ["a", "bc"], more: [5] });
  expect([...behind.toBytes({ texts: ["a", "bc"], more: [5] })]).toEqual(sample);
});

test.each<[string, string, RegExp]>([
  ["no member", "int n; char a[]; /* @rbgen lengths=lens */", /struct r has no member lens/],
  ["an integer", "int n; char a[]; /* @rbgen lengths=n */", /n is no array of plain integers/],
  ["text", "char n[2]; char a[]; /* @rbgen lengths=n */", /n is no array of plain integers/],
  ["an array of arrays", "int n[2][2]; char a[]; /* @rbgen lengths=n */", /n is no array of plain integers/],
  ["itself", "int n; unsigned char a[]; /* @rbgen lengths=a */", /it says how long it is itself/],
  ["integers", "int n[2]; int a[]; /* @rbgen lengths=n */", /it is no array of bytes/],
  ["a length beside it", "int m, n[2]; char a[]; /* @rbgen lengths=n; length=m */", /it says length, too/],
  ["strings", "int n[2]; char a[]; /* @rbgen lengths=n; strings */", /it says strings, too/],
  ["an array that is cut", "int n[2]; char a[]; /* @rbgen lengths=n; truncated */", /it says truncated, too/],
  [
    "lengths of no number",
    "int m; int n[0]; char a[]; /* @rbgen lengths=n; after=n */",
    /n does not say how long it is/,
  ],
  [
    "lengths without a place",
    "int m; int n[0]; /* @rbgen length=m */\n char a[]; /* @rbgen lengths=n */",
    /n has no place of its own before it/,
  ],
  [
    "lengths that are clamped",
    "int m; int n[4]; /* @rbgen length=m,clamp */\n char a[]; /* @rbgen lengths=n */",
    /n is clamped/,
  ],
  [
    "lengths of two arrays",
    "int n[2]; char a[4]; /* @rbgen lengths=n */\n char b[]; /* @rbgen lengths=n */",
    /n says it of b, too/,
  ],
  [
    "an element that says another length",
    "int n[2]; char a[4]; /* @rbgen length=n[1] */\n char b[]; /* @rbgen lengths=n */",
    /an element of n says something of a, too/,
  ],
  ["members behind", "int n[2]; char a[0]; /* @rbgen lengths=n */\n int z;", /z has no place behind a/],
  [
    "what others point into",
    "unsigned int a; /* @rbgen dataloc */ int n[2]; char d[8]; /* @rbgen lengths=n */",
    /lengths on struct r.d means nothing: it has no property/,
  ],
  [
    "a length of what others point into",
    "unsigned int a; /* @rbgen dataloc */ unsigned int n; char d[]; /* @rbgen length=n */",
    /length on struct r.d means nothing: it has no property/,
  ],
  ["an arm", "int n[2]; union { char a[4]; /* @rbgen lengths=n */\n int b; };", /it is in a union/],
  ["an option", "int n[2]; char a[]; /* @rbgen lengths=n,bytes */", /is not lengths=MEMBER, optionally with ,clamp/],
])("lengths are refused of %s", async (_, members, message) => {
  const [first] = await complaints(headerOf(`struct r { ${members.replaceAll("*/", "*/\n")} };`));
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
});

test.each([
  [
    "bits of a bool",
    "unsigned char f; /* @rbgen bool */ int d[0]; /* @rbgen present=f&2 */",
    /f is bool, of which the bits are not kept/,
  ],
  [
    "bits of a bit-field that is bool",
    "unsigned char f : 4; /* @rbgen bool */ int d[0]; /* @rbgen present=f&4 */",
    /f is bool/,
  ],
  ["the second bit of a _Bool", "_Bool f; int d[0]; /* @rbgen present=f&2 */", /2 is no bits of the 1 of f/],
  [
    "a name of what others point into",
    "unsigned int a; /* @rbgen dataloc */ char d[]; /* @rbgen name=e */",
    /name on struct r.d means nothing/,
  ],
  [
    "text of what others point into",
    "unsigned int a; /* @rbgen dataloc */ unsigned char d[]; /* @rbgen string */",
    /string on struct r.d/,
  ],
  [
    "a name of a length",
    "short a; /* @rbgen dataloc=n */ short n; /* @rbgen name=e */ char d[];",
    /name on struct r.n means nothing/,
  ],
])("what has no effect, or has no bits, is refused: %s", async (_, members, message) => {
  const [first] = await complaints(headerOf(`struct r { ${members.replaceAll("*/", "*/\n")} };`));
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
});

test("what others point into may have a length for compilers", async () => {
  const members = "unsigned int a; /* @rbgen dataloc */\n unsigned int n; char d[] __attribute__((counted_by(n)));";
  expect(await complaints(headerOf(`struct r { ${members} };`))).toEqual([]);
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
