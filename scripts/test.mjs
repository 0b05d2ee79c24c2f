// `npm test`: sets up, builds, then runs the test projects one after another, so that timing in one is not disturbed by
// the load of another, and sums them up: what was skipped, and why, is part of the result.
//
//   npm test                      all projects
//   npm test -- unit oracle       these only
//   RBGEN_REQUIRE=all npm test    an absent tool or kernel feature fails
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, prepare, root, run, say } from "./workspace.mjs";

const projects = ["unit", "oracle", "kernel", "browser"];
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const options = process.argv.slice(2).filter((argument) => argument.startsWith("-"));
for (const name of named) {
  if (!projects.includes(name)) {
    say(`no test project "${name}": ${projects.join(", ")}`);
    process.exit(2);
  }
}

prepare();
build();

const results = join(root, ".tools", "results");
mkdirSync(results, { recursive: true });
let passed = 0;
let failed = false;
const failures = [];
const skipped = new Map();

for (const project of named.length > 0 ? named : projects) {
  say(`${project} tests`);
  const file = join(results, `${project}.json`);
  rmSync(file, { force: true });
  const started = Date.now();
  const code = run(
    "vitest",
    ["run", "--project", project, "--reporter=default", "--reporter=./scripts/summary-reporter.mjs", ...options],
    { env: { RBGEN_TEST_SUMMARY: file } },
  );
  if (code !== 0) failed = true;
  let summary;
  try {
    summary = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    failed = true;
    failures.push(`${project}: the test runner ended with ${code} and left no summary (${error.message})`);
    continue;
  }
  passed += summary.passed;
  for (const { file: at, title, why } of summary.failed) {
    const named = at === undefined ? title : `${at}: ${title}`;
    failures.push([named, ...why.map((line) => `  ${line}`)].join("\n  "));
  }
  for (const { file: at, title, reason } of summary.skipped) {
    skipped.set(reason, [...(skipped.get(reason) ?? []), `${at}: ${title}`]);
  }
  say(`${project} tests took ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

if (failures.length > 0) {
  failed = true;
  console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join("\n")}`);
}
if (skipped.size > 0) {
  console.log("\nSkipped:");
  for (const [reason, tests] of skipped) {
    console.log(`  ${reason}:\n${tests.map((test) => `    ${test}`).join("\n")}`);
  }
}
if (passed === 0 && !failed) {
  failed = true;
  console.log("\nNo test ran.");
}
const skips = [...skipped.values()].reduce((sum, tests) => sum + tests.length, 0);
console.log(`\n${passed} passed, ${failures.length} failed, ${skips} skipped`);
process.exitCode = failed ? 1 : 0;
