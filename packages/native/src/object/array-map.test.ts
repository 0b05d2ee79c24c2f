import { expect, test } from "vitest";
import { cpusIn } from "./array-map.ts";

test.each([
  ["0\n", 1],
  ["0-3\n", 4],
  ["0-3,5", 5],
  ["0,2-3,8-127", 123],
])("of CPUs %o there are %i, one value of a per-CPU map for each", (list, count) => {
  expect(cpusIn(list)).toBe(count);
});

test.each(["", "0-", "x", "0 1"])("%o is not a list of CPUs", (list) => {
  expect(() => cpusIn(list)).toThrow(/is not a list of CPUs/);
});
