import { expect, test } from "vitest";
import { printable, printableJson } from "./display-text.ts";

test("what a terminal obeys, or does not show, is escaped, each in its full form", () => {
  expect(printable("a\u001b[2J\u061c\u200b\u{e0041}\ud800")).toBe("a\\x1b[2J\\u061c\\u200b\\u{e0041}\\ud800");
  const text = printableJson({ host: "\u061c\u{e0041}", number: 7n });
  expect(text).toBe('{"host":"\\u061c\\udb40\\udc41","number":"7"}');
  expect(JSON.parse(text)).toEqual({ host: "\u061c\u{e0041}", number: "7" });
});
