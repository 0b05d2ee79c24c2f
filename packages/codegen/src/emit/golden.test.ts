import { afterAll, expect, test } from "vitest";
import type { GenerateOptions } from "../generate.ts";
import type { TypeModule } from "../module.ts";
import { load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

// Each golden shows one rule; read it when it changes. They are type-checked together at the end.
interface Golden {
  readonly rule: string;
  readonly module: TypeModule;
  readonly options?: Partial<GenerateOptions>;
}

const tag = (text: string): { tags: string[] } => ({ tags: [`rbgen:${text}`] });
const point = t.struct("point", 8, [t.member("x", t.s32, 0), t.member("y", t.s32, 4)]);
const of = (size: number, ...members: Parameters<typeof t.struct>[2][number][]): TypeModule =>
  t.moduleOf([t.struct("event", size, members)]);

const goldens: readonly Golden[] = [
  {
    rule: "integers",
    module: of(
      32,
      t.member("a", t.u8, 0),
      t.member("b", t.s16, 2),
      t.member("c", t.u32, 4),
      t.member("d", t.s64, 8),
      t.member("e", t.u128, 16),
    ),
  },
  {
    rule: "byte-order",
    module: of(
      16,
      t.member("port", t.typedef("__be16", t.u16), 0),
      t.member("cookies", t.array(t.typedef("__be32", t.u32), 3), 4),
    ),
  },
  {
    rule: "strings-and-bytes",
    module: of(
      32,
      t.member("comm", t.array(t.char, 16), 0),
      t.member("mac", t.array(t.u8, 6), 16),
      t.member("key", t.array(t.char, 8), 22, tag("bytes")),
    ),
  },
  {
    rule: "bit-fields",
    module: of(
      16,
      t.bitField("a", t.u32, 0, 3),
      t.bitField("b", t.s32, 3, 14),
      t.bitField("c", t.u64, 24, 40),
      t.bitField("on", t.bool, 64, 1),
    ),
  },
  { rule: "enum", module: of(4, t.member("state", t.enumeration("state", { OPEN: 1n, CLOSED: 7n }), 0)) },
  {
    rule: "nested",
    module: t.moduleOf([
      point,
      t.struct("event", 24, [t.member("at", point, 0), t.member("path", t.array(point, 2), 8)]),
    ]),
  },
  { rule: "padding", module: of(16, t.member("a", t.u8, 0), t.member("b", t.u64, 8)) },
  {
    rule: "union",
    module: of(8, t.member("", t.union("", 8, [t.member("word", t.u32, 0), t.member("long_word", t.u64, 0)]), 0)),
  },
  {
    rule: "flexible",
    module: of(
      8,
      t.member("len", t.u32, 0),
      t.member("crc", t.u32, 4),
      t.member("data", t.array(t.u8, 0), 8, tag("length=len")),
    ),
  },
  {
    rule: "truncated",
    module: of(264, t.member("ts", t.u64, 0), t.member("path", t.array(t.char, 256), 8, tag("truncated"))),
  },
  { rule: "int64-number", module: of(8, t.member("ts", t.u64, 0)), options: { int64: "number" } },
  {
    rule: "names",
    module: of(
      16,
      t.member("constructor", t.u32, 0),
      t.member("foo_bar", t.u32, 4),
      t.member("fooBar", t.u32, 8),
      t.member("type", t.u32, 12),
    ),
  },
  { rule: "preserve", module: of(8, t.member("ts_ns", t.u64, 0)), options: { case: "preserve" } },
  {
    rule: "tagged-union",
    module: of(
      12,
      t.member("type", t.u32, 0),
      t.member(
        "",
        t.union("", 8, [t.member("open", point, 0, tag("variant=1")), t.member("code", t.u32, 0, tag("variant=2,3"))]),
        4,
        tag("tag=type"),
      ),
    ),
  },
  {
    rule: "tagged-stream",
    module: t.moduleOf([
      t.struct(
        "open_event",
        8,
        [t.member("type", t.u32, 0), t.member("fd", t.s32, 4)],
        tag("record=events;variant=1;tag=type"),
      ),
      t.struct(
        "exit_event",
        8,
        [t.member("type", t.u32, 0), t.member("code", t.s32, 4)],
        tag("record=events;variant=1 << 1"),
      ),
    ]),
  },
];

const files: Record<string, string> = {};

test.each(goldens)("the golden for $rule is what is generated", async ({ rule, module, options }) => {
  const { text } = await load(module, options);
  files[`golden/${rule}.gen.ts`] = text;
  await expect(text).toMatchFileSnapshot(`golden/${rule}.gen.ts`);
});

test("the same input gives the same bytes", async () => {
  const [one, other] = [await load(goldens[0]!.module), await load(goldens[0]!.module)];
  expect(one.text).toBe(other.text);
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
