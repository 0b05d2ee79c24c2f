import type { Struct } from "@rbgen/btf";
import { afterAll, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { complaints, load } from "../emit/testing/load.ts";
import { typeCheck } from "../emit/testing/type-check.ts";
import * as t from "../emit/testing/types.ts";
import type { MapDefinition, TypeModule } from "../module.ts";

const event = t.struct("event", 4, [t.member("x", t.u32, 0)]);
const flow = t.struct("flow", 8, [t.member("saddr", t.u32, 0), t.member("port", t.u16, 4)]);
const totals = t.typedef("totals_t", t.struct("", 16, [t.member("packets", t.u64, 0), t.member("bytes", t.u64, 8)]));
const state = t.enumeration("state", { OPEN: 1n, CLOSED: 7n });
const word = t.typedef("__u32", t.u32);

function mapOf(name: string, type: string, parts: Pick<MapDefinition, "key" | "value"> = {}): MapDefinition {
  return { name, type, maxEntries: 8, mapFlags: 0, ...parts };
}

function moduleOf(...maps: readonly MapDefinition[]): TypeModule {
  return t.moduleOf([event], { kind: "btf", maps });
}

const files: Record<string, string> = {};

test("keys and values have the codecs of their structs, which records share, and of their scalars", async () => {
  const module = moduleOf(
    { ...mapOf("events", "ringbuf"), tags: ["rbgen:record=event"] },
    mapOf("flows", "hash", { key: flow, value: totals }),
    mapOf("last", "lru_hash", { key: flow, value: event }),
    mapOf("counts", "percpu_hash", { key: word, value: t.u64 }),
    mapOf("others", "hash", { key: word, value: state }),
    mapOf("names", "array", { key: word, value: t.array(t.char, 16) }),
    mapOf("pairs", "percpu_array", { key: word, value: t.struct("", 8, [t.member("a", t.u32, 0)]) }),
  );
  const { text, exports, codec } = await load(module, { types: ["event"] });
  files["elements.gen.ts"] = text;
  const maps = exports["maps"] as Record<string, unknown>;
  const described = (type: string, name: string) => ({ name, type, maxEntries: 8, mapFlags: 0 });
  expect(maps["flows"]).toEqual({
    ...described("hash", "flows"),
    keyCodec: codec("flow"),
    valueCodec: codec("totalsT"),
  });
  expect(maps["last"]).toMatchObject({ keyCodec: codec("flow"), valueCodec: codec("event") });
  expect(maps["counts"]).toMatchObject({ keyCodec: codec("u32"), valueCodec: codec("unsignedLongLong") });
  expect(maps["others"]).toMatchObject({ keyCodec: codec("u32"), valueCodec: codec("othersValue") });
  expect(maps["names"]).toEqual({ ...described("array", "names"), valueCodec: codec("namesValue") });
  expect(maps["pairs"]).toMatchObject({ valueCodec: codec("pairsValue") });
  expect(codec("namesValue").decode(codec("namesValue").toBytes("sshd"))).toBe("sshd");
});

test("their types are inferred of the descriptor", async () => {
  files["elements-used.ts"] = `
import type { ElementInput, ElementOf, KeyInput } from "@rbgen/runtime";
import { maps, State } from "./elements.gen.ts";

type Maps = typeof maps;
export const key: ElementOf<Maps["flows"]["keyCodec"]> = { saddr: 1, port: 2 };
export const given: KeyInput<Maps["flows"]["keyCodec"]> = { port: 2 };
export const total: bigint = (undefined as unknown as ElementOf<Maps["flows"]["valueCodec"]>).packets;
export const count: ElementOf<Maps["counts"]["valueCodec"]> = 1n;
export const counted: ElementInput<Maps["counts"]["valueCodec"]> = 1;
export const state: ElementOf<Maps["others"]["valueCodec"]> = State.OPEN;
export const name: ElementOf<Maps["names"]["valueCodec"]> = "sshd";
export const bytes: ElementOf<undefined> = new Uint8Array(4);
export const number: KeyInput<undefined> = 4;
// @ts-expect-error a count is no text
export const wrong: ElementInput<Maps["counts"]["valueCodec"]> = "one";
`;
});

test("a definition that gives sizes alone has a descriptor of bytes", async () => {
  const { text, exports } = await load(moduleOf(mapOf("raw", "lpm_trie"), mapOf("slots", "array")), {
    types: ["event"],
  });
  expect(exports["maps"]).toMatchObject({
    raw: { type: "lpm_trie", keyCodec: undefined, valueCodec: undefined },
    slots: { type: "array", valueCodec: undefined },
  });
  expect(text).toContain("/** `raw`: lpm_trie, 8 entries, from bytes to bytes. */");
});

test("a type that is refused leaves bytes and nothing else of it, which RB4012 tells", async () => {
  const inner = t.struct("inner", 4, [t.member("x", t.u32, 0)]);
  const odd = t.struct("odd", 8, [
    t.member("inner", inner, 0),
    t.member("ratio", { kind: "float", name: "odd_float", size: 3 } as never, 4),
  ]);
  const told: Diagnostic[] = [];
  const module = moduleOf(mapOf("odds", "hash", { key: word, value: odd }));
  const { exports, codec, text } = await load(module, { types: ["event"] }, (one) => told.push(one));
  expect(told).toEqual([
    expect.objectContaining({
      code: "RB4012",
      severity: "warning",
      message: expect.stringMatching(
        /^values of map "odds" are bytes in its descriptor: .*3 bytes, which no floating-point number has/,
      ),
    }),
  ]);
  expect(exports["maps"]).toMatchObject({ odds: { keyCodec: codec("u32"), valueCodec: undefined } });
  expect(text).not.toContain("Inner");
});

test.each([
  ["a member's", { tags: ["rbgen:nonsense"] }, {}],
  ["one of the configuration's", {}, { annotations: { "part.x": ["nonsense"] } }],
] as const)(
  "an annotation that is none, %s, is an error of keys and values too, which is told once",
  async (_, told, options) => {
    const part = t.struct("part", 4, [t.member("x", t.u32, 0, told)]);
    const holder = (name: string): Struct => t.struct(name, 4, [t.member("part", part, 0)]);
    const module = moduleOf(
      mapOf("first", "hash", { key: part, value: holder("one") }),
      mapOf("second", "hash", { key: holder("two"), value: part }),
    );
    expect(await complaints(module, { types: ["event"], ...options })).toEqual([
      expect.objectContaining({
        code: "RB4004",
        severity: "error",
        message: expect.stringMatching(/^nonsense is no annotation/),
        at: expect.stringMatching(/: part\.x$/),
      }),
    ]);
  },
);

test("an object without rings, whose structs are keys and values, has nothing to ask for", async () => {
  const module = t.moduleOf([flow], { kind: "btf", maps: [mapOf("flows", "hash", { key: flow, value: word })] });
  const { records, codec } = await load(module);
  expect([records, codec("flow").size]).toEqual([[], 8]);
});

test("names that records and variables have stay theirs", async () => {
  const own = t.struct("flow", 4, [t.member("other", t.u32, 0)], { id: 77 as never });
  const module = t.moduleOf([own], { kind: "btf", maps: [mapOf("flows", "hash", { key: flow, value: word })] });
  const { codec } = await load(module, { types: ["flow"] });
  expect([codec("flow").size, codec("flow_").size]).toEqual([4, 8]);
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
