import { expect, test } from "vitest";
import { didYouMean, suggest } from "./suggest.ts";

const names = ["task_struct", "task_group", "tcp_event", "tcp_sock", "Event"];

test.each([
  ["task_strcut", ["task_struct"]],
  ["tcp_evnt", ["tcp_event"]],
  ["event", ["Event"]],
  ["completely_else", []],
  ["", []],
  ["eve", ["Event"]],
  ["tcp_event", []],
])("suggest(%j) finds %j first", (name, expected) => {
  expect(suggest(name, names).slice(0, 1)).toEqual(expected);
});

test("a suggestion names at most three candidates, nearest first", () => {
  expect(didYouMean("abcd", ["abce", "abcf", "abcg", "abch"])).toBe('did you mean "abce", "abcf" or "abcg"?');
  expect(didYouMean("abcd", ["zzzz"])).toBeUndefined();
});

test("a very long name costs nothing", () => {
  expect(suggest("x".repeat(100_000), ["y".repeat(100_000)])).toEqual([]);
});
