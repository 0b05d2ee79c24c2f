import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { blocksOf } from "./documents.ts";
import { follow } from "./follow.ts";
import { type PublishedPackages, root, type UserFolder } from "./packages.ts";

/** Pages whose files are written, whose commands are run and whose outputs are compared, each in a folder of its own. */
const guides = [
  "headers-and-btf",
  "int64",
  "no-events",
  "lost-records",
  "drift",
  "columns",
  "deployment",
  "duckdb",
  "moving",
] as const;

/** The guides, followed word by word with the packages installed. */
export function testGuides(packages: () => PublishedPackages): void {
  let user: UserFolder;

  beforeAll(async () => {
    user = packages().folder("guides");
    user.write("package.json", '{ "type": "module" }');
    await user.run(
      "npm",
      "install",
      "rbgen",
      "typescript",
      "tsx",
      "@types/node",
      "@rbgen/runtime",
      "@rbgen/vm",
      "@rbgen/native",
    );
    await user.run("npx", "tsc", "--init", "--rewriteRelativeImportExtensions", "--types", "node");
  });

  test.each(guides)("docs/%s.md does what it says", async (guide) => {
    const blocks = blocksOf(readFileSync(join(root, `docs/${guide}.md`), "utf8"));
    await follow(user.folder(guide), blocks);
    expect(blocks.filter(({ language }) => language === "sh")).not.toEqual([]);
  });

  test("their TypeScript is as it is declared", async () => {
    expect((await user.try("npx", "tsc", "--noEmit")).out).toBe("");
  });
}
