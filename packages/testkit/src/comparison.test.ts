import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = readFileSync(join(root, "docs/comparison.md"), "utf8");
const references = new Map([...page.matchAll(/^\[([\w-]+)\]: (\S+)/gm)].map(([, name = "", url = ""]) => [name, url]));
const [, table = ""] = page.split("\n## Records and rings\n");
const rows = [...table.split("\n## ")[0]!.matchAll(/^\|(?!---)(.*)\|$/gm)].map(([, row = ""]) =>
  row.split("|").map((cell) => cell.trim()),
);

test("each answer about another project names the file of it where it was seen", () => {
  const [head = [], ...answers] = rows;
  expect(head).toHaveLength(7);
  expect(answers.length).toBeGreaterThan(5);
  for (const [question, , ...others] of answers) {
    expect(others, question).toHaveLength(5);
    for (const answer of others) {
      if (answer !== "") expect(answer, question).toMatch(/\]\[[\w-]+\]/);
    }
  }
});

test("each of these files is one of a commit or a version, and is referred to", () => {
  const used = new Set([...page.matchAll(/\]\[([\w-]+)\]/g)].map(([, name]) => name));
  expect([...used].sort()).toEqual([...references.keys()].sort());
  for (const url of references.values()) {
    expect(url).toMatch(/^https:\/\/github\.com\/[\w-]+\/[\w-]+\/blob\/(?:[0-9a-f]{40}|v\d+\.\d+\.\d+)\/[\w./-]+$/);
  }
});

test("each answer about this project names a test that is there, or a page", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .map((file) => basename(file));
  const [, ...answers] = rows;
  for (const [question, own = ""] of answers) {
    const [, test] = /`([\w./-]+\.ts)`/.exec(own) ?? [];
    const [, document] = /\]\(([\w./-]+\.md)\)/.exec(own) ?? [];
    expect(test ?? document, question).toBeDefined();
    if (test !== undefined) expect(files).toContain(basename(test));
    if (document !== undefined) expect(existsSync(join(root, "docs", document))).toBe(true);
  }
});
