import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOfHex, hexOf } from "./hex.ts";

test("bytes come out of hex as they went in, whatever stands between them", () => {
  const separator = fc.constantFrom("", " ", ", ", ":", ";\n", " 0x", "\\x", ",0X", "\t");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), separator, fc.boolean())), (parts) => {
      const text = parts.map(([byte, before, upper]) => {
        const pair = byte.toString(16).padStart(2, "0");
        return before + (upper ? pair.toUpperCase() : pair);
      });
      expect(bytesOfHex(text.join(""))).toEqual(Uint8Array.from(parts, ([byte]) => byte));
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(bytesOfHex(hexOf(bytes))).toEqual(bytes);
    }),
  );
});

test("what is no hex is said to be none", () => {
  expect(bytesOfHex("01 zz")).toBe("“z” is no hex digit");
  expect(bytesOfHex("01 \\02")).toBe("“\\” is no hex digit");
  expect(bytesOfHex("😀")).toBe("“😀” is no hex digit");
  expect(bytesOfHex("012")).toBe("the last byte has one digit: a byte takes two");
  expect(bytesOfHex("")).toEqual(new Uint8Array());
});

test("a character that reorders text is an escape in what is said of it", () => {
  expect(bytesOfHex("01 \u202e")).toBe("“\\u202e” is no hex digit");
});
