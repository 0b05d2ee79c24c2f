import { annotatedFile, annotatedWays } from "@rbgen/testkit/codegen/annotated-proof";
import { sampleAnnotated } from "@rbgen/testkit/codegen/annotated-record";
import { exerciseChanging } from "@rbgen/testkit/codegen/exercise-changing";
import { type AnyCodec, codecsOf, loadGenerated } from "@rbgen/testkit/codegen/load-generated";
import { expect, test } from "vitest";
import { contained } from "./testing/contained.ts";
import { headerOf } from "./testing/header.ts";
import { load } from "./testing/load.ts";
import { overlaid, overlaidNames } from "./testing/overlaid.ts";

const seed = Number(process.env["RBGEN_SEED"]);
const groups = Number(process.env["RBGEN_GROUPS"] ?? 24);

test("a value that changes between two looks is refused, or leaves no byte of what was there: annotated records", async () => {
  const way = annotatedWays.find(({ name }) => name === "decl tags in a header")!;
  const records = sampleAnnotated(groups, seed, "c");
  const codecs = codecsOf(await loadGenerated(await annotatedFile(records, way, "little")));
  let taken = 0;
  for (const [index, record] of records.entries()) {
    const codec = codecs.get(record.ring ?? record.tag)!;
    for (const [turn, { input }] of record.samples.entries()) {
      try {
        taken += exerciseChanging(codec, input, index * 10 + turn);
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${record.definitions}`, { cause: error });
      }
    }
  }
  // Not all of them are refused.
  expect(taken).toBeGreaterThan(groups);
});

test.each<[string, unknown]>([
  ["out", { id: 1, body: { kind: "unknown", type: 5, $bytes8: new Uint8Array([1, 2, 3]) } }],
  ["out", { id: 1, body: { kind: "text", text: { d: new Uint8Array([1, 2]) } } }],
  ["body", { kind: "text", text: { d: new Uint8Array([1, 2]) }, num: 5n }],
  ["call", { nr: 1, arg: { kind: "text", text: "ab" } }],
  ["conn", { ts: 1n, src: { kind: "v4", v4: 1, v6: new Uint8Array(16) }, dst: { kind: "v6", v6: new Uint8Array(4) } }],
  ["counted", { d: new Uint8Array(5) }],
])("and of structs that others hold: %s", async (name, value) => {
  const { codec } = await load(contained, { all: true });
  expect(exerciseChanging(codec(name) as AnyCodec, value, 3, 400)).toBeGreaterThan(0);
});

test.each<[string, string, unknown]>([
  [
    "items of several structs",
    `struct a { unsigned char t; }; /* @rbgen variant=1; tag=t */
struct b { unsigned char t, x[40]; }; /* @rbgen variant=2 */
struct c { unsigned char t, n, y[20]; char s[]; /* @rbgen length=n */ }; /* @rbgen variant=default */
struct whole { unsigned char n; char l[]; /* @rbgen list=a|b|c; length=n,items */ };`,
    {
      l: [
        { kind: "a", b: 1 },
        { kind: "b", a: 1, x: new Uint8Array(3) },
        { kind: "c", s: "abc" },
      ],
    },
  ],
  [
    "pieces",
    `struct whole { unsigned char n; unsigned short lens[0]; /* @rbgen length=n */
unsigned char d[]; /* @rbgen after=lens; lengths=lens */ };`,
    { n: 2, lens: [1, 3], d: [new Uint8Array(1), new Uint8Array(3)] },
  ],
  [
    "pieces that are cut",
    "struct whole { short lens[3]; char d[8]; /* @rbgen lengths=lens,clamp */ int z; };",
    { lens: [2, 3, 9], d: ["ab", "cde", "fgh"], truncated: true, z: 3 },
  ],
])("and of %s", async (_, text, value) => {
  const { codec } = await load(headerOf(text.replaceAll("*/", "*/\n")), { types: ["whole"] });
  expect(exerciseChanging(codec("whole") as AnyCodec, value, 3, 400)).toBeGreaterThan(0);
});

test.each<[string, unknown]>([
  ["msg", { a: { data: new Uint8Array(4) }, word: 1, on: true }],
  ["list", { items: [{ data: new Uint8Array(2) }, {}, {}, {}], after: 9 }],
  ["deep", { msg: { a: { data: new Uint8Array(9) } }, after: 3 }],
  ["lossy", { a: { data: [{ flag: true, word: 3 }, { word: 4 }] }, f: [1, 2, 3] }],
  ["texts", { a: { data: "abcdef" }, after: 3n }],
  ["direct", { data: [1, 2, 3], after: 3 }],
])("and of elements over the members that follow: %s", async (name, value) => {
  const { codec } = await load(overlaid, { types: [...overlaidNames] });
  expect(exerciseChanging(codec(name) as AnyCodec, value, 3, 400)).toBeGreaterThan(0);
});
