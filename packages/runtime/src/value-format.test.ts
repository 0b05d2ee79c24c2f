import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyBytes, scalarFormat, valueBytes } from "./backend.ts";

const sizes = [1, 2, 4, 8] as const;
const endians = ["little", "big"] as const;

/** The bytes of an integer, the lowest first, as nobody here computes them. */
function bytesOf(number: bigint, size: number, endian: "little" | "big"): number[] {
  const hex = BigInt.asUintN(8 * size, number)
    .toString(16)
    .padStart(2 * size, "0");
  const bytes = (hex.match(/../g) ?? []).map((one) => Number.parseInt(one, 16));
  return endian === "big" ? bytes : bytes.reverse();
}

describe.each(endians)("a scalar of a %s-endian machine", (endian) => {
  test.each(sizes.flatMap((size) => [false, true].map((signed) => ({ size, signed }))))(
    "of $size bytes (signed: $signed) is what its bytes say, and nothing that does not fit",
    ({ size, signed }) => {
      const format = scalarFormat("x", size, { kind: "int", signed, bool: false }, endian);
      const bits = 8 * size;
      fc.assert(
        fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (number) => {
          const fitted = signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number);
          const bytes = Uint8Array.from(bytesOf(fitted, size, endian));
          expect(format.write(fitted)).toEqual(bytes);
          expect(format.read(bytes)).toBe(size === 8 ? fitted : Number(fitted));
          if (fitted !== number) expect(() => format.write(number)).toThrow(/ERANGE.*cannot hold/);
        }),
      );
    },
  );

  test("that is floating-point keeps its bits, also where its bytes are part of others", () => {
    for (const size of [4, 8] as const) {
      const format = scalarFormat("x", size, { kind: "float" }, endian);
      fc.assert(
        fc.property(size === 4 ? fc.float({ noNaN: true }) : fc.double({ noNaN: true }), (number) => {
          const room = new Uint8Array(size + 3);
          room.set(format.write(number), 3);
          expect(format.read(room.subarray(3))).toBe(number);
        }),
      );
      expect(() => format.write(1n)).toThrow(/EINVAL.*floating-point/);
    }
  });

  test("that is a bool is true or false, and takes no other number", () => {
    const format = scalarFormat("x", 1, { kind: "int", signed: false, bool: true }, endian);
    expect([format.read(Uint8Array.of(0)), format.read(Uint8Array.of(2))]).toEqual([false, true]);
    expect([format.write(true), format.write(0)]).toEqual([Uint8Array.of(1), Uint8Array.of(0)]);
    expect(() => format.write(2)).toThrow(/ERANGE/);
    const integer = scalarFormat("x", 1, { kind: "int", signed: false, bool: false }, endian);
    expect(() => integer.write(true)).toThrow(/EINVAL.*is an integer/);
  });

  test("of a length that no number has here is bytes, and so is what is no scalar", () => {
    for (const [size, scalar] of [
      [16, { kind: "float" }],
      [16, { kind: "int", signed: false, bool: false }],
      [3, undefined],
    ] as const) {
      const format = scalarFormat("x", size, scalar, endian);
      const bytes = new Uint8Array(size).fill(7);
      expect([format.read(bytes), format.write(bytes)]).toEqual([bytes, bytes]);
      expect(() => format.write(1)).toThrow(/EINVAL.*give it its/);
      expect(() => format.write(new Uint8Array(size + 1))).toThrow(/EINVAL.*bytes, not/);
    }
  });

  test("as a key of four bytes is a number or bytes, and nothing of another size", () => {
    const keys = keyBytes({ what: 'hash "x"', keySize: 4, endian });
    expect(keys.write(258)).toEqual(Uint8Array.from(bytesOf(258n, 4, endian)));
    for (const wrong of [-1, 2 ** 32, 0.5, Number.NaN]) expect(() => keys.write(wrong)).toThrow(/EINVAL.*not a key of/);
    expect(() => keys.write(new Uint8Array(5))).toThrow(/EINVAL.*keys of 4 bytes, not 5/);
    expect(() => keys.write("key" as never)).toThrow(/EINVAL.*a key of hash "x" is a Uint8Array/);
    expect(() => keyBytes({ what: 'hash "x"', keySize: 6, endian }).write(1)).toThrow(/EINVAL.*give them as bytes/);
    expect(() => valueBytes({ what: 'hash "x"', valueSize: 2 }).write(new Uint8Array(3))).toThrow(
      /EINVAL.*values of 2 bytes, not 3/,
    );
  });
});
