import { fork } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { plotOf } from "./growth/plot.ts";
import type { Series } from "./growth/series.ts";
import type { BenchRow } from "./row.ts";
import type { SuiteOutcome } from "./suite-job.ts";
import { type SuiteEntry, select, suites } from "./suites.ts";
import { growthTable, type Machine, machineText, markdownTable, plainTable, withPart } from "./table.ts";

const document = "bench/README.md";
const figures = "bench/figures";

/**
 * Measures the suites and rows that are named (all, where none is), prints tables and writes `results/bench.json` and a picture
 * of how each cost grows; with `--write` those of `bench/README.md`, too.
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
  const series: Series[] = [];
  const failures: string[] = [];
  for (const entry of selection.suites) {
    process.stderr.write(`» ${entry.name}\n`);
    const outcome = await measure(entry);
    if ("failure" in outcome) failures.push(`${entry.name}: ${outcome.failure}`);
    else {
      rows.push(...outcome.rows.filter(({ id }) => selection.shows(entry, id)));
      series.push(...outcome.series);
    }
  }
  const machine: Machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    kernel: release(),
    node: process.version,
  };
  console.log(`${machineText(machine)}\n\n${plainTable(rows)}`);
  for (const one of series) console.log(`\n${growthTable(one)}`);
  for (const failure of failures) console.log(`     did not run: ${failure}`);
  mkdirSync("results", { recursive: true });
  writeFileSync("results/bench.json", `${JSON.stringify({ machine, rows, series, failures }, null, 2)}\n`);
  for (const one of series) writeFileSync(`results/${one.name}.svg`, plotOf(one));
  if (values.write === true) {
    mkdirSync(figures, { recursive: true });
    for (const one of series) writeFileSync(`${figures}/${one.name}.svg`, plotOf(one));
    const measured = `${machineText(machine)}.\n\n${markdownTable(rows)}`;
    const grown = series.map((one) => `![${one.title}](figures/${one.name}.svg)\n\n${growthTable(one)}`).join("\n\n");
    const text = withPart(withPart(readFileSync(document, "utf8"), "measured", measured), "growth", grown);
    writeFileSync(document, text);
  }
  return failures.length > 0 ? 1 : 0;
}

/**
 * Runs a suite in a process of its own: an engine compiles a function for all that ever ran through it, so that what one
 * suite did would be in the figures of the next. A suite that is about many types of records has them all.
 */
function measure({ name }: SuiteEntry): Promise<SuiteOutcome> {
  const job = fork(join(import.meta.dirname, "suite-job.js"), [name], { stdio: "inherit", serialization: "advanced" });
  return new Promise((resolve) => {
    let told: SuiteOutcome | undefined;
    job.on("message", (outcome) => {
      told = outcome as SuiteOutcome;
    });
    job.on("error", (error) => resolve({ failure: error.message }));
    job.on("exit", (code, signal) => resolve(told ?? { failure: `its process ended with ${signal ?? code}` }));
  });
}

process.exitCode = await main();
