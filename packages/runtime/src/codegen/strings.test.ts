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
