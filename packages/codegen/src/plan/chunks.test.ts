import type { Endian } from "@rbgen/btf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chunksOf } from "./chunks.ts";
import type { NodePlan } from "./model.ts";

const field = (cName: string, bitOffset: number, bitSize?: number, endian: Endian = "little"): NodePlan =>
  ({
    kind: "field",
    cName,
    bitOffset,
    shape: { kind: "int", endian },
    ...(bitSize === undefined ? {} : { bitSize }),
  }) as NodePlan;
const shown = (nodes: readonly NodePlan[]): readonly (readonly [number, number, string])[] =>
  chunksOf(nodes).map(({ offset, length, fields }) => [offset, length, fields.map(({ cName }) => cName).join(" ")]);

test("fields that share a byte are read together, and neighbours up to four bytes", () => {
  expect(shown([field("a", 0, 3), field("b", 3, 10), field("c", 16, 8)])).toEqual([[0, 3, "a b c"]]);
  expect(shown([field("a", 0, 32), field("b", 32, 8)])).toEqual([
    [0, 4, "a"],
    [4, 1, "b"],
  ]);
  expect(shown([field("a", 0, 8), field("b", 16, 8)])).toEqual([
    [0, 1, "a"],
    [2, 1, "b"],
  ]);
});

test("neighbours that lie in their bytes from different ends are read apart", () => {
  const nodes = [field("a", 0, 8), field("b", 8, 4, "big"), field("c", 12, 4, "big"), field("d", 16, 8)];
  expect(shown(nodes)).toEqual([
    [0, 1, "a"],
    [1, 1, "b c"],
    [2, 1, "d"],
  ]);
});

test("fields that share bytes stay together where those are more than four", () => {
  expect(shown([field("a", 0, 20), field("b", 20, 30)])).toEqual([[0, 7, "a b"]]);
});

test("other members are none of it, and the order is that of the bytes", () => {
  expect(shown([field("b", 8, 8), field("plain", 16), field("a", 0, 8)])).toEqual([[0, 2, "a b"]]);
  expect(shown([field("plain", 0)])).toEqual([]);
});

test("every bit-field is in one chunk, within its bytes, and no two chunks overlap", () => {
  const widths = fc.array(fc.record({ gap: fc.nat(20), bits: fc.integer({ min: 1, max: 64 }) }), { maxLength: 12 });
  fc.assert(
    fc.property(widths, (list) => {
      let at = 0;
      const nodes = list.map(({ gap, bits }, index) => {
        const node = field(`f${index}`, at + gap, bits);
        at += gap + bits;
        return node;
      });
      const chunks = chunksOf(nodes);
      expect(chunks.flatMap(({ fields }) => fields)).toEqual(nodes);
      let end = 0;
      for (const { offset, length, fields } of chunks) {
        expect(offset).toBeGreaterThanOrEqual(end);
        end = offset + length;
        expect(fields[0]!.bitOffset).toBeGreaterThanOrEqual(8 * offset);
        for (const { bitOffset, bitSize = 0 } of fields) expect(bitOffset + bitSize).toBeLessThanOrEqual(8 * end);
      }
    }),
  );
});
