import { fork } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { BenchRow } from "./row.ts";
import type { SuiteOutcome } from "./suite-job.ts";
import { type SuiteEntry, select, suites } from "./suites.ts";
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
    const outcome = await measure(entry);
    if ("failure" in outcome) failures.push(`${entry.name}: ${outcome.failure}`);
    else rows.push(...outcome.rows.filter(({ id }) => selection.shows(entry, id)));
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
