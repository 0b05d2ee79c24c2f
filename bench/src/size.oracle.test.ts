import { expect, test } from "vitest";
import { run } from "./size.ts";

/**
 * What each part may take at most, in kB minified and compressed: what it takes, and little more. Where it misses its target
 * (docs/performance.md), it does not move further from it unless somebody raises a number here.
 */
const ceilings: Readonly<Record<string, number>> = {
  "an app that reads records of one type: the reader and what is left of its file": 14.1,
  "the same of a file that was generated with --only decode": 10.6,
  "what the decoder of one more record adds (72 bytes, two structs in it)": 0.16,
  // with the reader of debug information, by which it compares layouts, what maps hold from load on, and the nearest names
  "the virtual machine with every export": 97.1,
};

test("what an app ships is not larger than was agreed to", async () => {
  const rows = await run();
  expect(rows.map(({ work }) => work)).toEqual(Object.keys(ceilings));
  const larger = rows.filter(({ work, ours }) => ours > (ceilings[work] ?? 0));
  expect(larger.map(({ work, ours, unit }) => `${work}: ${ours} ${unit}`)).toEqual([]);
});
