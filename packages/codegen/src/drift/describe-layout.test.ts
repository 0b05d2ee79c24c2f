import type { Int } from "@rbgen/btf";
import { expect, test } from "vitest";
import { load } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";
import { hashLayout } from "../plan/layout.ts";
import { describeLayout } from "./describe-layout.ts";

const options = { endian: "little", pointerSize: 8 } as const;

test("a type is described as the codec that is generated for it describes itself, annotations or not", async () => {
  const inner = t.struct("inner", 8, [t.member("a", t.u32, 0), t.member("b", t.array(t.s16, 2), 4)]);
  const record = t.struct("event", 48, [
    t.member("len", t.u64, 0, { tags: ["rbgen:int64=number"] }),
    t.member("items", t.array(t.array(inner, 2), 2), 8),
    t.bitField("flag", t.u32, 320, 3),
    t.member("data", t.array(t.u8, 4), 44, { tags: ["rbgen:length=len;string"] }),
  ]);
  const { codec } = await load(t.moduleOf([inner, record]));
  const { layout, hash } = describeLayout(record, options);
  const plain = describeLayout({ ...record, members: record.members.map(({ tags: _, ...member }) => member) }, options);
  expect(plain.layout).toEqual(layout);
  expect(codec("event").layout).toEqual(layout);
  expect([hash, codec("event").layoutHash]).toEqual([plain.hash, plain.hash]);
});

test("compilers' spellings, dimensions and the sign of char make no difference", () => {
  const event = (extra: { long: Int; char: Int; flat: boolean }) =>
    t.struct("event", 40, [
      t.member("ts", extra.long, 0),
      t.member("m", extra.flat ? t.array(t.u16, 6) : t.array(t.array(t.u16, 3), 2), 8),
      t.member("comm", t.array(extra.char, 16), 20),
    ]);
  const one = describeLayout(event({ long: t.u64, char: t.char, flat: true }), options);
  const other = describeLayout(
    event({ long: t.int("long unsigned int", 8, false), char: { ...t.char, signed: false }, flat: false }),
    options,
  );
  expect(one).toEqual(other);
});

test("the hash is FNV-1a of the canonical text, and changes with every part of a leaf", () => {
  const leaf = { path: "a", bitOffset: 0, bitSize: 8, class: "unsigned" } as const;
  const layout = { name: "x", size: 1, endian: "little", leaves: [leaf] } as const;
  let expected = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode("1 little\na 0 8 unsigned   ")) {
    expected = BigInt.asUintN(64, (expected ^ BigInt(byte)) * 0x100000001b3n);
  }
  expect(hashLayout(layout)).toBe(expected.toString(16).padStart(16, "0"));
  const variants = [
    layout,
    { ...layout, size: 2 },
    { ...layout, endian: "big" },
    ...[
      { path: "b" },
      { bitOffset: 1 },
      { bitSize: 16 },
      { class: "signed" },
      { count: 1 },
      { stride: 8 },
      { endian: "big" },
      { values: { A: "1" } },
    ].map((part) => ({ ...layout, leaves: [{ ...leaf, ...part }] })),
  ] as (typeof layout)[];
  expect(new Set(variants.map(hashLayout)).size).toBe(variants.length);
});
