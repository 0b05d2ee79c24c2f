import { describeLayout, encodeBtf, hashLayout, layoutOf, parseBtf } from "@rbgen/btf";
import { expect, test } from "vitest";
import { load } from "./testing/load.ts";
import * as t from "./testing/types.ts";

test("a codec carries the layout of its type, whatever annotations say of how it is read", async () => {
  const inner = t.struct("inner", 8, [t.member("a", t.u32, 0), t.member("b", t.array(t.s16, 2), 4)]);
  const arms = t.union("", 4, [
    t.member("a", t.u32, 0, { tags: ["rbgen:variant=1"] }),
    t.member("b", t.u16, 0, { tags: ["rbgen:variant=2"] }),
  ]);
  const record = t.struct("event", 56, [
    t.member("len", t.u64, 0, { tags: ["rbgen:int64=number"] }),
    t.member("items", t.array(t.array(inner, 2), 2), 8),
    t.bitField("flag", t.u32, 320, 3),
    t.member("u", arms, 44, { tags: ["rbgen:tag=len"] }),
    t.member("data", t.array(t.u8, 8), 48, { tags: ["rbgen:length=len;string"] }),
  ]);
  const { codec } = await load(t.moduleOf([inner, record]));
  const layout = layoutOf(record, "event", "little");
  expect(codec("event").layout).toEqual(layout);
  expect(codec("event").layoutHash).toBe(hashLayout(layout));
  // Through BTF it is the same one: what a producer's object holds.
  const btf = parseBtf(encodeBtf([record], { endian: "little" }));
  expect(describeLayout(btf, btf.findKind("struct", "event")[0]!.id!)).toEqual(layout);
});
