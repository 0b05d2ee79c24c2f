// A vitest reporter that leaves what `npm test` sums up: passed, failed and skipped tests with the reason of a skip.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";

export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const summary = { passed: 0, failed: [], skipped: [] };
    for (const error of unhandledErrors) summary.failed.push({ title: `outside of any test: ${error.message}` });
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      for (const error of module.errors()) summary.failed.push({ file, title: error.message });
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) summary.failed.push({ file, title: `${suite.fullName}: ${error.message}` });
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") summary.passed += 1;
        else if (result.state === "failed") summary.failed.push({ file, title: test.fullName });
        else summary.skipped.push({ file, ...reasonOf(test.fullName, result.note) });
      }
    }
    writeFileSync(process.env.RBGEN_TEST_SUMMARY, JSON.stringify(summary));
  }
}

/** A suite that lacks a tool says so in its title (see packages/testkit/src/tools.ts); a test may say it as it skips. */
function reasonOf(fullName, note) {
  const needs = /\[needs (.+?)\](?= |$)/.exec(fullName);
  return {
    title: fullName.replace(/ ?\[needs .+?\](?= |$)/, ""),
    reason: note ?? (needs ? `lacks ${needs[1]}` : "no reason given"),
  };
}
