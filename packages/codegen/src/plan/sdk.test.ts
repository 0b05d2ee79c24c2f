import { expect, test } from "vitest";
import { load } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";

const event = t.struct("event", 4, [t.member("x", t.u32, 0)]);
const inner = (type: string) => ({ name: "inner", type, maxEntries: 4096, mapFlags: 0 });
const outer = (type: string, held?: string) => ({
  ...{ name: "outer", type, maxEntries: 8, mapFlags: 0 },
  ...(held === undefined ? {} : { inner: inner(held) }),
});

test.each([
  ["array_of_maps", "ringbuf", true],
  ["hash_of_maps", "user_ringbuf", true],
  ["hash_of_maps", "perf_event_array", true],
  ["array_of_maps", "hash", false],
  ["array_of_maps", undefined, false],
  ["queue", "ringbuf", false],
])("a map of type %s that holds %s has a descriptor: %s", async (type, held, given) => {
  const module = t.moduleOf([event], { kind: "btf", maps: [outer(type, held)] });
  const loaded = await load(module, { types: ["event"], maps: given ? { outer: "event" } : {} });
  expect(loaded.text.includes("outer")).toBe(given);
});
