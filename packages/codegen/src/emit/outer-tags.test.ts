import { decodeColumns, EncodeError, type StructColumns } from "@rbgen/runtime";
import { type Attachable, attachView, Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import { expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { headerOf } from "./testing/header.ts";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";

const subject = `struct subject {
  unsigned int id;
  union {
    unsigned int uid; /* @rbgen variant=1 */
    char name[8]; /* @rbgen variant=2,7 */
  } who; /* @rbgen tag=^.head.what */
};
struct head { unsigned char what, pad; };
`;
const grant = `${subject} struct grant { struct head head; struct subject subject; unsigned short end; };`;
const bytes = [2, 9, 0, 0, 4, 0, 0, 0, 114, 111, 111, 116, 0, 0, 0, 0, 5, 0, 0, 0];
const value = { head: { what: 2, pad: 9 }, subject: { kind: "name", id: 4, name: "root" }, end: 5 };

async function codecOf(text: string, name: string) {
  const loaded = await load(headerOf(text), { types: [name], columns: true });
  expect(typeCheck({ [`${name}.gen.ts`]: loaded.text })).toEqual({ oldest: [], own: [] });
  return loaded.codec(name);
}

test("the tag of a union may stand in the struct around its own", async () => {
  const codec = await codecOf(grant, "grant");
  const sample = Uint8Array.from(bytes);
  expect(codec.decode(sample)).toEqual(value);
  expect([...codec.toBytes(value)]).toEqual(bytes);
  expect(codec.fromJSON(codec.toJSON(value))).toEqual(value);
  const view = codec.createView() as Leased & { subject: { kind: string; name: string } };
  view[takeLease](new Lease(new DataView(sample.buffer), 0, 20));
  expect([view.subject.kind, view.subject.name]).toEqual(["name", "root"]);
  const { columns } = decodeColumns(codec, [sample]) as StructColumns;
  expect(columns["subject.kind"]).toMatchObject({ codes: Int32Array.of(1), values: ["uid", "name", "unknown"] });
  const target = new Uint8Array(20).fill(0xee);
  const writer = codec.createWriter() as Attachable & Record<"head" | "subject", Record<string, unknown>>;
  writer[attachView](new DataView(target.buffer), 0, 20);
  writer.head["what"] = 7;
  writer.subject["name"] = "sh";
  expect(codec.decode(target)).toMatchObject({ subject: { kind: "name", id: 0, name: "sh" } });
});

test("a tag that is left out around its struct is written, and one that says another arm is refused", async () => {
  const codec = await codecOf(grant, "grant");
  for (const ground of [0, 0xee]) {
    const target = new Uint8Array(20).fill(ground);
    codec.encode({ subject: { kind: "name", name: "sh" } }, new DataView(target.buffer));
    expect(codec.decode(target)).toMatchObject({ head: { what: 2, pad: 0 }, subject: { kind: "name", name: "sh" } });
  }
  const wrong = (what: number, kind: string) => () => codec.toBytes({ head: { what }, subject: { kind } });
  expect(wrong(1, "name")).toThrow(EncodeError);
  expect(wrong(1, "name")).toThrow("subject.^.head.what: does not say name");
  expect(wrong(1, "unknown")).toThrow("subject.^.head.what: says uid");
  expect(wrong(7, "name")).not.toThrow();
});

test("the first of several structs with one tag around them says it, and the others agree", async () => {
  const codec = await codecOf(
    `struct part { union { unsigned int a; /* @rbgen variant=1 */ float b; /* @rbgen variant=2 */ }; /* @rbgen tag=^.kind */ };
struct tail { union { unsigned int c; /* @rbgen variant=1 */ unsigned int d; /* @rbgen variant=2 */ }; /* @rbgen tag=^.kind */ };
struct both { struct part part; unsigned int kind; };
struct two { unsigned int kind; struct part part; };
struct whole { struct both both; struct two two[2]; };`,
    "whole",
  ).catch((error: Error) => error.message);
  expect(codec).toContain("tag=^.kind of struct part means nothing in struct two.part: the tag is -4 bytes from it");
  const agreed = await codecOf(
    `struct part { union { unsigned int a; /* @rbgen variant=1 */ float b; /* @rbgen variant=2 */ }; /* @rbgen tag=^.kind */ };
struct tail { union { unsigned int c; /* @rbgen variant=1 */ unsigned int d; /* @rbgen variant=2 */ }; /* @rbgen tag=^.kind */ };
struct both { unsigned int kind; struct part part; struct tail tail; };
struct whole { struct both both[2]; };`,
    "whole",
  );
  const both = [
    { kind: 2, part: { kind: "b", b: 0.5 }, tail: { kind: "d", d: 7 } },
    {
      kind: 0,
      part: { kind: "unknown", $bytes0: new Uint8Array(4) },
      tail: { kind: "unknown", $bytes0: new Uint8Array(4) },
    },
  ];
  expect(agreed.decode(agreed.toBytes({ both: [{ part: { b: 0.5 }, tail: { d: 7 } }, {}] }))).toEqual({ both });
  expect(() => agreed.toBytes({ both: [{ part: { b: 0.5 }, tail: { c: 7 } }, {}] })).toThrow(
    "both[0].tail.^.kind: does not say c",
  );
});

test("a tag that tells a ring's records, too, is that of the arm, and of the record", async () => {
  const told = `${subject} struct first { struct head head; struct subject subject; }; /* @rbgen record=ring; tag=head.what; variant=KIND */
struct second { unsigned char what; unsigned int x; }; /* @rbgen record=ring; tag=what; variant=9 */`;
  for (const kind of ["1,2", "1,2,default", "default"]) {
    const codec = (await load(headerOf(told.replace("KIND", kind)))).codec("ring");
    const encoded = (uid: object) => codec.decode(codec.toBytes({ kind: "first", subject: uid }));
    expect(encoded({ uid: 5 })).toMatchObject({ kind: "first", head: { what: 1 }, subject: { kind: "uid", uid: 5 } });
    expect(encoded({ name: "a" })).toMatchObject({ kind: "first", head: { what: 2 }, subject: { kind: "name" } });
    const wrong = () => codec.toBytes({ kind: "first", head: { what: 9 }, subject: {} });
    expect(wrong).toThrow(/head.what: (does not say first|says second)/);
  }
});

test("a struct whose own union has the tag that one in it has says it once", async () => {
  const codec = await codecOf(
    `struct part { union { unsigned int a; /* @rbgen variant=1 */ float b; /* @rbgen variant=2 */ }; /* @rbgen tag=^.kind */ };
struct inner { unsigned int kind; struct part part; };
struct whole { struct inner inner; union { unsigned int c; /* @rbgen variant=1 */ unsigned int d; /* @rbgen variant=2 */ }; /* @rbgen tag=inner.kind */ };`,
    "whole",
  );
  expect(codec.decode(codec.toBytes({ inner: { part: { b: 0.5 } }, d: 7 }))).toEqual({
    ...{ inner: { kind: 2, part: { kind: "b", b: 0.5 } }, kind: "d", d: 7 },
  });
  expect(() => codec.toBytes({ inner: { part: { b: 0.5 } }, c: 7 })).toThrow("inner.kind: does not say c");
});

test("a struct with a tag around it may end its record, and be as long as its arm", async () => {
  const codec = await codecOf(
    `struct body { unsigned short len; union { unsigned int one; /* @rbgen variant=1 */ char text[0]; /* @rbgen variant=default; length=len */ } u; /* @rbgen tag=^.kind */ };
struct whole { unsigned char kind; struct body body; };`,
    "whole",
  );
  const text = { kind: 3, body: { kind: "text", len: 2, text: "hi" } };
  const sent = codec.toBytes(text);
  expect(codec.decode(sent)).toEqual(text);
  expect(() => codec.decode(sent.subarray(0, 9))).toThrow(/text needs 2 bytes, there are 1/);
  expect(codec.decode(codec.toBytes({ body: { one: 5 } }))).toMatchObject({ kind: 1, body: { kind: "one", one: 5 } });
});

test.each([
  ["a record of its own", subject, "subject", "it is no member of a struct there"],
  ["an array", `${subject} struct r { struct head head; struct subject list[2]; };`, "r", "it stands in an array"],
  [
    "a union",
    `${subject} struct r { struct head head; union { struct subject s; int i; }; };`,
    "r",
    "it stands in a union",
  ],
  [
    "a list",
    `${subject} struct r { struct head head; char l[]; /* @rbgen list=subject */ };`,
    "r",
    "it is no member of a struct there",
  ],
  ["a struct without the tag", `${subject} struct r { int x; struct subject s; };`, "r", "no member head.what"],
  [
    "a struct two levels in",
    `${subject.replace("^.", "^.^.")} struct r { struct head head; struct subject s; };`,
    "r",
    "only the struct right around",
  ],
])("a tag around a struct is refused in %s", async (_, text, name, message) => {
  const said = await complaints(headerOf(text), { types: [name] });
  expect(said.filter(({ severity }) => severity === "error").map(({ code }) => code)).toContain("RB4004");
  expect(said.map((each) => each.message).join("\n")).toContain(message);
});

test.each([
  ["grant", "subject"],
  ["subject", "grant"],
])("%s and %s are no records together", async (...types) => {
  const said = await complaints(headerOf(grant), { types });
  expect(said).toMatchObject([{ code: "RB4004", message: expect.stringContaining("on struct subject means nothing") }]);
});

test("a struct with a tag around it that nothing holds is left out, with a warning, where nobody asks for it", async () => {
  const warnings: Diagnostic[] = [];
  const { records } = await load(headerOf(`${subject} struct other { int x; };`), {}, (said) => warnings.push(said));
  expect(records).not.toContain("subject");
  expect(records).toContain("other");
  expect(warnings).toMatchObject([
    {
      code: "RB4004",
      severity: "warning",
      message: expect.stringMatching(/^tag=.* on struct subject .*it is left out$/),
    },
  ]);
  const [asked] = await complaints(headerOf(subject), { types: ["subject"] });
  expect(asked).toMatchObject({ code: "RB4004", severity: "error" });
  const listed = await complaints(headerOf(`${subject} struct r { char l[]; /* @rbgen list=subject */ };`));
  expect(
    listed.map(({ severity }) => severity),
    "what names it has no form for it",
  ).toContain("error");
});
