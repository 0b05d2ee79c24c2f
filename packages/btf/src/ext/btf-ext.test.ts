import { elfFile } from "@rbgen/testkit/btf/elf-file";
import { mutations } from "@rbgen/testkit/btf/hostile";
import { sampleTypes } from "@rbgen/testkit/btf/sample";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Btf, BtfError, type BtfExt, btfExtOf, type Endian, encodeBtf, parseBtf, parseBtfExt } from "../index.ts";

/** BTF whose strings are the empty one, then that of the parameter's. */
function btfOf(endian: Endian): Btf {
  const texts = ["tp", "a.c", "\tx = 1;", "0:1"];
  const names = texts.map((value) => ({ kind: "type_tag", value, target: { kind: "void" } }) as const);
  return parseBtf(encodeBtf(names, { endian }));
}

/** Offsets of the strings of {@link btfOf}. */
const [tp, file, text, access] = [1, 4, 8, 16];

type Words = readonly number[];

interface Shape {
  readonly functions?: Words;
  readonly lines?: Words;
  readonly relocations?: Words;
  /** Words of the header by their place: 1 is its length. */
  readonly header?: Readonly<Record<number, number>>;
}

/** A `.BTF.ext` of three parts; each starts with the size of its records. */
function ext(endian: Endian, { functions = [], lines = [], relocations = [], header = {} }: Shape): Uint8Array {
  const parts = [functions, lines, relocations];
  const bytes = new Uint8Array(32 + parts.flat().length * 4);
  const view = new DataView(bytes.buffer);
  const little = endian === "little";
  view.setUint16(0, 0xeb9f, little);
  view.setUint8(2, 1);
  let offset = 0;
  const words = [32];
  for (const part of parts) {
    words.push(offset, part.length * 4);
    offset += part.length * 4;
  }
  for (const [i, word] of words.entries()) view.setUint32(4 + i * 4, header[i + 1] ?? word, little);
  for (const [i, word] of parts.flat().entries()) view.setUint32(32 + i * 4, word, little);
  return bytes;
}

const whole: Shape = {
  functions: [8, tp, 2, 0, 1, 16, 2],
  lines: [20, tp, 1, 8, file, text, (7 << 10) | 3, 0xdead],
  relocations: [16, tp, 1, 8, 3, access, 11],
};

function readAll(found: BtfExt): void {
  void [found.functions, found.lines, found.relocations];
}

function codeOf(shape: Shape): string {
  try {
    readAll(parseBtfExt(ext("little", shape), btfOf("little")));
  } catch (error) {
    if (error instanceof BtfError) return error.code;
    throw error;
  }
  return "none";
}

describe(".BTF.ext", () => {
  test.each<Endian>(["little", "big"])(
    "%s-endian gives functions, lines and CO-RE relocations by section",
    (endian) => {
      const found = parseBtfExt(ext(endian, whole), btfOf(endian));
      expect(found.functions).toEqual([
        {
          section: "tp",
          records: [
            { offset: 0, typeId: 1 },
            { offset: 16, typeId: 2 },
          ],
        },
      ]);
      expect(found.lines).toEqual([
        { section: "tp", records: [{ offset: 8, file: "a.c", text: "\tx = 1;", line: 7, column: 3 }] },
      ]);
      expect(found.relocations).toEqual([
        { section: "tp", records: [{ offset: 8, typeId: 3, access: "0:1", kind: "enumval_value" }] },
      ]);
    },
  );

  test("is found in the object that the BTF came from", () => {
    const btf = encodeBtf(sampleTypes, { endian: "big" });
    const bytes = ext("big", { functions: [8] });
    const sections = [{ name: ".BTF", type: 1, bytes: btf }];
    expect(btfExtOf(parseBtf(elfFile(64, false, sections)))).toBeUndefined();
    const object = parseBtf(elfFile(64, false, [...sections, { name: ".BTF.ext", type: 1, bytes }]));
    expect(btfExtOf(object)?.functions).toEqual([]);
    expect(btfExtOf(parseBtf(btf))).toBeUndefined();
  });

  test("of a compiler before CO-RE has no relocations", () => {
    const bytes = ext("little", { functions: whole.functions! });
    const old = new Uint8Array([...bytes.subarray(0, 24), ...bytes.subarray(32)]);
    new DataView(old.buffer).setUint32(4, 24, true);
    const found = parseBtfExt(old, btfOf("little"));
    expect(found.functions[0]?.records).toHaveLength(2);
    expect(found.relocations).toEqual([]);
  });

  test.each<[string, string, Shape]>([
    ["a header beyond the end", "header", { header: { 1: 4096 } }],
    ["a header that is too short", "header", { header: { 1: 16 } }],
    ["functions beyond the end", "bounds", { header: { 3: 4096 } }],
    ["a part that starts between words", "header", { ...whole, header: { 4: 3 } }],
    ["records that are too small", "header", { functions: [4, tp, 1, 0, 1] }],
    ["records that are no words", "header", { functions: [9, tp, 1, 0, 1, 0] }],
    ["more records than there are bytes", "bounds", { functions: [8, tp, 0xffff_ffff, 0, 1] }],
    ["a section of no records", "bounds", { functions: [8, tp, 0] }],
    ["a section that ends early", "bounds", { functions: [8, tp] }],
    ["a section's name outside of the strings", "string", { functions: [8, 999, 1, 0, 1] }],
    ["a place inside of an instruction", "bounds", { functions: [8, tp, 1, 4, 1] }],
    ["a type that is none", "type-id", { functions: [8, tp, 1, 0, 99] }],
    ["a file's name outside of the strings", "string", { lines: [16, tp, 1, 0, 999, text, 0] }],
    ["a kind of the future", "kind", { relocations: [16, tp, 1, 0, 1, access, 13] }],
    ["an access outside of the strings", "string", { relocations: [16, tp, 1, 0, 1, 999, 0] }],
  ])("with %s is refused", (_, code, shape) => {
    expect(codeOf(shape)).toBe(code);
  });

  test("in the other byte order than its BTF is refused", () => {
    expect(() => parseBtfExt(ext("big", whole), btfOf("little"))).toThrow(/other byte order/);
  });

  test("changed or cut off is read or refused, never thrown at", () => {
    const btf = btfOf("little");
    const bytes = ext("little", whole);
    const read = (changed: Uint8Array): void => {
      try {
        readAll(parseBtfExt(changed, btf));
      } catch (error) {
        expect(error).toBeInstanceOf(BtfError);
      }
    };
    for (let length = 0; length < bytes.length; length++) read(bytes.slice(0, length));
    fc.assert(
      fc.property(mutations, (mutate) => read(mutate(bytes))),
      { numRuns: 3_000 },
    );
  });
});
