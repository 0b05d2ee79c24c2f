// A vitest reporter that leaves what `npm test` sums up: passed tests, failed ones with the
// first lines of what they say, skipped ones with their reason.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const summary = { passed: 0, failed: [], skipped: [] };
    for (const error of unhandledErrors) summary.failed.push({ title: "outside of any test", why: whyOf([error]) });
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      for (const error of module.errors()) summary.failed.push({ file, title: "the file itself", why: whyOf([error]) });
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) summary.failed.push({ file, title: suite.fullName, why: whyOf([error]) });
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") summary.passed += 1;
        else if (result.state === "failed") {
          summary.failed.push({ file, title: test.fullName, why: whyOf(result.errors) });
        } else summary.skipped.push({ file, ...reasonOf(test.fullName, result.note) });
      }
    }
    writeFileSync(process.env.RBGEN_TEST_SUMMARY, JSON.stringify(summary));
  }
}

/** What a line of the summary may take, and how many there are: fast-check begins with its seed and its path. */
const mostColumns = 300;
const mostLines = 8;

/** The first lines of what the errors say. A counterexample may be as long as it likes: the log above has the whole. */
function whyOf(errors) {
  const lines = errors.flatMap((error) => messagesOf(error)).flatMap((message) => message.split("\n"));
  const told = lines.filter((line) => line.trim() !== "").map((line) => clipped(line.trimEnd()));
  return told.length > mostLines ? [...told.slice(0, mostLines), `(${told.length - mostLines} more lines)`] : told;
}

/** Its own message, and those of its causes: a property says for which input, its cause what went wrong. */
function messagesOf(error, depth = 0) {
  if (error === undefined || error === null || depth > 4) return [];
  return [stripVTControlCharacters(String(error.message ?? error)), ...messagesOf(error.cause, depth + 1)];
}

function clipped(line) {
  return line.length > mostColumns ? `${line.slice(0, mostColumns)}…` : line;
}

/** A suite that lacks a tool says so in its title (see packages/testkit/src/tools.ts); a test may say it as it skips. */
function reasonOf(fullName, note) {
  const needs = /\[needs (.+?)\](?= |$)/.exec(fullName);
  return {
    title: fullName.replace(/ ?\[needs .+?\](?= |$)/, ""),
    reason: note ?? (needs ? `lacks ${needs[1]}` : "no reason given"),
  };
}
