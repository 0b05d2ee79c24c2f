import type { BenchRow } from "./row.ts";

/** A file of `bench/src` that measures one part. */
export interface Suite {
  run(): Promise<BenchRow[]>;
}

/** Every suite by name, loaded when it runs, since one may need a tool that another does not. */
export const suites: ReadonlyMap<string, () => Promise<Suite>> = new Map([
  ["btf-index", () => import("./btf-index.ts")],
  ["c-front-end", () => import("./c-front-end.ts")],
  ["emulated-threads", () => import("./emulated-threads.ts")],
  ["size", () => import("./size.ts")],
  ["soak", () => import("./soak.ts")],
  ["codecs", () => import("./codecs.ts")],
  ["native-rings", () => import("./native-rings.ts")],
  ["perf-rings", () => import("./native/perf-drains.ts")],
  ["lag", () => import("./native/lag.ts")],
  ["cilium", () => import("./native/cilium.ts")],
  ["relay", () => import("./relay.ts")],
  ["vm", () => import("./vm.ts")],
  ["generate", () => import("./generate.ts")],
]);
