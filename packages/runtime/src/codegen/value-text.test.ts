import fc from "fast-check";
import { expect, test } from "vitest";
import { EncodeError } from "../errors.ts";
import { uint32, writeString } from "./v1.ts";
import { valueText } from "./value-text.ts";

test("any value is told on one line of 101 characters at most, none of them unseen", () => {
  const values = fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true });
  const strange = fc.oneof(values, fc.string({ unit: "binary", maxLength: 300 }), fc.bigInt(), fc.string().map(Symbol));
  fc.assert(
    fc.property(strange, (value) => {
      const text = valueText(value);
      // each of them may be escaped
      expect(text.replace(/\\u[0-9a-f]{4}/g, ".").length).toBeLessThanOrEqual(101);
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
    }),
  );
});

test("a long value is cut, and never between the halves of a pair", () => {
  expect(valueText("x".repeat(1000))).toBe(`${"x".repeat(100)}…`);
  expect(valueText(`${"x".repeat(99)}😀`)).toBe(`${"x".repeat(99)}…`);
  expect(valueText(1n << 1_000_000n)).toMatch(/^0x10{97}…$/);
});

test("an error tells the start of the value, and has all of it", () => {
  const long = "\u001b[31m".repeat(1000);
  try {
    uint32(long as never, "a.b");
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(EncodeError);
    expect((error as EncodeError).message).toMatch(/^ERANGE: a\.b: (\\u001b\[31m){20}… is no integer/);
    expect((error as EncodeError).value).toBe(long);
  }
  expect(() => writeString("y".repeat(1e6), new DataView(new ArrayBuffer(8)), 0, 8, "x")).toThrow(
    "x: has length 1000000, more than 8",
  );
});
