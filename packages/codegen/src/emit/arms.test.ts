import { afterAll, expect, test } from "vitest";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

const files: Record<string, string> = {};
const tag = (text: string): { tags: string[] } => ({ tags: [`rbgen:${text}`] });

/** A struct of a tag and a union of an arm without a name, with what stands on it, and of `code`. */
function told(note: string, constants: readonly object[] = [], annotations = {}) {
  const arm = t.struct("", 8, [t.member("fd", t.u32, 0), t.member("flags", t.u32, 4)], note === "" ? {} : tag(note));
  const union = t.union("", 8, [t.member("", arm, 0), t.member("code", t.u32, 0, tag("variant=8..10"))]);
  const record = t.struct("event", 12, [t.member("type", t.u32, 0), t.member("", union, 4, tag("tag=type"))]);
  return [t.moduleOf([record], { constants } as never), { annotations }] as const;
}

test("an arm of several members is told by the name that it is given", async () => {
  const [module, options] = told("variant=1;name=opened");
  const { codec, text } = await load(module, options);
  files["given.gen.ts"] = text;
  const event = codec("event");
  const bytes = event.toBytes({ kind: "opened", fd: 3, flags: 7 });
  expect([...bytes]).toEqual([1, 0, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0]);
  expect(event.decode(bytes)).toEqual({ kind: "opened", type: 1, fd: 3, flags: 7 });
  expect([...event.toBytes({ flags: 7 })], "one member tells the arm").toEqual([1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0]);
  expect(() => event.toBytes({ fd: 3, code: 1 })).toThrow(/more than one arm of event is given/);
});

test("or by the constant that means it, and is reached from the configuration by its place", async () => {
  const constants = [{ name: "EV_OPEN", value: 1n }];
  const [module, options] = told("", constants, { "event.(arm 0)": ["variant=EV_OPEN"] });
  const { codec, text } = await load(module, options);
  files["constant.gen.ts"] = text;
  expect(text).toContain("export interface EventEvOpen");
  expect(codec("event").decode(Uint8Array.of(1, 0, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0))).toMatchObject({
    kind: "EV_OPEN",
    fd: 3,
  });
});

test("a range stands for each of its values, of which the first is written", async () => {
  const [module, options] = told("variant=1;name=opened");
  const { codec } = await load(module, options);
  const kindOf = (type: number): unknown =>
    (codec("event").decode(Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) as { kind: unknown }).kind;
  expect([7, 8, 9, 10, 11].map(kindOf)).toEqual(["unknown", "code", "code", "code", "unknown"]);
  expect(codec("event").toBytes({ code: 5 })[0]).toBe(8);
  expect(codec("event").toBytes({ type: 10, code: 5 })[0]).toBe(10);
});

test.each([
  ["variant=1", "an arm without a name is told by 1, and by no name"],
  ["variant=1;name=opened;skip", "skip on struct event means nothing: the arm has no name"],
  ["variant=3..1;name=opened", "3..1 is no range: write LEAST..MOST"],
  ["variant=0..5000;name=opened", "0..5000 has 5001 values, more than 1024"],
  ["variant=1..9;name=opened", "8 stands for opened and for code"],
])("%s on it is refused", async (note, message) => {
  const [module, options] = told(note);
  const [first] = await complaints(module, options);
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toContain(message);
});

test("a list of structs of one size needs no length in them, and is aligned where they are", async () => {
  const pair = t.struct("pair", 3, [t.member("a", t.u8, 0), t.member("b", t.u16, 1)]);
  const record = t.struct("pairs", 2, [
    t.member("len", t.u16, 0),
    t.member("items", t.array(t.u8, 0), 2, tag("list=pair,align=4;length=len,bytes")),
  ]);
  const { codec, text } = await load(t.moduleOf([pair, record]), { types: ["pairs"], columns: true });
  files["pairs.gen.ts"] = text;
  const value = {
    items: [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ],
  };
  const bytes = codec("pairs").toBytes(value);
  expect([...bytes]).toEqual([8, 0, 1, 2, 0, 0, 3, 4, 0, 0]);
  expect(codec("pairs").decode(bytes)).toEqual({ len: 8, ...value });
  expect(() => codec("pairs").decode(Uint8Array.of(2, 0, 1, 2))).toThrow(/pair needs 3 bytes/);
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
