import fc from "fast-check";
import { expect, test } from "vitest";
import { EncodeError } from "../errors.ts";
import { writeString } from "./strings.ts";

test.each(["abc", "é€"])("a string that is too long is refused with itself as the value: %s", (text) => {
  const view = new DataView(new ArrayBuffer(8));
  try {
    writeString(text, view, 0, 2, "comm");
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(EncodeError);
    expect(error).toMatchObject({
      path: "comm",
      value: text,
      reason: `has length ${new TextEncoder().encode(text).length}, more than 2`,
    });
  }
  expect(new Uint8Array(view.buffer)).toEqual(new Uint8Array(8));
});

test("a string is written as its UTF-8 with zeros behind it, and what C cannot hold is refused", () => {
  const character = fc.constantFrom("a", "z", "\0", "\x7f", "é", "€", "\ud800", "😀");
  const text = fc.oneof(
    fc.array(fc.constantFrom("a", "b", "~"), { maxLength: 24 }).map((all) => all.join("")),
    fc.array(character, { maxLength: 12 }).map((all) => all.join("")),
  );
  let [written, refused] = [0, 0];
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 5 }), (value, length, offset) => {
      const bytes = new Uint8Array(offset + length + 5).fill(0xee);
      const utf8 = new TextEncoder().encode(value);
      const fits = utf8.length <= length && !value.includes("\0") && !/[\ud800-\udfff]/u.test(value);
      const write = (): void => writeString(value, new DataView(bytes.buffer), offset, length, "comm");
      if (!fits) {
        expect(write).toThrow(EncodeError);
        refused += 1;
        return;
      }
      write();
      written += 1;
      const expected = new Uint8Array(bytes.length).fill(0xee);
      expected.fill(0, offset, offset + length).set(utf8, offset);
      expect(bytes).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(written, refused)).toBeGreaterThan(100);
});
