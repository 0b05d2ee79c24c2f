import type { NamedType } from "@rbgen/btf";
import { expect, test } from "vitest";
import { load } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";
import type { TypeModule } from "../module.ts";
import { lookUp } from "./look-up.ts";

const kernels = t.struct("file", 232, [t.member("f_mode", t.u32, 0)]);
const own = t.typedef("file", t.struct("", 4, [t.member("fd", t.s32, 0)]));

/** A module that holds both, of which it defines `inputs` itself. */
function moduleWith(inputs: readonly NamedType[]): TypeModule {
  const module = t.moduleOf([kernels, own]);
  return {
    ...module,
    types: () => inputs.values(),
    origin: (type) => (inputs.includes(type) ? { kind: "input" } : { kind: "include", file: "vmlinux.h" }),
  };
}

test.each([
  ["struct file", [own], [kernels]],
  ["file", [own], [own]],
  ["file", [kernels], [kernels]],
  ["file", [kernels, own], [own]],
  ["file", [], [own]],
  ["union file", [own], []],
] as const)("%s is what C calls so, the input's own first", (text, inputs, found) => {
  expect(lookUp(moduleWith(inputs), text)).toEqual(found);
});

test("a record by either name is a codec of its own, and a map carries the one that it names", async () => {
  const map = { name: "events", type: "ringbuf", maxEntries: 4096, mapFlags: 0 };
  const module = { ...moduleWith([own]), maps: [map] };
  const sizes = async (types: readonly string[], record: string): Promise<unknown> => {
    const { exports } = await load(module, { types, maps: { events: record } });
    return (exports["maps"] as { events: { codec: { size: number } } }).events.codec.size;
  };
  expect(await sizes(["struct file"], "file")).toBe(4);
  expect(await sizes(["file"], "struct file")).toBe(232);
});
