import type { Series } from "./growth/series.ts";
import type { BenchRow } from "./row.ts";

/** A file of `bench/src` that measures one part. */
export interface Suite {
  /** Rows of the table. */
  run?(): Promise<BenchRow[]>;
  /** How cost grows. */
  series?(): Promise<Series[]>;
}

/** What a suite is called by, beside the ids of its rows. */
export interface SuiteEntry {
  readonly name: string;
  /** Ids of the rows that it measures. */
  readonly rows: readonly string[];
  /** Loaded when it runs, since one may need a tool that another does not. */
  load(): Promise<Suite>;
}

export const suites: readonly SuiteEntry[] = [
  { name: "btf-index", rows: ["P8"], load: () => import("./btf-index.ts") },
  { name: "c-front-end", rows: ["P9"], load: () => import("./c-front-end.ts") },
  { name: "emulated-threads", rows: ["P6"], load: () => import("./emulated-threads.ts") },
  { name: "size", rows: ["P12"], load: () => import("./size.ts") },
  { name: "soak", rows: ["soak"], load: () => import("./soak.ts") },
  { name: "codecs", rows: ["P5"], load: () => import("./codecs.ts") },
  {
    name: "native-rings",
    rows: ["P1", "P1c", "P2", "P2i", "P3", "P4", "P10", "Arrow"],
    load: () => import("./native-rings.ts"),
  },
  { name: "perf-rings", rows: ["Perf", "Perf o"], load: () => import("./native/perf-drains.ts") },
  { name: "lag", rows: ["Lag"], load: () => import("./native/lag.ts") },
  { name: "cilium", rows: ["P2"], load: () => import("./native/cilium.ts") },
  { name: "relay", rows: ["Relay"], load: () => import("./relay.ts") },
  { name: "vm", rows: ["V1", "V2", "V3", "V4"], load: () => import("./vm.ts") },
  { name: "page", rows: ["Page"], load: () => import("./page.ts") },
  { name: "generate", rows: ["P7", "P11"], load: () => import("./generate.ts") },
  { name: "growth", rows: [], load: () => import("./growth.ts") },
];

/** What `names` of suites and rows ask for: all, where there is none. */
export interface Selection {
  readonly suites: readonly SuiteEntry[];
  readonly unknown: readonly string[];
  /** Whether a row of a suite is asked for. */
  shows(suite: SuiteEntry, row: string): boolean;
}

export function select(names: readonly string[]): Selection {
  const isRow = (name: string): boolean => suites.some(({ rows }) => rows.includes(name));
  const isSuite = (name: string): boolean => suites.some((suite) => suite.name === name);
  const shows = (suite: SuiteEntry, row: string): boolean =>
    names.length === 0 || names.includes(suite.name) || names.includes(row);
  return {
    suites: suites.filter((suite) => shows(suite, suite.name) || suite.rows.some((row) => names.includes(row))),
    unknown: names.filter((name) => !isRow(name) && !isSuite(name)),
    shows,
  };
}
