import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { diagnosticCodes } from "./codes.ts";

const docs = fileURLToPath(new URL("../../../../docs/diagnostics/", import.meta.url));
const sources = fileURLToPath(new URL("../", import.meta.url));
const codes = Object.entries(diagnosticCodes);
const pages = readdirSync(docs).filter((name) => name.startsWith("RB"));
const index = readFileSync(join(docs, "index.md"), "utf8");

/** Texts of all tests of this package but this one. */
const tests = readdirSync(sources, { recursive: true, encoding: "utf8" })
  .filter((name) => (name.endsWith(".test.ts") || /[/\\]fixtures[/\\]/.test(name)) && !name.endsWith("pages.test.ts"))
  .filter((name) => /\.(?:ts|h|c|txt|json)$/.test(name))
  .map((name) => readFileSync(join(sources, name), "utf8"))
  .join("\n");

test.each(codes)(
  "%s (%s) has a page under its title, a line in the index, and a test that raises it",
  (code, title) => {
    expect(pages).toContain(`${code}.md`);
    const page = readFileSync(join(docs, `${code}.md`), "utf8");
    expect(page.split("\n")[0]).toBe(`# ${code}: ${title}`);
    expect(index).toContain(`| [${code}](./${code}.md) | ${title} |`);
    expect(tests).toContain(code);
  },
);

test("no page and no line of the index is about a code that does not exist", () => {
  const known = codes.map(([code]) => code);
  expect(pages.map((page) => page.replace(/\.md$/, "")).filter((code) => !known.includes(code as never))).toEqual([]);
  const listed = [...index.matchAll(/^\| \[(RB\d{4})\]/gm)].map((match) => match[1]);
  expect(listed).toEqual([...known].sort());
});
