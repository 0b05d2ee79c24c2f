// `npm test`: sets up, builds, then runs the test projects one after another, so that timing in one is not disturbed by
// the load of another, and sums them up: what was skipped, and why, is part of the result.
//
//   npm test                      all projects
//   npm test -- unit oracle       these only
//   RBGEN_REQUIRE=all npm test    an absent tool or kernel feature fails
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
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
const total = { passed: 0, failed: 0, skipped: 0, files: 0 };
const skipped = new Map();
const failures = [];
let failed = false;

for (const project of named.length > 0 ? named : projects) {
  say(`${project} tests`);
  const file = join(results, `${project}.json`);
  rmSync(file, { force: true });
  const started = Date.now();
  const code = run("vitest", [
    "run",
    "--project",
    project,
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...options,
  ]);
  if (code !== 0) failed = true;
  let report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    failed = true;
    failures.push(`${project}: the test runner ended with ${code} and left no report (${error.message})`);
    continue;
  }
  for (const suite of report.testResults) {
    total.files += 1;
    if (suite.status === "failed" && suite.assertionResults.length === 0) {
      failed = true;
      total.failed += 1;
      failures.push(`${relative(root, suite.name)}: ${suite.message}`);
    }
    for (const test of suite.assertionResults) {
      if (test.status === "passed") total.passed += 1;
      else if (test.status === "failed") {
        failed = true;
        total.failed += 1;
        failures.push(`${relative(root, suite.name)}: ${test.fullName}`);
      } else {
        total.skipped += 1;
        const why = /\[needs (.+?)\](?= |$)/.exec(test.fullName)?.[1] ?? "no reason given";
        const list = skipped.get(why) ?? [];
        list.push(`${relative(root, suite.name)}: ${test.fullName.replace(/ ?\[needs .+?\](?= |$)/, "")}`);
        skipped.set(why, list);
      }
    }
  }
  say(`${project} tests took ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

if (failures.length > 0) {
  console.log("\nFailed:");
  for (const failure of failures) console.log(`  ${failure}`);
}
if (skipped.size > 0) {
  console.log("\nSkipped:");
  for (const [why, tests] of skipped) {
    console.log(`  for want of ${why}:`);
    for (const test of tests) console.log(`    ${test}`);
  }
}
if (total.passed === 0 && !failed) {
  failed = true;
  console.log("\nNo test ran.");
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = failed ? 1 : 0;
