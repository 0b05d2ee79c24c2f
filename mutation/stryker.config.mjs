// Mutation testing, see docs/proof.md: `npm run mutate -- ROOM`.
import { room } from "./rooms.mjs";

const name = process.env["RBGEN_ROOM"] ?? "ring";

export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "mutation/vitest.config.ts", related: false },
  mutate: [`${room.sources}/**/*.ts`, "!**/*.test.ts", "!**/testing/**"],
  ignorePatterns: ["results", ".tools", "fuzz", "bench/results"],
  coverageAnalysis: "perTest",
  // A change of what a module makes once costs every test of the room, for a tenth of the changes.
  ignoreStatic: true,
  concurrency: 1,
  reporters: ["clear-text", "progress-append-only", "html", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: `results/mutation/${name}.html` },
  jsonReporter: { fileName: `results/mutation/${name}.json` },
  incrementalFile: `.tools/mutation/${name}.json`,
  tempDirName: ".stryker-tmp",
};
