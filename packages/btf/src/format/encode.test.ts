import { sampleTypes } from "@rbgen/testkit/btf/sample";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bits, bytes, encodeBtf, type Int, parseBtf, type Type } from "../index.ts";

const int: Int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };

describe("writing BTF", () => {
  test("what is written and read again is written the same", () => {
    const once = encodeBtf(sampleTypes, { endian: "little" });
    expect(encodeBtf(parseBtf(once).types(), { endian: "little" })).toEqual(once);
  });

  test("each text is written once", () => {
    const written = encodeBtf([int, { kind: "typedef", name: "int", target: int }], { endian: "little" });
    expect(new TextDecoder().decode(written).match(/int/g)).toHaveLength(1);
  });

  test("a name that the base has is found in a split file, too", () => {
    const base = parseBtf(encodeBtf([int, { kind: "typedef", name: "shared_t", target: int }], { endian: "little" }));
    const [shared] = base.find("shared_t");
    const own: Type = {
      kind: "struct",
      name: "shared_t",
      size: bytes(4),
      members: [{ name: "x", type: shared!, bitOffset: bits(0) }],
    };
    const written = encodeBtf([own, { kind: "typedef", name: "own_t", target: own }], { endian: "little", base });
    const split = parseBtf(written, { base });
    expect(split.find("shared_t").map(({ kind }) => kind)).toContain("struct");
    expect(split.find("own_t")).toHaveLength(1);
    expect(split.find("shared")).toHaveLength(0);
    expect(split.find("shared_t2")).toHaveLength(0);
  });

  test.each<[string, Type]>([
    [
      "a bit-field beyond bit 2^24",
      {
        kind: "struct",
        name: "s",
        size: bytes(1 << 22),
        members: [{ name: "a", type: int, bitOffset: bits(1 << 24), bitSize: bits(3) }],
      },
    ],
    [
      "an enumerator beyond 32 bits",
      { kind: "enum", name: "e", size: bytes(8), signed: false, values: [{ name: "A", value: 1n << 32n }] },
    ],
    [
      "a negative enumerator of an unsigned enum",
      { kind: "enum64", name: "e", size: bytes(8), signed: false, values: [{ name: "A", value: -1n }] },
    ],
    ["an array of 2^32 elements", { kind: "array", element: int, count: 2 ** 32 }],
    ["a size that is no integer", { kind: "struct", name: "s", size: bytes(1.5), members: [] }],
    ["a name with NUL", { kind: "typedef", name: "a\0b", target: int }],
  ])("%s is refused", (_, type) => {
    expect(() => encodeBtf([type], { endian: "little" })).toThrow(
      expect.objectContaining({ name: "BtfError", code: "encode" }),
    );
  });

  test("integers and enumerators of every width come back as they went in", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), { maxLength: 8 }),
        fc.constantFrom("little" as const, "big" as const),
        (signed, numbers, endian) => {
          const values = numbers.map((n, i) => ({
            name: `V${i}`,
            value: signed ? BigInt.asIntN(64, n) : BigInt.asUintN(64, n),
          }));
          const type: Type = { kind: "enum64", name: "e", size: bytes(8), signed, values };
          const [back] = parseBtf(encodeBtf([type], { endian })).types();
          expect(back).toMatchObject({ kind: "enum64", signed, values });
        },
      ),
      { numRuns: 200 },
    );
  });
});

test.each([
  { value: 0xffff_ffffn, read: { signed: true, value: -1n } },
  { value: 0xffff_ff80n, read: { signed: true, value: -128n } },
  { value: 0xffff_ff7fn, read: { signed: false, value: 0xffff_ff7fn } },
  { value: 0xffn, read: { signed: false, value: 0xffn } },
])("an unflagged enum of a byte is signed where $value fits it as a negative number only", ({ value, read }) => {
  const type: Type = { kind: "enum", name: "e", size: bytes(1), signed: false, values: [{ name: "V", value }] };
  const [back] = parseBtf(encodeBtf([type], { endian: "little" })).types();
  expect(back).toMatchObject({ signed: read.signed, values: [{ name: "V", value: read.value }] });
});
