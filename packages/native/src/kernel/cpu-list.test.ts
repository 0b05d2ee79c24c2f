import { expect, test } from "vitest";
import { cpuList } from "./cpu-list.ts";

test.each([
  ["0\n", 1],
  ["0-3\n", 4],
  ["0-3,5", 5],
  ["0,2-3,8-127", 123],
])("of CPUs %o there are %i, one value of a per-CPU map for each", (list, count) => {
  expect(cpuList(list)).toHaveLength(count);
});

test.each(["", "0-", "x", "0 1"])("%o is not a list of CPUs", (list) => {
  expect(() => cpuList(list)).toThrow(/is not a list of CPUs/);
});
