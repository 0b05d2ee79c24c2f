import { EncodeError } from "@rbgen/runtime";
import type { JsonValue } from "@rbgen/runtime/codegen/v1";
import { afterAll, expect, test } from "vitest";
import { load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

const tag = (text: string): { tags: string[] } => ({ tags: [`rbgen:${text}`] });
const point = t.struct("point", 8, [t.member("x", t.s32, 0), t.member("y", t.s32, 4)]);
const access = t.enumeration("access", { READ: 1n, WRITE: 2n });
const event = t.struct("event", 96, [
  t.member("ts", t.u64, 0),
  t.member("delta", t.s64, 8, tag("int64=number")),
  t.member("at", t.array(point, 2), 16),
  t.member("mac", t.array(t.u8, 6), 32),
  t.member("ok", t.bool, 38),
  t.member("small", t.s8, 39),
  t.member("ratio", { kind: "float", name: "double", size: t.u64.size } as never, 40),
  t.member("half", { kind: "float", name: "float", size: t.u32.size } as never, 48),
  t.member("access", t.u32, 52, tag("flags=access")),
  t.member("comm", t.array(t.char, 8), 56),
  t.member("type", t.u32, 64),
  t.member(
    "",
    t.union("", 8, [t.member("open", point, 0, tag("variant=1")), t.member("code", t.u64, 0, tag("variant=2"))]),
    72,
    tag("tag=type"),
  ),
  t.member("len", t.u32, 80),
  t.member("data", t.array(t.u16, 4), 84, tag("length=len")),
]);

const value = {
  kind: "open",
  ts: 2n ** 64n - 1n,
  delta: -(2 ** 53) + 1,
  at: [
    { x: 1, y: -2 },
    { x: 0, y: 0 },
  ],
  mac: Uint8Array.of(0, 1, 2, 3, 4, 255),
  ok: true,
  small: -128,
  ratio: -0,
  half: Number.NaN,
  access: ["WRITE", 4],
  comm: "sh",
  type: 1,
  open: { x: 7, y: 8 },
  len: 2,
  data: [5, 6],
};

const files: Record<string, string> = {};

async function loaded() {
  const { codec, text } = await load(t.moduleOf([point, access, event]), { types: ["event"] });
  files["json.gen.ts"] = text;
  return codec("event");
}

test("what toJSON gives is read back exactly, through text", async () => {
  const codec = await loaded();
  files["json.ts"] = `import { event, type Event } from "./json.gen.ts";
export const back = (text: string): Event => event.fromJSON(JSON.parse(text));
`;
  const decoded = codec.decode(codec.toBytes(value));
  expect(decoded).toEqual(value);
  const text = JSON.stringify(codec.toJSON(decoded));
  expect(text).toContain('"ratio":"-0","half":"NaN"');
  expect(codec.fromJSON(JSON.parse(text) as JsonValue)).toStrictEqual(decoded);
});

test.each<[string, (json: Record<string, JsonValue>) => unknown, string]>([
  [
    "a member that is missing",
    ({ ts: _, ...rest }) => rest,
    "ts: undefined is not an integer from 0 to 18446744073709551615 as a decimal",
  ],
  ["a member too many", (json) => ({ ...json, more: 1 }), "more: 1 is not a member of the record"],
  ["a member of another arm", (json) => ({ ...json, code: "1" }), "code: 1 is not a member of the record"],
  ["a number for 64 bits", (json) => ({ ...json, ts: 5 }), "ts: 5 is not an integer"],
  ["digits that are not written so", (json) => ({ ...json, ts: "05" }), "ts: 05 is not an integer"],
  ["what is beyond 64 bits", (json) => ({ ...json, ts: `${2n ** 64n}` }), "ts: 18446744073709551616 is not"],
  ["what is beyond a number", (json) => ({ ...json, delta: 2 ** 53 }), "delta: 9007199254740992 is not an integer"],
  ["a fraction", (json) => ({ ...json, small: 0.5 }), "small: 0.5 is not an integer from -128 to 127"],
  ["what is beyond 8 bits", (json) => ({ ...json, small: 128 }), "small: 128 is not an integer from -128 to 127"],
  ["an element that is none", (json) => ({ ...json, at: [{ x: 1, y: 1 }, 5] }), "at[1]: 5 is not an object"],
  [
    "a member of an element",
    (json) => ({
      ...json,
      at: [
        { x: 1, y: 1 },
        { x: "1", y: 0 },
      ],
    }),
    "at[1].x: 1 is not an integer",
  ],
  ["another count", (json) => ({ ...json, at: [] }), "is not an array of 2 elements"],
  ["bytes that are none", (json) => ({ ...json, mac: "0G" }), "mac: 0G is not bytes as lower-case"],
  ["fewer bytes", (json) => ({ ...json, mac: "00" }), "mac: 00 is not 6 bytes"],
  ["a truth that is none", (json) => ({ ...json, ok: 1 }), "ok: 1 is not true or false"],
  ["a flag that is none", (json) => ({ ...json, access: ["EXECUTE"] }), "access[0]: EXECUTE is not an integer from 0"],
  [
    "a kind that is none",
    (json) => ({ ...json, kind: "toString" }),
    "kind: toString is not one of open, code, unknown",
  ],
  [
    "digits a float of 32 bits has not",
    (json) => ({ ...json, half: 0.1 }),
    "half: 0.1 is not a number that a float of 32",
  ],
  ["a text that is none", (json) => ({ ...json, comm: null }), "comm: null is not a text"],
  ["no object", () => [], "is not an object"],
])("%s is refused with its path", async (_, change, message) => {
  const codec = await loaded();
  const json = codec.toJSON(codec.decode(codec.toBytes(value))) as Record<string, JsonValue>;
  expect(() => codec.fromJSON(change(json) as JsonValue)).toThrow(message);
  expect(() => codec.fromJSON(change(json) as JsonValue)).toThrow(EncodeError);
});

test("the records of a ring are read by their kind", async () => {
  const one = t.struct(
    "one",
    8,
    [t.member("type", t.u32, 0), t.member("fd", t.s32, 4)],
    tag("record=r;variant=1;tag=type"),
  );
  const two = t.struct("two", 8, [t.member("type", t.u32, 0), t.member("x", t.u32, 4)], tag("record=r;variant=2"));
  const { codec, text } = await load(t.moduleOf([one, two]));
  files["ring.gen.ts"] = text;
  for (const record of [
    { kind: "one", type: 1, fd: -1 },
    { kind: "two", type: 2, x: 5 },
    { kind: "unknown", tag: 9, bytes: Uint8Array.of(9, 0, 0, 0, 1) },
  ]) {
    expect(codec("r").fromJSON(codec("r").toJSON(record))).toStrictEqual(record);
  }
  expect(() => codec("r").fromJSON({ kind: "three" })).toThrow("kind: three is not one of one, two, unknown");
  expect(() => codec("one").fromJSON({ kind: "two", type: 1, fd: 1 })).toThrow('kind: two is not "one"');
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
