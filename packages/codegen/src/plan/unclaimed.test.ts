import { expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { complaints, load } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";

const tags = (...texts: string[]) => ({ tags: texts.map((text) => `rbgen:${text}`) });
const kinds = t.enumeration("kind", { EXEC: 1n, OPEN: 2n, EXIT: 3n });

/** A variant of `ring`: the tag at its start, and nothing else. */
function variant(name: string, ring: string, value: string, tag: t.Target = kinds) {
  return t.struct(name, 4, [t.member("kind", tag, 0, tags("tag"))], tags(`record=${ring}`, `variant=${value}`));
}

const told = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ code, message }) => [code, message]);

test("enumerators of a ring's tag that no variant claims are warned about, with what keeps a struct", async () => {
  const types = [kinds, variant("open", "events", "OPEN")];
  const [warning, ...others] = await complaints(t.moduleOf(types, { kind: "btf" }));
  expect(others).toEqual([]);
  expect(warning).toMatchObject({
    code: "RB4007",
    severity: "warning",
    at: "test.h: kind",
    message: 'EXEC, EXIT of enum kind have no variant in events: such records are read as "unknown"',
    hint: expect.stringMatching(/RB_VARIANT\(EXEC\)\n.*RB_RECORD\(events, struct …\);/u),
  });
  const [header] = await complaints(t.moduleOf(types));
  expect(header?.hint).toBe("say which struct EXEC means: RB_VARIANT(EXEC)");
});

test("rings that share an enum claim its enumerators together, by value", async () => {
  const both = [variant("open", "files", "OPEN,1"), variant("exit", "tasks", "3")];
  expect(await complaints(t.moduleOf([kinds, ...both], { kind: "btf" }))).toEqual([]);
  const one = [variant("open", "files", "OPEN"), variant("exit", "tasks", "3")];
  expect(told(await complaints(t.moduleOf([kinds, ...one], { kind: "btf" })))).toEqual([
    ["RB4007", 'EXEC of enum kind has no variant in files or tasks: such records are read as "unknown"'],
  ]);
});

test("a long list of enumerators is cut", async () => {
  const many = t.enumeration(
    "",
    Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`K${index}`, BigInt(index)])),
  );
  const typedef = t.typedef("kind_t", many);
  const [warning] = await complaints(t.moduleOf([typedef, variant("open", "events", "0", typedef)]));
  expect(warning?.message).toMatch(/^K1, K2, .*, K10, and 2 more of kind_t have no variant/u);
});

test.each(["KIND_MAX", "KIND_UNSPEC", "KIND_NR", "KIND_COUNT", "__KIND_LAST", "kind_max"])(
  "the sentinel %s needs no variant",
  async (name) => {
    const tag = t.enumeration("kind", { OPEN: 1n, [name]: 2n });
    expect(await complaints(t.moduleOf([tag, variant("open", "events", "OPEN", tag)], { kind: "btf" }))).toEqual([]);
  },
);

test("a tag that is no enum, and an enum that is no tag, need no variants", async () => {
  const record = t.struct("event", 4, [t.member("state", kinds, 0)]);
  const types = [kinds, record, variant("open", "events", "1", t.u32)];
  expect(await complaints(t.moduleOf(types))).toEqual([]);
});

test("a struct that names its ring is a variant of it beside one that a pointer ties to it", async () => {
  const [exec, open] = [variant("exec", "events", "EXEC"), variant("open", "events", "OPEN,EXIT")];
  const pointer = t.sectionOf(".bss", [
    { kind: "var", name: "anchor", type: { kind: "ptr", target: open }, linkage: "global", ...tags("record=events") },
  ]);
  const module = t.moduleOf([kinds, exec, open], { kind: "btf", sections: [pointer] });
  const { codec } = await load(module);
  const kindOf = (tag: number) => codec("events").decode(new DataView(Uint8Array.of(tag, 0, 0, 0).buffer));
  expect([kindOf(1), kindOf(2)]).toEqual([
    { $kind: "exec", kind: 1 },
    { $kind: "open", kind: 2 },
  ]);
  const settled = await complaints(module, { maps: { events: "open" } });
  expect(told(settled)).toEqual([["RB4007", expect.stringContaining("EXEC of enum kind has no variant in events")]]);
});
