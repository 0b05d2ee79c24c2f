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

const item = "struct it { unsigned char t, l; char s[]; /* @rbgen length=l,clamp */ };";

test.each([
  ["sized", "unsigned char n; char a[]; /* @rbgen list=it; length=n */", "0401056100"],
  ["sized", "unsigned char n; char a[]; /* @rbgen list=it; length=n */", "0701016201056100"],
  ["whole", "unsigned char n; char a[]; /* @rbgen list=it; length=n,total */", "0501056100"],
  ["aligned", "unsigned char n; char a[]; /* @rbgen list=it,align=4; length=n */", "0401056100"],
])("a cut text keeps the NUL behind it where the list around it says its bytes: %s", async (name, members, hex) => {
  const codec = await codecOf(name, `${item} struct ${name} { ${members} };`);
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  const decoded = codec.decode(bytes) as { n: number };
  expect([...codec.toBytes(decoded)]).toEqual([...bytes]);
  expect(codec.byteLengthOf(decoded)).toBe(bytes.length);
  expect(() => codec.toBytes({ ...decoded, n: 2 })).toThrow(EncodeError);
});

test("an empty array has no padding in front of it where the list before it ends in a cut item", async () => {
  const codec = await codecOf(
    "behind",
    `${item} struct behind { unsigned char n, k;
  char a[0]; /* @rbgen list=it; length=n,items */
  unsigned char t[]; /* @rbgen after=a,align=4; length=k */ };`,
  );
  const bytes = [1, 0, 2, 5, 97];
  const decoded = codec.decode(Uint8Array.from(bytes)) as object;
  expect([...codec.toBytes(decoded)]).toEqual(bytes);
  const whole = [{ t: 2, l: 1, s: "a" }];
  expect([...codec.toBytes({ a: whole })], "what is whole is padded").toEqual([1, 0, 2, 1, 97, 0, 0, 0]);
  expect(() => codec.toBytes({ ...decoded, k: 1, t: Uint8Array.of(7) })).toThrow(EncodeError);
});

test.each(["020100", "03010000", "0401000000"])(
  "a list may count any part of what pads its last item: %s",
  async (hex) => {
    const codec = await codecOf(
      "part",
      `${item} struct part { unsigned char n; char a[]; /* @rbgen list=it,align=4; length=n */ };`,
    );
    const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
    expect([...codec.toBytes(codec.decode(bytes))]).toEqual([...bytes]);
  },
);

test("what has no members is refused in place of a struct, with its path", async () => {
  const codec = await codecOf(
    "outer",
    `struct in { unsigned char z; }; struct var { unsigned char l; char s[]; /* @rbgen length=l */ };
struct outer { struct in i, j[2]; unsigned char n; char a[]; /* @rbgen list=var; length=n,items */ };`,
  );
  for (const odd of [
    [],
    [1, 2],
    new Date(),
    new Uint8Array(3),
    new Map(),
    new Set(),
    /x/,
    new DataView(new ArrayBuffer(1)),
  ]) {
    expect(() => codec.toBytes(odd as object)).toThrow("outer is encoded from an object");
    expect(() => codec.toBytes({ i: odd })).toThrow("i: is no object");
    expect(() => codec.toBytes({ j: [{}, odd] })).toThrow("j[1]: is no object");
    expect(() => codec.toBytes({ a: [odd] })).toThrow("a[0]: is no object");
  }
  class Own {
    readonly i = Object.assign(Object.create(null) as object, { z: 5 });
    readonly [Symbol.toStringTag] = "Own";
  }
  expect([...codec.toBytes(new Own())]).toEqual([5, 0, 0, 0]);
});

test("whether a text is cut is true or false", async () => {
  const codec = await codecOf("it", item);
  for (const truncated of ["false", 0, 1, null]) {
    expect(() => codec.toBytes({ l: 1, s: "a", truncated })).toThrow("truncated: is no boolean");
    expect(() => codec.toBytes({ s: "a", truncated })).toThrow("truncated: is no boolean");
  }
});

test("a float is read from JSON as a number or one of its texts, whatever else is there", async () => {
  const codec = await codecOf("floats", "struct floats { double d[1]; };");
  for (const odd of [{ toString: 1, valueOf: 1 }, {}, [3], null, true, "3", "toString"]) {
    expect(() => codec.fromJSON?.({ d: [odd] } as never)).toThrow(/^ERANGE: d\[0\]: .* is not a number/);
  }
  for (const text of ["NaN", "Infinity", "-Infinity", "-0"]) {
    expect(codec.fromJSON?.({ d: [text] } as never)).toEqual({ d: [Number(text)] });
  }
});

test("a length in a union whose bytes are given is taken of them, and refused where it is another one", async () => {
  const codec = await codecOf("over", "struct over { union { unsigned char l; }; char s[]; /* @rbgen length=l */ };");
  const decoded = codec.decode(Uint8Array.of(2, 97, 98)) as object;
  const [bytes = ""] = Object.keys(decoded).filter((name) => name.startsWith("$bytes"));
  expect([...codec.toBytes({ [bytes]: Uint8Array.of(2), s: "ab" })]).toEqual([2, 97, 98]);
  expect(() => codec.toBytes({ [bytes]: Uint8Array.of(1), s: "ab" })).toThrow("l: is not the length of s");
  expect([...codec.toBytes({ s: "ab" })]).toEqual([2, 97, 98]);
});

test("a variant's own codec refuses another kind", async () => {
  const loaded = await load(
    headerOf(`struct a { unsigned char t, x; }; /* @rbgen variant=1; tag=t */
struct b { unsigned char t, y; }; /* @rbgen variant=2 */
struct items { unsigned char n; char i[]; /* @rbgen list=a|b; length=n,items */ };`),
    { types: ["items", "a", "b"], columns: true },
  );
  files["kinds.gen.ts"] = loaded.text;
  const codec = loaded.codec("a");
  expect([...codec.toBytes({ kind: "a", x: 2 })]).toEqual([1, 2]);
  expect(() => codec.toBytes({ kind: "b", x: 2 })).toThrow("kind: is not the kind of a");
});

test("a writer of clamped pieces writes what encode does, however long they say that they are", async () => {
  const codec = await codecOf(
    "told",
    "struct told { unsigned int lens[2]; char p[]; /* @rbgen lengths=lens,clamp */ };",
  );
  for (const long of [9, 2 ** 24, 2 ** 24 + 3, 2 ** 32 - 1]) {
    const value = { lens: [long, 0], p: ["xy", ""], truncated: true };
    const bytes = codec.toBytes(value);
    const target = new Uint8Array(bytes.length);
    const writer = codec.createWriter() as Attachable & Record<string, unknown>;
    writer[attachView](new DataView(target.buffer), 0, target.length);
    writer["lens"] = value.lens;
    writer["p"] = value.p;
    expect([...target]).toEqual([...bytes]);
  }
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
