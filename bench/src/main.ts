import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { parseArgs } from "node:util";
import type { BenchRow } from "./row.ts";
import { select, suites } from "./suites.ts";
import { type Machine, machineText, plainTable, withMeasured } from "./table.ts";

const document = "bench/README.md";

/**
 * Measures the suites and rows that are named (all, where none is), prints a table and writes `results/bench.json`; with
 * `--write` the table of `bench/README.md`, too.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { write: { type: "boolean" } }, allowPositionals: true });
  const selection = select(positionals);
  if (selection.unknown.length > 0) {
    const ids = [...new Set(suites.flatMap(({ rows }) => rows))];
    const there = [...suites.map(({ name }) => name), ...ids].join(", ");
    console.error(`no such benchmark: ${selection.unknown.join(", ")}\nthere are: ${there}`);
    return 2;
  }
  if (values.write === true && positionals.length > 0) {
    console.error(`--write is for a run of all benchmarks: the table of ${document} has every row`);
    return 2;
  }
  const rows: BenchRow[] = [];
  const failures: string[] = [];
  for (const entry of selection.suites) {
    process.stderr.write(`» ${entry.name}\n`);
    try {
      const suite = await entry.load();
      rows.push(...(await suite.run()).filter(({ id }) => selection.shows(entry, id)));
    } catch (error) {
      failures.push(`${entry.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const machine: Machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    kernel: release(),
    node: process.version,
  };
  console.log(`${machineText(machine)}\n\n${plainTable(rows)}`);
  for (const failure of failures) console.log(`     did not run: ${failure}`);
  mkdirSync("results", { recursive: true });
  writeFileSync("results/bench.json", `${JSON.stringify({ machine, rows, failures }, null, 2)}\n`);
  if (values.write === true) writeFileSync(document, withMeasured(readFileSync(document, "utf8"), machine, rows));
  return failures.length > 0 ? 1 : 0;
}

process.exitCode = await main();
