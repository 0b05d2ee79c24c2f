import { type ColumnBatch, decodeColumns } from "@rbgen/runtime";
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

test("an arm that no tag is known of keeps the length of its sample, though all others are of one length", async () => {
  const [module, options] = told("variant=1;name=opened");
  const event = (await load(module, options)).codec("event");
  for (const length of [4, 5, 11, 12, 20]) {
    const sample = Uint8Array.from({ length }, (_, index) => (index < 4 ? 0 : index));
    const decoded = event.decode(sample);
    expect(decoded).toMatchObject({ kind: "unknown", $bytes4: sample.slice(4) });
    expect([...event.toBytes(decoded)], `${length} bytes`).toEqual([...sample]);
  }
  expect(event.byteLengthOf({ code: 1 })).toBe(12);
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

/** A struct of a tag, and a union of `open` and of `other`, with what stands on them. */
function either(type: t.Target, size: number, open: string, other: string) {
  const union = t.union("", 4, [t.member("open", t.u32, 0, tag(open)), t.member("other", t.u16, 0, tag(other))]);
  const record = t.struct("event", size + 4, [t.member("type", type, 0), t.member("", union, size, tag("tag=type"))]);
  return t.moduleOf([record]);
}

test("an arm may be what all other tags mean", async () => {
  const { codec, text } = await load(either(t.u8, 4, "variant=1", "variant=default"), { columns: true });
  files["default.gen.ts"] = text;
  expect(text).not.toContain('"unknown"');
  const event = codec("event");
  expect(event.decode(Uint8Array.of(9, 0, 0, 0, 5, 0, 0, 0))).toEqual({ kind: "other", type: 9, other: 5 });
  expect([...event.toBytes({ type: 9, other: 5 })]).toEqual([9, 0, 0, 0, 5, 0, 0, 0]);
  expect([...event.toBytes({ other: 5 })], "what is left out is 0").toEqual([0, 0, 0, 0, 5, 0, 0, 0]);
  expect(() => event.toBytes({ type: 1, other: 5 })).toThrow(/type: says open/);
  const { columns } = decodeColumns(event, [Uint8Array.of(9, 0, 0, 0, 5, 0, 0, 0)]) as ColumnBatch;
  expect(columns["kind"]).toEqual({ codes: Int32Array.of(1), values: ["open", "other"] });
});

test("of a default arm that names values the first is written, and no tag of another arm", async () => {
  const { codec } = await load(either(t.u8, 4, "variant=0", "variant=7,default"));
  expect(codec("event").toBytes({ other: 5 })[0]).toBe(7);
  expect(codec("event").toBytes({ type: 8, other: 5 })[0]).toBe(8);
  expect(() => codec("event").toBytes({ type: 0, other: 5 })).toThrow(/type: says open/);
  const { codec: zero } = await load(either(t.u8, 4, "variant=0", "variant=default"));
  expect(() => zero("event").toBytes({ other: 5 })).toThrow(/type: says open/);
});

test("a tag may be text", async () => {
  const { codec, text } = await load(either(t.array(t.char, 4), 4, "variant='OPEN'", "variant='OT'"), {
    columns: true,
  });
  files["text.gen.ts"] = text;
  const event = codec("event");
  const bytes = [...new TextEncoder().encode("OPEN"), 5, 0, 0, 0];
  expect(event.decode(Uint8Array.from(bytes))).toEqual({ kind: "open", type: "OPEN", open: 5 });
  expect([...event.toBytes({ open: 5 })]).toEqual(bytes);
  expect([...event.toBytes({ type: "OPEN", open: 5 })]).toEqual(bytes);
  expect(event.decode(event.toBytes({ kind: "other", other: 1 }))).toEqual({ kind: "other", type: "OT", other: 1 });
  expect(event.decode(Uint8Array.from([88, 0, 0, 0, 1, 2, 3, 4]))).toMatchObject({ kind: "unknown", type: "X" });
  expect(() => event.toBytes({ type: "OT", open: 5 })).toThrow(/type: .*does not say open/);
  const { columns } = decodeColumns(event, [Uint8Array.from(bytes)]) as ColumnBatch;
  expect(columns["open"]).toEqual({ validity: Uint8Array.of(1), values: Uint32Array.of(5) });
});

test("of a tag that is text, what follows its NUL counts for the kind as little as for the text", async () => {
  for (const [size, name] of [
    [2, "O"],
    [4, "OT"],
    [8, "OTHERS"],
  ] as const) {
    const { codec } = await load(either(t.array(t.char, size), size, "variant='X'", `variant='${name}'`));
    const letters = [...new TextEncoder().encode(name)];
    const behind = Array.from({ length: size - name.length }, (_, index) => (index === 0 ? 0 : 9));
    const decoded = codec("event").decode(Uint8Array.from([...letters, ...behind, 1, 0, 0, 0]));
    expect(decoded).toEqual({ kind: "other", type: name, other: 1 });
    const whole = [...letters, ...behind.map(() => 0), 1, 0, 0, 0];
    expect([...codec("event").toBytes(decoded)]).toEqual(whole);
  }
});

test("the records of a ring may be told by text", async () => {
  const four = t.array(t.char, 4);
  const one = t.struct(
    "one",
    8,
    [t.member("magic", four, 0), t.member("a", t.u32, 4)],
    tag("record=r;tag=magic;variant='ONE'"),
  );
  const two = t.struct("two", 8, [t.member("magic", four, 0), t.member("b", t.u32, 4)], tag("record=r;variant='TWO!'"));
  const { codec, text } = await load(t.moduleOf([one, two]));
  files["texts.gen.ts"] = text;
  const bytes = codec("r").toBytes({ kind: "two", b: 3 });
  expect([...bytes]).toEqual([...new TextEncoder().encode("TWO!"), 3, 0, 0, 0]);
  expect(codec("r").decode(bytes)).toEqual({ kind: "two", magic: "TWO!", b: 3 });
  expect(codec("r").decode(codec("one").toBytes({ a: 1 }))).toEqual({ kind: "one", magic: "ONE", a: 1 });
  const other = { kind: "one", magic: "TWO!", a: 1 };
  expect(codec("one").decode(codec("one").toBytes(other)), "its own codec takes what it decodes").toEqual(other);
  expect(() => codec("r").toBytes(other)).toThrow(/magic: .*does not say one/);
});

test.each<[t.Target, string, string, string]>([
  [t.u8, "variant=default", "variant=default", "is the default, as another arm is"],
  [t.u8, "variant='AB'", "variant=2", "type has 1 byte, too few for 'AB'"],
  [t.array(t.char, 3), "variant='A'", "variant='B'", "type is no integer"],
])("a tag of %j told by %s and %s is refused", async (type, open, other, message) => {
  const [first] = await complaints(either(type, 4, open, other));
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
