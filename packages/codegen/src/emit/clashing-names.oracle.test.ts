import { codecsOf } from "@rbgen/testkit/codegen/load-generated";
import { expect, test } from "vitest";
import { load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

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
