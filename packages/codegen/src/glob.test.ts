import { expect, test } from "vitest";
import { globMatcher, isGlob } from "./glob.ts";

test.each([
  ["event", false],
  ["__u64[4]", false],
  ["ev*", true],
  ["ev?nt", true],
  ["a[bc]", true],
  ["a[0-9]", true],
])("%s is a glob: %s", (pattern, expected) => {
  expect(isGlob(pattern)).toBe(expected);
});

test.each([
  ["a[bc]", ["ab", "ac"]],
  ["*_event", ["open_event", "_event"]],
  ["[!a]*", ["open_event", "_event"]],
])("%s matches %j", (pattern, expected) => {
  expect(["ab", "ac", "ad", "open_event", "_event"].filter(globMatcher(pattern))).toEqual(expected);
});
