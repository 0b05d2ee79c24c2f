import { Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import { expect, test } from "vitest";
import { contained } from "./testing/contained.ts";
import { load } from "./testing/load.ts";
import { overlaid, overlaidNames } from "./testing/overlaid.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

// struct inner { u16 a; u8 b; s8 rest[]; }: 4 bytes, of which the last is padding, or rest[0] where a record ends.
const inner = t.struct("inner", 4, [
  t.member("a", t.u16, 0),
  t.member("b", t.u8, 2),
  t.member("rest", t.array(t.s8, 0), 3),
]);

function viewOf(codec: { createView(): unknown }, bytes: readonly number[]): Record<string, Record<string, unknown>> {
  const view = codec.createView() as Leased;
  view[takeLease](new Lease(new DataView(new Uint8Array(bytes).buffer), 0, bytes.length));
  return view as never;
}

test("an open array inside of a record has what is left of its own struct, in decode, in a view and for encode", async () => {
  const record = t.struct("msg", 16, [
    t.member("head", inner, 0),
    t.member("list", t.array(inner, 2), 4),
    t.member("end", t.u32, 12),
  ]);
  const warnings: string[] = [];
  const { codec, text } = await load(t.moduleOf([record, inner]), { types: ["msg"] }, ({ message }) => {
    warnings.push(message);
  });
  const bytes = [1, 0, 2, 9, 3, 0, 4, 8, 5, 0, 6, 7, 7, 0, 0, 0];
  const value = {
    head: { a: 1, b: 2, rest: new Uint8Array([9]) },
    list: [
      { a: 3, b: 4, rest: new Uint8Array([8]) },
      { a: 5, b: 6, rest: new Uint8Array([7]) },
    ],
    end: 7,
  };
  expect(codec("msg").decode(new DataView(new Uint8Array(bytes).buffer))).toEqual(value);
  expect(viewOf(codec("msg"), bytes)["head"]!["rest"]).toEqual(new Uint8Array([9]));
  const target = new Uint8Array(16).fill(0xee);
  codec("msg").encode(value, new DataView(target.buffer));
  expect([...target]).toEqual(bytes);
  expect(() => codec("msg").encode({ head: { rest: new Uint8Array(2) } }, new DataView(target.buffer))).toThrow(
    /head\.rest: .*has no room/,
  );
  expect(warnings.filter((message) => message.includes("does not end the record"))).toEqual([
    expect.stringContaining("struct msg.head ends in a flexible array of unknown length"),
    expect.stringContaining("struct msg.list ends in a flexible array of unknown length"),
  ]);
  expect(typeCheck({ "contained.gen.ts": text })).toEqual({ oldest: [], own: [] });
});

test("the same array takes the rest of the sample where its struct ends the record", async () => {
  const record = t.struct("msg", 8, [t.member("end", t.u32, 0), t.member("last", inner, 4)]);
  const { codec } = await load(t.moduleOf([record, inner]), { types: ["msg"] }, () => undefined);
  const bytes = [7, 0, 0, 0, 1, 0, 2, 8, 9];
  expect(codec("msg").decode(new DataView(new Uint8Array(bytes).buffer))).toEqual({
    end: 7,
    last: { a: 1, b: 2, rest: new Uint8Array([8, 9]) },
  });
  expect(viewOf(codec("msg"), bytes)["last"]!["rest"]).toEqual(new Uint8Array([8, 9]));
});

test("a struct member called end needs no end of the sample", async () => {
  const record = t.struct("msg", 4, [t.member("end", t.struct("point", 4, [t.member("x", t.u32, 0)]), 0)]);
  const { text } = await load(t.moduleOf([record]));
  expect(typeCheck({ "end.gen.ts": text })).toEqual({ oldest: [], own: [] });
});

test("elements over the members that follow, and structs with tags that others hold, type-check", async () => {
  const files = {
    "overlaid.gen.ts": (await load(overlaid, { types: [...overlaidNames] })).text,
    "contained.gen.ts": (await load(contained, { all: true })).text,
  };
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
