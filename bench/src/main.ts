import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import type { BenchRow } from "./row.ts";
import { suites } from "./suites.ts";

/** Runs the suites named on the command line (all when none is), prints a table and writes `results/bench.json`. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !suites.has(name));
  if (unknown.length > 0) {
    console.error(`no such benchmark: ${unknown.join(", ")}\nthere are: ${[...suites.keys()].join(", ")}`);
    return 2;
  }
  const rows: BenchRow[] = [];
  const failures: string[] = [];
  for (const [name, load] of suites) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stderr.write(`» ${name}\n`);
    try {
      const suite = await load();
      rows.push(...(await suite.run()));
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    kernel: release(),
    node: process.version,
  };
  console.log(`${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}\n`);
  for (const row of rows) {
    const mark = row.holds ? "holds" : "MISSES";
    console.log(`${row.id.padEnd(4)} ${mark.padEnd(6)} ${row.work}`);
    console.log(
      `     ours ${figure(row.ours)} ${row.unit}, ${row.peerName} ${figure(row.peer)} ${row.unit}: ratio ${figure(row.ratio)} (${row.target})`,
    );
    if (row.notes !== undefined) console.log(`     ${row.notes}`);
  }
  for (const failure of failures) console.log(`     did not run: ${failure}`);
  mkdirSync("results", { recursive: true });
  writeFileSync("results/bench.json", `${JSON.stringify({ machine, rows, failures }, null, 2)}\n`);
  return failures.length > 0 ? 1 : 0;
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

process.exitCode = await main(process.argv.slice(2));
