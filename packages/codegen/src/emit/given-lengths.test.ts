import { EncodeError } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { load } from "./testing/load.ts";

async function codecOf(text: string) {
  return (await load(headerOf(text), { types: ["name"] })).codec("name");
}

test("a length that says far more than its text has is refused before anything is allocated", async () => {
  const codec = await codecOf("struct name { unsigned long long n; char s[]; /* @rbgen length=n */ };");
  for (const n of [2 ** 24 + 2, 100e6, 2 ** 32 - 1]) {
    expect(() => codec.toBytes({ n, s: "a" })).toThrow(`s: has 1 bytes, and is told to have ${n}`);
  }
  expect(() => codec.toBytes({ n: 2n ** 40n, s: "a" })).toThrow(/s: is told to have/);
  expect(codec.toBytes({ n: 2 ** 16, s: "a" })).toHaveLength(8 + 2 ** 16);
});

test("a negative length is told as one, of elements of several bytes, too", async () => {
  const codec = await codecOf(
    "struct name { signed char n; short s[]; /* @rbgen length=n,bytes */ } __attribute__((packed));",
  );
  expect(() => codec.decode(Uint8Array.of(255, 0, 0))).toThrow(/name.s has a length of -1 bytes/);
  expect(() => codec.decode(Uint8Array.of(1, 0, 0))).toThrow(/name.s has 1 bytes, no multiple of 2/);
  const items =
    "struct item { int t; }; struct name { signed char n; char s[]; /* @rbgen list=item; length=n,items */ };";
  const list = await codecOf(items);
  expect(() => list.decode(Uint8Array.of(255, 0, 0))).toThrow(/name.s is told to have -1 items/);
});

test("a clamped length may say anything where the text is cut", async () => {
  const codec = await codecOf("struct name { unsigned long long n; char s[]; /* @rbgen length=n,clamp */ };");
  expect(() => codec.toBytes({ n: 100e6, s: "a" })).toThrow(/s: has 1 bytes, and is told to have 100000000/);
  expect(codec.toBytes({ n: 100e6, s: "a", truncated: true })).toHaveLength(9);
});

test("items whose lengths come to more than any sample has are refused before anything is allocated", async () => {
  const item = "struct item { unsigned int n; char s[]; /* @rbgen length=n */ };";
  const codec = await codecOf(`${item} struct name { unsigned int x; char items[]; /* @rbgen list=item */ };`);
  const items = Array.from({ length: 100 }, () => ({ n: 2 ** 24, s: "a" }));
  expect(() => codec.toBytes({ items })).toThrow("1677722004 bytes are more than any sample has");
  expect(() => codec.toBytes({ items })).toThrow(EncodeError);
});

test("null is no length, count or tag that was left out", async () => {
  const bytes = await codecOf("struct name { int n; unsigned char s[]; /* @rbgen length=n,bytes */ };");
  expect(() => bytes.toBytes({ n: null, s: new Uint8Array(1) })).toThrow(EncodeError);
  const list = await codecOf("struct name { int n; int s[]; /* @rbgen length=n */ };");
  expect(() => list.toBytes({ n: null, s: [1] })).toThrow(EncodeError);
  const tagged = await codecOf(
    "struct name { int t; union { int a; /* @rbgen variant=1 */ short b; /* @rbgen variant=2 */ }; /* @rbgen tag=t */ };",
  );
  expect(() => tagged.toBytes({ kind: "b", b: 2, t: null })).toThrow(EncodeError);
  expect([...list.toBytes({ s: [1] })]).toEqual([1, 0, 0, 0, 1, 0, 0, 0]);
});
