import fc from "fast-check";
import { expect, test } from "vitest";
import { describePresent } from "./present.ts";

const many = Array.from({ length: 40 }, (_, at) => `map_number_${at}`);

test.each([
  ["evnts", ["events", "drops"], '; it has "events", "drops"; did you mean "events"?'],
  ["none", ["send", "drain"], '; it has "send", "drain"'],
  ["none", [], "; it has none"],
  ["Drops", ["drops", "drop", "dropped"], '; it has "drops", "drop", "dropped"; did you mean "drops" or "drop"?'],
])("in place of %s of %j is told %s", (name, present, told) => {
  expect(describePresent(name, present)).toBe(told);
});

test("of many names the first are told and how many more, and the nearest of all", () => {
  const told = describePresent("map_numbr_39", many);
  expect(told).toMatch(/^; it has "map_number_0", .*"map_number_15" and 24 more; did you mean "map_number_39"/);
  expect(told).not.toContain('"map_number_16"');
  expect(describePresent("x", many.slice(0, 17))).toMatch(/, "map_number_16"$/);
});

test("a name of which one character is wrong is told, wherever it stands among however many", () => {
  const wrong = fc.record({ count: fc.integer({ min: 1, max: 300 }), which: fc.nat(), at: fc.nat() });
  fc.assert(
    fc.property(wrong, ({ count, which, at }) => {
      const names = Array.from({ length: count }, (_, index) => `${index}`.padStart(12, "m"));
      const right = names[which % count] as string;
      const place = at % right.length;
      const told = describePresent(`${right.slice(0, place)}?${right.slice(place + 1)}`, names);
      expect(told).toContain("; did you mean ");
      expect(told.match(/"/g)?.length).toBeLessThanOrEqual(2 * (17 + 3));
    }),
  );
});
