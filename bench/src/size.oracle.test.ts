import { expect, test } from "vitest";
import { run } from "./size.ts";

/** What each part may take at most, in kB minified and compressed: what it takes, and little more. Raise one knowingly. */
const ceilings: Readonly<Record<string, number>> = {
  "size of reader and writer, minified and compressed": 11,
  "size of the runtime with every export, minified and compressed": 18.5,
  "size of codegen/v1 with every export, minified and compressed": 11.5,
  "size of the virtual machine with every export, minified and compressed": 90,
};

test("what an app ships is not larger than was agreed to", async () => {
  const rows = await run();
  expect(rows.map(({ work }) => work)).toEqual(Object.keys(ceilings));
  const larger = rows.filter(({ work, ours }) => ours > (ceilings[work] ?? 0));
  expect(larger.map(({ work, ours }) => `${work}: ${ours} kB`)).toEqual([]);
});
