import { bytes, type Datasec } from "@rbgen/btf";
import { expect, test } from "vitest";
import { load } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";

const point = t.struct("point", 4, [t.member("x", t.u32, 0)]);

function section(name: string): Datasec {
  const variable = { kind: "var", name: "hits", type: t.u32, linkage: "global" } as const;
  return { kind: "datasec", name, size: bytes(4), variables: [{ variable, offset: bytes(0), size: bytes(4) }] };
}

const program = { name: "count", section: "tracepoint/sched/sched_switch" };

test.each([
  [".bss", true],
  [".data", true],
  [".data.hot", true],
  [".rodata", true],
  [".rodata.str1.1", false],
  [".database", false],
])("variables of an object's %s get codecs: %s", async (name, given) => {
  const module = t.moduleOf([point], { kind: "btf", sections: [section(name)], programs: [program] });
  expect((await load(module, { types: ["point"] })).text.includes("hits")).toBe(given);
});

test("the pointer of RB_RECORD is no variable, and any other pointer is", async () => {
  const pointer = (name: string, tags: readonly string[]) =>
    ({ kind: "var", name, type: { kind: "ptr", target: point }, linkage: "global", tags }) as const;
  const sections = [
    t.sectionOf(".bss", [
      pointer("rbgen_record_events_7", ["rbgen:record=events"]),
      pointer("last", ["other:record=events"]),
      { kind: "var", name: "hits", type: t.u32, linkage: "global" },
    ]),
  ];
  const module = t.moduleOf([point], { kind: "btf", sections, programs: [program] });
  const { exports } = await load(module);
  expect(exports["variables"]).toMatchObject({ last: { offset: 8 }, hits: { offset: 16 } });
  expect(Object.keys(exports["variables"] as object)).toEqual(["last", "hits"]);
});

test.each([
  ["on_exec.____fmt", false],
  ["on_exec.___fmt.4", false],
  ["fmt", true],
  ["on_exec.format", true],
])("the variable %s is given: %s", async (name, given) => {
  const variable = { kind: "var", name, type: t.u32, linkage: "static" } as const;
  const module = t.moduleOf([point], {
    kind: "btf",
    sections: [t.sectionOf(".rodata", [variable])],
    programs: [program],
  });
  const { exports } = await load(module, { types: ["point"] });
  expect(Object.keys((exports["variables"] ?? {}) as object)).toHaveLength(given ? 1 : 0);
});

test("BTF without maps and programs, such as the kernel's, gives the types that were asked for and no variables", async () => {
  const module = t.moduleOf([point], { kind: "btf", sections: [section(".data..percpu")] });
  expect((await load(module, { types: ["point"] })).text).not.toContain("hits");
});
