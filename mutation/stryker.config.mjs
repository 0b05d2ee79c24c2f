// Mutation testing, see docs/proof.md: `npm run mutate -- ROOM`.
import { room } from "./rooms.mjs";
import { sampleOf } from "./sample.mjs";

const name = process.env["RBGEN_ROOM"] ?? "ring";
// A part of the room's lines, drawn by a seed: all of them take hours.
const share = Number(process.env["RBGEN_SHARE"] ?? 1);
const seed = process.env["RBGEN_SEED"] ?? "1";

export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner", `${import.meta.dirname}/line-reporter.mjs`],
  vitest: { configFile: "mutation/vitest.config.ts", related: false },
  mutate: sampleOf(room.sources, share, seed),
  ignorePatterns: ["results", ".tools", "fuzz", "bench/results"],
  coverageAnalysis: "perTest",
  // A change of what a module makes once costs every test of the room, for a tenth of the changes.
  ignoreStatic: true,
  concurrency: 1,
  // A change that makes a loop endless is noticed by time, here alone: a busy machine has to be no such change.
  timeoutMS: 60_000,
  reporters: ["clear-text", "progress-append-only", "lines", "html", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: `results/mutation/${name}.html` },
  jsonReporter: { fileName: `results/mutation/${name}.json` },
  incrementalFile: `.tools/mutation/${name}.json`,
  // Tests reach the sources through links of packages to each other, which lead out of a copy.
  inPlace: true,
  // Vitest runs what does not type-check.
  disableTypeChecks: false,
  tempDirName: ".stryker-tmp",
};
