import type { Series } from "./growth/series.ts";
import type { BenchRow } from "./row.ts";
import { suites } from "./suites.ts";

/** What a process tells that ran one suite. */
export type SuiteOutcome =
  | { readonly rows: readonly BenchRow[]; readonly series: readonly Series[] }
  | { readonly failure: string };

/** Runs the suite that is named, and tells what it measured. */
async function main(name: string | undefined): Promise<SuiteOutcome> {
  const entry = suites.find((suite) => suite.name === name);
  if (entry === undefined) return { failure: `there is no suite ${name}` };
  try {
    const suite = await entry.load();
    return { rows: (await suite.run?.()) ?? [], series: (await suite.series?.()) ?? [] };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

process.send?.(await main(process.argv[2]));
process.disconnect?.();
