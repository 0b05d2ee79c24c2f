import * as printer from "ts-morph";
import { expect, test } from "vitest";
import { recordParts } from "../emit/record-part.ts";
import { sourceFile } from "../emit/source-file.ts";
import { contained } from "../emit/testing/contained.ts";
import { overlaid } from "../emit/testing/overlaid.ts";
import * as t from "../emit/testing/types.ts";
import type { TypeModule } from "../module.ts";
import { Annotations } from "./annotations.ts";
import type { CompositePlan } from "./model.ts";
import { type PlannedRecords, planRecords } from "./records.ts";
import { selectTypes } from "./select.ts";

const tag = (text: string): { tags: string[] } => ({ tags: [`rbgen:${text}`] });

function planned(module: TypeModule): PlannedRecords {
  const fail = (error: unknown): never => {
    throw error;
  };
  const selection = selectTypes(module, { types: [], all: true, maps: {} }, fail);
  return planRecords(module, selection, [], {
    endian: "little",
    int64: "bigint",
    typedArrays: false,
    case: "camel",
    annotations: new Annotations(undefined),
    maps: new Map(),
    sections: [],
    tags: new Map(),
    settled: new Set(),
    fail,
    untyped: () => {},
    warn: () => {},
  });
}

function composite(name: string, ...types: Parameters<typeof t.moduleOf>[0]): CompositePlan {
  const found = planned(t.moduleOf(types)).plan.composites.find(({ cName }) => cName === name);
  if (found === undefined) throw new Error(`${name} is not planned`);
  return found;
}

const bytes = t.array(t.u8, 0);
const counted = t.struct("counted", 4, [t.member("len", t.u32, 0), t.member("data", bytes, 4, tag("length=len"))]);
const open = t.struct("open", 4, [t.member("id", t.u32, 0), t.member("data", bytes, 4)]);

test("a struct of fixed members is as long as C says", () => {
  const { extent } = composite("pair", t.struct("pair", 8, [t.member("a", t.u32, 0), t.member("b", t.u32, 4)]));
  expect(extent).toEqual({
    ending: { kind: "fixed" },
    chained: false,
    minByteLength: 8,
    fixedEnd: 8,
    endsOpen: false,
    hasLength: false,
    readsToEnd: false,
    endsTruncated: false,
    endsClamped: false,
    overlying: [],
    overlies: false,
  });
});

test("a struct ends in its flexible array, or in the struct that does, and a sample may lack both", () => {
  const holder = t.struct("holder", 8, [t.member("id", t.u32, 0), t.member("inner", open, 4)]);
  const { extent, nodes } = composite("holder", open, holder);
  expect(extent.ending).toEqual({ kind: "tail", tail: nodes.at(-1) });
  expect(extent).toMatchObject({ minByteLength: 8, fixedEnd: 8, endsOpen: true, hasLength: true, overlies: false });
  expect(nodes.map((node) => node.kind === "field" && node.reachesEnd)).toEqual([false, true]);
});

test("elements that a length counts lie over what follows the struct, and over nothing where bytes end the record", () => {
  const holder = t.struct("holder", 8, [t.member("inner", counted, 0), t.member("id", t.u32, 4)]);
  const { extent } = composite("holder", counted, holder);
  expect(extent).toMatchObject({ ending: { kind: "fixed" }, minByteLength: 8, hasLength: true, overlies: true });
  expect(extent.overlying.map(({ cName }) => cName)).toEqual(["inner"]);
  const located = t.struct("located", 12, [
    t.member("inner", counted, 0),
    t.member("name", t.u32, 4, tag("dataloc")),
    t.member("id", t.u32, 8),
  ]);
  const beside = composite("located", counted, located);
  expect(beside.extent).toMatchObject({ overlying: [], overlies: false, minByteLength: 12 });
  expect(beside.extent.ending.tail).toMatchObject({ bitOffset: 96, hidden: true, variable: { kind: "blob" } });
});

test("a union that nothing tells apart is as long as what ends its arms; in the middle it bounds them", () => {
  const arms = t.union("", 8, [t.member("raw", t.u64, 0), t.member("text", open, 0)]);
  const last = composite("last", open, t.struct("last", 16, [t.member("id", t.u32, 0), t.member("", arms, 8)]));
  expect(last.extent).toMatchObject({ minByteLength: 16, fixedEnd: 8, endsOpen: true });
  expect(last.extent.ending.kind === "arms" && last.extent.ending.tails.map(({ cName }) => cName)).toEqual(["text"]);
  const middle = composite("middle", open, t.struct("middle", 16, [t.member("", arms, 0), t.member("id", t.u32, 8)]));
  expect(middle.extent).toMatchObject({ ending: { kind: "fixed" }, hasLength: false });
  const [union] = middle.nodes;
  expect(union?.kind === "union" && union.arms[1]).toMatchObject([{ cName: "text", room: 8, fixed: 8 }]);
});

/** Freezes a plan, and all that it is made of. */
function frozen<Value>(value: Value, seen = new Set<unknown>()): Value {
  if (typeof value !== "object" || value === null || seen.has(value)) return value;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) frozen(Reflect.get(value, key), seen);
  if (value instanceof Map) for (const entry of value) frozen(entry, seen);
  return Object.freeze(value);
}

test.each([
  ["contained", contained],
  ["overlaid", overlaid],
])("what is emitted of %s structs is read of the plan, which no emitter changes", (_, module) => {
  const text = ({ plan, scope }: PlannedRecords): string =>
    sourceFile(
      plan,
      {
        ...{ scope, constants: [], preamble: [] },
        sdk: { maps: [], programs: [], variables: [] },
        recordParts: new Set(recordParts),
      },
      printer,
    );
  const { plan, scope, ...rest } = planned(module);
  expect(text({ plan: frozen(plan), scope, ...rest })).toBe(text(planned(module)));
});
