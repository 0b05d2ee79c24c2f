import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { unifiedDiff } from "./unified-diff.ts";

/** Applies a unified diff, strictly: every context and removed line must be where the hunk says. */
function apply(before: string, diff: string): string {
  const noEnd = "\n\\ No newline at end of file";
  const source = before === "" ? [] : before.replace(/\n$/, "").split("\n");
  if (before !== "" && !before.endsWith("\n")) source[source.length - 1] += noEnd;
  const lines = diff.replaceAll(noEnd, "\0").split("\n").slice(2, -1);
  const result: string[] = [];
  let at = 0;
  for (const raw of lines) {
    const line = raw.replace("\0", noEnd);
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/.exec(line);
    if (hunk !== null) {
      const start = Number(hunk[1]) - (hunk[2] === "0" ? 0 : 1);
      while (at < start) result.push(source[at++]!);
      expect(result.length).toBe(Number(hunk[3]) - (hunk[4] === "0" ? 0 : 1));
    } else if (line.startsWith("+")) result.push(line.slice(1));
    else {
      expect(source[at]).toBe(line.slice(1));
      if (line.startsWith(" ")) result.push(source[at]!);
      at += 1;
    }
  }
  result.push(...source.slice(at));
  const text = result.length === 0 ? "" : `${result.join("\n")}\n`;
  return text.endsWith(`${noEnd}\n`) ? text.slice(0, -noEnd.length - 1) : text;
}

const text = fc
  .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 30 })
  .chain((lines) => fc.boolean().map((end) => lines.join("\n") + (end && lines.length > 0 ? "\n" : "")));

test("a unified diff turns the old text into the new one", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = unifiedDiff(before, after, "a", "b");
      if (before === after) expect(diff).toBe("");
      else expect(apply(before, diff)).toBe(after);
    }),
    { numRuns: 500 },
  );
});

test("a change shows three lines of context, and distant changes have hunks of their own", () => {
  const before = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
  const after = before.map((line, index) => (index === 4 ? "changed" : index === 24 ? "changed too" : line));
  const diff = unifiedDiff(`${before.join("\n")}\n`, `${after.join("\n")}\n`, "old.ts", "new.ts");
  expect(diff.split("\n").filter((line) => line.startsWith("@@"))).toEqual(["@@ -2,7 +2,7 @@", "@@ -22,7 +22,7 @@"]);
  expect(diff).toContain("-line 5\n+changed\n");
});

test("`patch` takes it", ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-diff-"));
  try {
    const before = "a\nb\nc\nd\ne\nf\ng\nh\n";
    const after = "a\nB\nc\nd\ne\nf\ng\nh\ni\n";
    writeFileSync(join(folder, "x"), before);
    writeFileSync(join(folder, "x.diff"), unifiedDiff(before, after, "x", "x"));
    try {
      execFileSync("patch", ["-s", "x", "x.diff"], { cwd: folder });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") skip("no patch program here");
      throw error;
    }
    expect(readFileSync(join(folder, "x"), "utf8")).toBe(after);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("texts without anything in common cost no more than their length", () => {
  const lines = (prefix: string) => Array.from({ length: 50_000 }, (_, index) => `${prefix}${index}\n`).join("");
  expect(unifiedDiff(lines("a"), lines("b"), "a", "b").split("\n")).toHaveLength(100_004);
});
