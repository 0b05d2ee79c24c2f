import { expect, test } from "vitest";
import { Annotations, parseAnnotations } from "./annotations.ts";

test.each([
  ["record", { kind: "record" }],
  ["record=events", { kind: "record", map: "events" }],
  ["variant=1 << 3, EV_X", { kind: "variant", values: ["1 << 3", "EV_X"] }],
  ["length=hdr.len,total", { kind: "length", member: "hdr.len", unit: "total" }],
  ["length=len", { kind: "length", member: "len", unit: "elements" }],
  ["list=struct attr,align=4", { kind: "list", items: ["attr"], align: 4 }],
  ["list=struct a | b", { kind: "list", items: ["a", "b"], align: 1 }],
  ["tag", { kind: "tag" }],
  ["tag=", { kind: "tag" }],
  ["tag=hdr.kind", { kind: "tag", path: "hdr.kind" }],
  ["dataloc", { kind: "dataloc", text: false }],
  ["dataloc=len", { kind: "dataloc", length: "len", text: false }],
  ["dataloc=from=blob", { kind: "dataloc", from: "blob", text: false }],
  ["dataloc=len,from=blob,string", { kind: "dataloc", length: "len", from: "blob", text: true }],
  ["dataloc=string", { kind: "dataloc", text: true }],
  ["dataloc=string,string", { kind: "dataloc", length: "string", text: true }],
  ["dataloc=string,from=blob,string", { kind: "dataloc", length: "string", from: "blob", text: true }],
  ["endian=big", { kind: "endian", order: "big" }],
  ["enum=enum kind", { kind: "enum", name: "kind" }],
  ["skip", { kind: "skip" }],
  ["name=processId", { kind: "name", name: "processId" }],
  ["int64=ktime", { kind: "int64", policy: "ktime" }],
])("rbgen:%s is understood", (text, annotation) => {
  expect(parseAnnotations([`rbgen:${text}`, "other:thing"])).toStrictEqual([annotation]);
});

test.each([
  ["lenght=len", "lenght is no annotation"],
  ["bytes=4", "takes no value"],
  ["length", "needs a value"],
  ["length=len,words", "is not length=MEMBER"],
  ["int64=int", "int64 is bigint, number or ktime, not int"],
  ["endian=middle", "endian is big or little, not middle"],
  ["name=a-b", "name=a-b is no identifier"],
  ["name=", "needs a value"],
  ["enum", "needs a value"],
  ["signed=1", "takes no value"],
  ["list=attr,align=0", "is not list=STRUCT"],
  ["dataloc=a,b", "is not dataloc"],
  ["variant=", "needs a value"],
])("rbgen:%s is refused", (text, message) => {
  expect(() => parseAnnotations([`rbgen:${text}`])).toThrow(message);
});

test("the configuration wins over the source, kind by kind, and tells what it did not meet", () => {
  const annotations = new Annotations({ "event.data": ["length=other"], "evnet.data": ["bytes"] });
  expect(annotations.ofMember("event", "data", ["rbgen:length=len;bytes"])).toEqual([
    { kind: "length", member: "other", unit: "elements" },
    { kind: "bytes" },
  ]);
  expect(annotations.unused()).toEqual([{ key: "evnet.data", meant: 'did you mean "event.data"?' }]);
});

test("a wrong annotation of the configuration is told as the configuration's", () => {
  const annotations = new Annotations({ "event.data": ["byte"] });
  expect(() => annotations.ofMember("event", "data", [])).toThrow(
    'byte is no annotation (annotations["event.data"] of the configuration)',
  );
});

test("an annotation where it means nothing is refused", () => {
  expect(() => new Annotations().ofType("event", ["rbgen:bytes"])).toThrow("bytes does not go on a type (event)");
  expect(() => new Annotations().ofMember("event", "a", ["rbgen:record"])).toThrow(
    "record does not go on a member (event.a)",
  );
});

test("what is told twice, differently, is refused, and the same again is not", () => {
  const annotations = new Annotations({ "b.v": ["length=m"] });
  const both = ["rbgen:length=n", "rbgen:length=n,clamp"];
  expect(() => annotations.ofMember("a", "v", both)).toThrow("a.v is told length twice, differently");
  expect(() => annotations.ofType("a", ["rbgen:record=one", "rbgen:record=two"])).toThrow("a is told record twice");
  expect(annotations.ofMember("a", "v", ["rbgen:length=n", "rbgen:length=n"])).toHaveLength(2);
  expect(annotations.ofMember("b", "v", both)).toMatchObject([{ kind: "length", member: "m" }]);
});
