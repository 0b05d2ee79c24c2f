import { expect, test } from "vitest";
import { headerOf } from "../emit/testing/header.ts";
import { complaints } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";
import { likeliestOf } from "./candidates.ts";

const around = `
  typedef unsigned int u32;
  #define VERDICT_LIMIT 9
  enum color { RED = 1, GREEN = 2 };
  enum verdict { VERDICT_ALLOW = 1, VERDICT_DENY = 2 };
  struct item { u32 a; };
`;

/** Message and hint of the one complaint about a header. */
async function told(text: string, annotations: Readonly<Record<string, readonly string[]>> = {}): Promise<string> {
  const found = await complaints(headerOf(`${around}${text}`), { types: ["r"], annotations });
  expect(found).toHaveLength(1);
  return `${found[0]?.message}: ${found[0]?.hint}`;
}

const note = (text: string): string => `__attribute__((btf_decl_tag("rbgen:${text}")))`;
const arms = "union { u32 x; } u";

test.each([
  [
    "an enum",
    `struct r { u32 f ${note("flags=colr")}; };`,
    'no enum is called colr: did you mean "color"?\ndeclare it there, or include the header that does',
  ],
  [
    "the struct of a list",
    `struct r { u32 n; char l[] ${note("list=itme")} ${note("length=n")}; };`,
    'no struct is called itme, which list=itme names: did you mean "item"?\ndeclare it there, or include the header that does',
  ],
  [
    "an annotation",
    `struct r { u32 f ${note("singed")}; };`,
    /^singed is no annotation: did you mean "signed"\?\nknown are: /,
  ],
  [
    "the member of a length",
    `struct r { u32 pid; char data[] ${note("length=pdi")}; };`,
    'struct r has no member pdi, which length=pdi on data names: did you mean "pid"?\nmembers there: pid, data',
  ],
  [
    "the member that a total counts from",
    `struct r { u32 pid; u32 head; char data[] ${note("length=pid,total=haed")}; };`,
    /has no member haed with a place in bytes, .*: did you mean "head"\?\nmembers there: pid, head, data$/,
  ],
  [
    "the member of lengths",
    `struct r { unsigned char lens[4]; char data[] ${note("lengths=lnes")}; };`,
    /has no member lnes: did you mean "lens"\?\nmembers there: lens, data$/,
  ],
  [
    "the member of a tag",
    `struct r { u32 verdict; ${arms} ${note("tag=verdct")}; };`,
    /^struct r has no member verdct, .*: did you mean "verdict"\?\nmembers there: verdict, x$/,
  ],
  [
    "an enumerator",
    `struct r { u32 verdict; union { u32 x ${note("variant=VERDICT_ALOW")}; } u ${note("tag=verdict")}; };`,
    /^VERDICT_ALOW is neither .*: did you mean "VERDICT_ALLOW".*\?\ndeclare it by an enum or a #define, include the header that does, or write the number$/,
  ],
  [
    "a macro",
    `struct r { u32 verdict; union { u32 x ${note("variant=VERDICT_LIMT")}; } u ${note("tag=verdict")}; };`,
    /^VERDICT_LIMT is neither .*: did you mean "VERDICT_LIMIT"/,
  ],
])("the nearest name is told of %s that is misspelt in a header", async (_, text, expected) => {
  if (typeof expected === "string") expect(await told(text)).toBe(expected);
  else expect(await told(text)).toMatch(expected);
});

test("what a configuration misspells is told alike", async () => {
  expect(await told("struct r { u32 f; };", { "r.f": ["enum=verdit"] })).toBe(
    'no enum is called verdit: did you mean "verdict"?\ndeclare it there, or include the header that does',
  );
});

test("of an object it is told what objects hold", async () => {
  const record = (note: string): ReturnType<typeof t.struct> =>
    t.struct("r", 8, [
      t.member("kind", t.enumeration("verdict", { VERDICT_ALLOW: 1n }), 0),
      t.member("f", t.u32, 4, { tags: [`rbgen:${note}`] }),
    ]);
  const hintOf = async (note: string): Promise<string | undefined> =>
    (
      await complaints(t.moduleOf([record(note), t.enumeration("color", { RED: 1n })], { kind: "btf" }), {
        types: ["r"],
      })
    )[0]?.hint;
  expect(await hintOf("enum=colr")).toBe(
    'did you mean "color"?\nobjects hold the types that their code refers to: declare a variable of it, or give the header',
  );
  expect(await hintOf("enum=wholly_else")).toBe(
    "objects hold the types that their code refers to: declare a variable of it, or give the header",
  );
});

test("a type that is misspelt is not told to be kept by that name", async () => {
  const module = t.moduleOf([t.struct("event", 4, [t.member("a", t.u32, 0)])], { kind: "btf", compiled: true });
  const hintOf = async (name: string): Promise<string | undefined> =>
    (await complaints(module, { types: [name] }))[0]?.hint;
  expect(await hintOf("evnt")).toBe(
    'did you mean "event"?\ncompilers drop types that nothing refers to; keep one with: const struct NAME *unused_NAME __attribute__((unused));',
  );
  expect(await hintOf("dropped")).toContain("keep it with: const struct dropped *unused_dropped ");
});

test("of several near maps the last is told behind an or", async () => {
  const map = (name: string) => ({ name, type: "ringbuf", maxEntries: 4096, mapFlags: 0 });
  const module = t.moduleOf([t.struct("event", 4, [t.member("a", t.u32, 0)])], {
    kind: "btf",
    maps: ["table_1", "table_2", "table_3"].map(map),
  });
  const found = await complaints(module, { maps: { tabel_9: "struct event" } });
  expect(found.find(({ code }) => code === "RB5009")?.hint).toBe('did you mean "table_1", "table_2" or "table_3"?');
});

test("of structs that may be records the one that is called as the map nearly is comes first", () => {
  expect(likeliestOf(["flow", "event"], "events")).toBe("event");
  expect(likeliestOf(["event_head", "events"], "events")).toBe("events");
  expect(likeliestOf(["flow", "verdict"], "events")).toBe("flow");
  expect(likeliestOf([], "events")).toBeUndefined();
});
