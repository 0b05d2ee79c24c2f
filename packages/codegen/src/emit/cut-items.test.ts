import { EncodeError } from "@rbgen/runtime";
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

const text = "struct text { unsigned char l; char s[]; /* @rbgen length=l,clamp */ };";
const pieces = "struct pieces { unsigned char l[2]; char s[]; /* @rbgen lengths=l,clamp */ };";

const cut = { l: 5, s: "ab", truncated: true };
const whole = { l: 2, s: "cd", truncated: false };

test("the last item of a list may be cut, and an earlier one is refused, since it would have the bytes of those behind it", async () => {
  const codec = await codecOf("r", `${text} struct r { unsigned char x; char i[]; /* @rbgen list=text */ };`);
  const bytes = [0, 2, 99, 100, 5, 97, 98];
  expect([...codec.toBytes({ i: [whole, cut] })]).toEqual(bytes);
  expect(codec.decode(Uint8Array.from(bytes))).toEqual({ x: 0, i: [whole, cut] });
  expect(() => codec.toBytes({ i: [cut, whole] })).toThrow(/i\[0\]: is cut, and more bytes follow/);
  expect(() => codec.toBytes({ i: [cut, whole] })).toThrow(EncodeError);
});

test("nothing is cut whose length is left out", async () => {
  const loaded = await load(headerOf(text), { types: ["text"] });
  expect(() => loaded.codec("text").toBytes({ s: "ab", truncated: true })).toThrow(
    /truncated: is true, and nothing is/,
  );
});

test("an item of pieces may be cut where it is the last one", async () => {
  const codec = await codecOf("pr", `${pieces} struct pr { unsigned char x; char i[]; /* @rbgen list=pieces */ };`);
  const item = { l: Uint8Array.of(5, 0), s: ["ab", ""], truncated: true };
  const decoded = { x: 0, i: [item] };
  expect(codec.decode(codec.toBytes(decoded))).toEqual(decoded);
  expect(() => codec.toBytes({ i: [item, { s: ["c", "d"] }] })).toThrow(/i\[0\]: is cut/);
});

test("of items of several structs the last one may be cut, and what pads it is left out", async () => {
  const structs = `struct a { unsigned char t, x; }; /* @rbgen variant=1; tag=t */
struct b { unsigned char t, l; char s[]; /* @rbgen length=l,clamp */ }; /* @rbgen variant=2 */
`;
  for (const [name, rest] of [
    ["counted", "unsigned char n; char i[]; /* @rbgen list=a|b,align=4; length=n,items */"],
    ["sized", "unsigned char n; char i[]; /* @rbgen list=a|b,align=4; length=n */"],
    ["open", "unsigned char n; char i[]; /* @rbgen list=a|b,align=4 */"],
    [
      "behind",
      "unsigned char n; char i[0]; /* @rbgen list=a|b,align=4; length=n,items */ char p[]; /* @rbgen after=i */",
    ],
  ] as const) {
    const codec = await codecOf(name, `${structs}struct ${name} { ${rest} };`);
    const items = [
      { kind: "a", t: 1, x: 7 },
      { kind: "b", t: 2, l: 5, s: "abc", truncated: true },
    ];
    const bytes = codec.toBytes({ i: items });
    expect([...bytes].slice(1)).toEqual([1, 7, 0, 0, 2, 5, 97, 98, 99]);
    expect(codec.decode(bytes)).toMatchObject({ i: items });
    expect(() => codec.toBytes({ i: [...items].reverse() })).toThrow(/i\[0\]: is cut/);
    if (name === "behind") {
      expect(() => codec.toBytes({ i: items, p: "z" })).toThrow(/i: ends in an item that is cut/);
    }
  }
});

test("a list in the last item of a list may end in one that is cut", async () => {
  const codec = await codecOf(
    "nested",
    `${text} struct node { unsigned char n; char kids[]; /* @rbgen list=text; length=n,items */ };
struct nested { unsigned int x; unsigned char y; char nodes[]; /* @rbgen list=node,align=4 */ } __attribute__((packed));`,
  );
  const cutNode = { n: 2, kids: [whole, cut] };
  const node = { n: 1, kids: [whole] };
  const decoded = { x: 0, y: 0, nodes: [node, cutNode] };
  expect(codec.decode(codec.toBytes(decoded))).toEqual(decoded);
  expect(() => codec.toBytes({ nodes: [cutNode, node] })).toThrow(/nodes\[0\]: is cut/);
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
