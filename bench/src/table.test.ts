import { expect, test } from "vitest";
import type { BenchRow } from "./row.ts";
import { markdownTable, plainTable, withMeasured } from "./table.ts";

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
const machine = { cpu: "cpu", cores: 2, kernel: "6.18", node: "v20" };

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
  const once = withMeasured(document, machine, rows);
  expect(once).toContain("cpu, 2 cores, Linux 6.18, Node v20.\n\n| id |");
  expect(once).not.toContain("old");
  expect(withMeasured(once, machine, rows)).toBe(once);
  expect(() => withMeasured("# Bench\n", machine, rows)).toThrow("has no <!-- measured -->");
});
