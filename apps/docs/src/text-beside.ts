import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Chapter } from "./site.ts";

/**
 * Puts the Markdown of each page beside it, and what there is for readers that are programs: `llms.txt`, an index of it.
 * @param pages the folder of the pages' sources
 * @param site the folder of the site
 */
export function writeTextBeside(chapters: readonly Chapter[], pages: string, site: string): void {
  for (const file of readdirSync(pages, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".md") || file === "index.md") continue;
    mkdirSync(dirname(join(site, file)), { recursive: true });
    writeFileSync(join(site, file), readFileSync(join(pages, file)));
  }
  const lists = chapters.map(
    ({ title, pages: each }) =>
      `## ${title}\n\n${each.map((page) => `- [${page.title}](/${page.page}.md)`).join("\n")}\n`,
  );
  const head = `# rbgen

> Typed BPF ring buffers for TypeScript: C structs, BPF objects or BTF become decoders and encoders; readers and writers
> over the kernel's rings, emulated ones, and those of a virtual machine.
`;
  writeFileSync(join(site, "llms.txt"), [head, ...lists].join("\n"));
}
