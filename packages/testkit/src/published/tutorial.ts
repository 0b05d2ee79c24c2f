import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeWith } from "../tools.ts";
import { blocksOf } from "./documents.ts";
import { follow } from "./follow.ts";
import { type PublishedPackages, root, type UserFolder } from "./packages.ts";

const page = readFileSync(join(root, "docs/tutorial.md"), "utf8");
const sections = page.split(/^## /m).slice(1);

/** The tutorial, followed word by word from an empty folder. */
export function testTutorial(packages: () => PublishedPackages): void {
  describe("the tutorial", () => {
    let user: UserFolder;
    for (const section of sections) {
      const [title = ""] = section.split("\n");
      const run = (): void => {
        test(title, async () => {
          user ??= packages().folder("tutorial");
          await follow(user, blocksOf(section));
        });
      };
      if (title === "In the kernel") describeWith(["kernel", "libbpf"], "as root on Linux", run);
      else run();
    }

    test("shows what each of its programs prints", () => {
      const programs = sections.flatMap(blocksOf).filter(({ language }) => language === "sh");
      const outputs = sections.flatMap(blocksOf).filter(({ language }) => language === "");
      expect(programs.filter(({ text }) => /npx (?:tsx|rbgen)/.test(text))).toHaveLength(outputs.length);
    });
  });
}
