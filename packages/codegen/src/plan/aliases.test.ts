import { expect, test } from "vitest";
import { load } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";

const nameless = t.struct("", 4, [t.member("x", t.u32, 0)]);
const tagged = t.struct("tag", 4, [t.member("x", t.u32, 0)]);
const mode = t.enumeration("", { OFF: 0n, ON: 1n });
const module = t.moduleOf([
  t.typedef("one", nameless),
  t.typedef("other", nameless),
  tagged,
  t.typedef("tag_t", tagged),
  t.typedef("TAG", tagged),
  t.typedef("mode_a", mode),
  t.typedef("mode_b", mode),
]);

test("each typedef of a struct without a tag is a name of its codec, decoder, encoder, layout and types", async () => {
  const { exports, records, text } = await load(module, { types: ["one", "other"] });
  expect(records).toEqual(["one", "other"]);
  for (const [alias, of] of [
    ["other", "one"],
    ["decodeOther", "decodeOne"],
    ["encodeOther", "encodeOne"],
    ["otherLayout", "oneLayout"],
  ] as const) {
    expect(exports[alias]).toBe(exports[of]);
    expect(exports[of]).toBeDefined();
  }
  expect(text).toContain("export type { One as Other, OneView as OtherView, OneWriter as OtherWriter };");
});

test("so it is where nothing is named, and with the names of C", async () => {
  const all = await load(module);
  expect(all.exports["other"]).toBe(all.exports["one"]);
  expect(all.exports["ModeB"]).toBe(all.exports["ModeA"]);
  expect(all.exports["tagT"]).toBeUndefined();
  const preserved = await load(module, { case: "preserve" });
  expect(preserved.exports["other"]).toBe(preserved.exports["one"]);
  expect(preserved.text).toContain("export type { one_view as other_view, one_writer as other_writer };");
});

test("a typedef of a struct with a tag is a name where a user names it, unless the struct is called so already", async () => {
  const { exports, text } = await load(module, { types: ["tag_t", "TAG"] });
  expect(exports["tagT"]).toBe(exports["tag"]);
  expect(text).not.toContain("TAG");
  const globbed = await load(module, { types: ["mode_*", "tag*"] });
  expect([globbed.exports["ModeB"], globbed.exports["tagT"]]).toEqual([
    globbed.exports["ModeA"],
    globbed.exports["tag"],
  ]);
});
