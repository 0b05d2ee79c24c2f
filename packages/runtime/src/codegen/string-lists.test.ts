import { expect, test } from "vitest";
import { EncodeError } from "../errors.ts";
import { countStrings } from "./string-lists.ts";

test("texts whose length is told wrong are an EncodeError, whatever they are when they are looked at again", () => {
  let reads = 0;
  const texts = new Proxy(["ab", "c"], {
    get: (target, name) => (name === "0" && ++reads > 1 ? Symbol("s") : Reflect.get(target, name)),
  });
  expect(() => countStrings(texts, 100, 0, "args")).toThrow(EncodeError);
});

test("texts with bytes that were lost are told so where their length does not fit", () => {
  expect(() => countStrings(["a\ufffd"], 2, 0, "args")).toThrow("args: is told to have 2 bytes; it has U+FFFD");
});
