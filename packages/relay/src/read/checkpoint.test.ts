import { expect, test } from "vitest";
import { checkpointOf, type RelayCheckpoint, statesOf } from "./checkpoint.ts";
import type { NumberingState } from "./sequencer.ts";

const state: NumberingState = {
  ...{ host: "a", ring: "events", boot: "00000000-0000-0000-0000-000000000000", instance: 2n ** 63n, duplicates: 0 },
  ...{
    next: 2n ** 62n,
    dropped: { kernel: 1n, spool: 2n, restart: 3n, size: 4n },
    lostBytes: 5n,
    before: 6n,
    missing: 7n,
  },
};
const checkpoint = checkpointOf("events", 8, [state]);

test("a checkpoint comes back from JSON as it was", () => {
  expect(statesOf(JSON.parse(JSON.stringify(checkpoint)) as RelayCheckpoint, "events")).toEqual([state]);
});

test.each([
  ["null", null],
  ["another ring's", { ...checkpoint, ring: "other" }],
  ["a version to come", { ...checkpoint, version: 2 }],
  ["no numberings", { ...checkpoint, numberings: undefined }],
  ["a sequence that is none", { ...checkpoint, sequence: -1 }],
  ...["", "-1", "0x10", " 1", "1.5", "123456789012345678901", 1, null].map(
    (next) =>
      [
        `a number ${JSON.stringify(next)}`,
        { ...checkpoint, numberings: [{ ...checkpoint.numberings[0], next }] },
      ] as const,
  ),
] as const)("%s is refused", (_, given) => {
  expect(() => statesOf(given as never, "events")).toThrow(
    expect.objectContaining({ name: "RelayError", code: "EINVAL" }),
  );
});
