import type { Struct } from "@rbgen/btf";
import type { TypeModule } from "../../module.ts";
import * as t from "./types.ts";

// Records in which elements that a length counts may lie over members.

const counted = { tags: ["rbgen:length=n"] };
// struct in { u8 n; u8 data[] counted_by(n); }
const inner = t.struct("in", 1, [t.member("n", t.u8, 0), t.member("data", t.array(t.u8, 0), 1, counted)]);
const pair = t.struct("pair", 4, [t.member("flag", t.bool, 0), t.member("word", t.u16, 2)]);
const text = t.struct("text", 2, [t.member("n", t.u16, 0), t.member("data", t.array(t.char, 0), 2, counted)]);
const pairs = t.struct("pairs", 2, [t.member("n", t.u16, 0), t.member("data", t.array(pair, 0), 2, counted)]);
// Bytes 1 and 6 to 7 are padding.
const record = t.struct("msg", 8, [
  t.member("a", inner, 0),
  t.member("word", t.u16, 2),
  t.member("on", t.bool, 4),
  t.member("last", t.u8, 5),
]);
const records: readonly Struct[] = [
  record,
  t.struct("list", 8, [t.member("items", t.array(inner, 4), 0), t.member("after", t.u32, 4)]),
  t.struct("deep", 12, [t.member("msg", record, 0), t.member("after", t.u32, 8)]),
  t.struct("lossy", 16, [
    t.member("a", pairs, 0),
    t.member("f", t.array(t.u16, 3), 4),
    t.member("b", t.array(t.bool, 4), 10),
  ]),
  t.struct("texts", 16, [t.member("a", text, 0), t.member("after", t.u64, 8)]),
  t.struct("direct", 8, [
    t.member("n", t.u32, 0),
    t.member("data", t.array(t.u16, 0), 4, counted),
    t.member("after", t.u32, 4),
  ]),
];

export const overlaidNames: readonly string[] = records.map(({ name }) => name);

/** A module of these records. */
export const overlaid: TypeModule = t.moduleOf([...records, inner, pair, text, pairs]);
