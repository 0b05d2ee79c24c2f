import { expect, test } from "vitest";
import { mayBeScalar } from "./rings.ts";

test.each([
  ["struct event", false],
  ["union any", false],
  ["struct slot[4]", true],
  ["__u64[4]", true],
  ["pid_t", true],
])("a record that may be none of one struct is known by its name: %s", (name, may) => {
  expect(mayBeScalar(name)).toBe(may);
});
