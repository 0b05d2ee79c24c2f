import { codecsOf } from "@rbgen/testkit/codegen/load-generated";
import { expect, test } from "vitest";
import { runtimeNames } from "./runtime-names.ts";
import { load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

/** Names of the runtime as a header may use them, `told_apart` for `toldApart`; without what clashes with each other or is a word. */
const ofRuntime = runtimeNames
  .map((name) => name.replace(/(?<=[a-z\d])(?=[A-Z])/g, "_").toLowerCase())
  .filter((name) => !["strings_length", "uint64"].includes(name));

const tag = (text: string): { tags: string[] } => ({ tags: [`rbgen:${text}`] });

/** Words of TypeScript, names of the runtime, of locals and of members, as a header may use them. */
const words =
  `keyof unique readonly infer is asserts satisfies constructor unknown view offset value length count index end told
at blob byte data result kind path bits0 checkFit blobLength withKind type never any lease item byteLength error target i get
set of async`.split(/\s+/);

test.each(["camel", "preserve"] as const)(
  "what a header calls its structs, members and arms clashes with nothing (%s)",
  async (nameCase) => {
    const located = t.struct("located", 4 * words.length, [
      ...words.map((name, index) => t.member(name, t.u32, 4 * index, tag("dataloc"))),
    ]);
    const counted = words.map((name, index) =>
      t.struct(`${name}_s`, 4, [t.member("n", t.u32, 0), t.member(name, t.array(t.u16, 0), 4, tag("length=n"))], {
        tags: [`rbgen:record=ring;variant=${index};tag=n`],
      }),
    );
    const structs = words.map((name) => t.struct(name, 4, [t.member(name, t.u32, 0)]));
    const enums = words.map((name) => t.enumeration(`${name}`, { [name.toUpperCase()]: 1n }));
    const told = t.struct("told_apart", 8, [
      t.member("type", t.u32, 0),
      t.member(
        "",
        t.union(
          "",
          4,
          words.map((name, index) => t.member(name, t.u32, 0, tag(`variant=${index}`))),
        ),
        4,
        tag("tag=type"),
      ),
    ]);
    const { text, exports } = await load(t.moduleOf([located, ...counted, ...structs, told]), {
      all: true,
      case: nameCase,
      columns: true,
    });
    const others = await load(t.moduleOf(enums), { all: true, case: nameCase });
    expect(typeCheck({ [`words-${nameCase}.gen.ts`]: text, [`enums-${nameCase}.gen.ts`]: others.text })).toEqual({
      oldest: [],
      own: [],
    });
    const apart = codecsOf(exports).get("told_apart");
    if (apart === undefined) throw new Error("the record has no codec");
    const unknown = words.indexOf("unknown");
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(0, unknown, true);
    expect(apart.decode(view)).toMatchObject({ kind_: "unknown" });
    view.setUint32(0, 1000, true);
    expect(apart.decode(view)).toMatchObject({ kind_: "unknown_" });
  },
  120_000,
);

test.each(["camel", "preserve"] as const)(
  "a record that is called as what the file imports keeps its name (%s)",
  async (nameCase) => {
    const names = [...new Set<string>(nameCase === "camel" ? ofRuntime : runtimeNames)].filter(
      (name) => name !== "bigint",
    );
    const asked = names.map((name) => t.struct(name, 4, [t.member("x", t.u32, 0)]));
    const item = t.struct("item", 1, [t.member("l", t.u8, 0), t.member("s", t.array(t.char, 0), 1, tag("length=l"))]);
    const rich = t.struct("rich", 24, [
      t.bitField("a", t.s32, 0, 3),
      t.bitField("b", t.bool, 3, 1),
      t.member("wide", t.s64, 8),
      t.member("comm", t.array(t.char, 4), 16),
      t.member("n", t.u32, 20),
      t.member("items", t.array(t.u8, 0), 24, tag("list=item;length=n")),
    ]);
    const { text, exports } = await load(t.moduleOf([rich, item, ...asked]), { all: true, case: nameCase });
    expect(typeCheck({ [`runtime-${nameCase}.gen.ts`]: text })).toEqual({ oldest: [], own: [] });
    const own = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const codecs = names.map((name) => (nameCase === "camel" ? own(name) : name));
    expect(codecs.filter((name) => !(name in exports))).toEqual([]);
    const codec = codecsOf(exports).get("rich");
    const value = { a: -2, b: true, wide: -1n, comm: "sh", n: 3, items: [{ l: 2, s: "ab" }] };
    expect(codec?.decode(codec.toBytes(value))).toEqual(value);
  },
  120_000,
);
