import { expect, test } from "vitest";
import { plotOf } from "./growth/plot.ts";
import type { BenchRow } from "./row.ts";
import { growthTable, markdownTable, plainTable, withPart } from "./table.ts";

const rows: readonly BenchRow[] = [
  {
    id: "P1",
    work: "a | b",
    ours: 4.56,
    peer: 2,
    unit: "ns",
    ratio: 2.28,
    target: "≤ 2 ×",
    holds: false,
    peerName: "C",
  },
  {
    id: "P12",
    work: "size",
    ours: 1234,
    peer: 1,
    unit: "kB",
    ratio: 0.5,
    target: "≤ 1 ×",
    holds: true,
    peerName: "hand",
    notes: "n",
  },
];

test("a row that misses its target stays in the table, and says so", () => {
  expect(markdownTable(rows)).toBe(
    [
      "| id | work | ours | peer | ratio | reach | reached |",
      "|---|---|---|---|---|---|---|",
      "| P1 | a \\| b | 4.56 ns | C: 2.00 ns | 2.28 | ≤ 2 × | **no** |",
      "| P12 | size | 1234 kB | hand: 1.00 kB | 0.500 | ≤ 1 × | yes |",
    ].join("\n"),
  );
  expect(plainTable(rows).split("\n")[0]).toBe("P1   MISSES a | b");
});

test("figures replace those of the last run, and nothing else", () => {
  const document = "# Bench\n<!-- measured -->\nold\n<!-- /measured -->\nmore\n";
  const once = withPart(document, "measured", "new");
  expect(once).toBe("# Bench\n<!-- measured -->\n\nnew\n\n<!-- /measured -->\nmore\n");
  expect(withPart(once, "measured", "new")).toBe(once);
  expect(() => withPart("# Bench\n", "measured", "new")).toThrow("has no <!-- measured -->");
});

const series = {
  ...{ name: "size", title: "Cost <by> size", along: "bytes", unit: "ns", sizes: [16, 1024] },
  lines: [
    { label: "by a view", figures: [5, 5.125] },
    { label: "as an object", figures: [20, 900] },
  ],
};

test("a series is a row of figures for each line", () => {
  expect(growthTable(series)).toBe(
    [
      "| bytes | 16 | 1024 |",
      "| --- | ---: | ---: |",
      "| by a view, ns | 5.00 | 5.13 |",
      "| as an object, ns | 20.0 | 900 |",
    ].join("\n"),
  );
});

test("its picture has a line and a label for each, within its frame", () => {
  const svg = plotOf(series);
  expect(svg).toContain("Cost &lt;by> size, ns");
  expect(svg.match(/<circle /g)).toHaveLength(4);
  for (const [, x = "", y = ""] of svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)) {
    expect(Number(x)).toBeLessThanOrEqual(488);
    expect(Number(y)).toBeLessThanOrEqual(252);
  }
  // Figures beside the axis do not lie over each other.
  const beside = [...svg.matchAll(/ y="([\d.]+)" text-anchor="end"/g)].map(([, y]) => Number(y)).sort((a, b) => a - b);
  for (const [index, y] of beside.slice(1).entries()) expect(y - beside[index]!).toBeGreaterThan(12);
});
