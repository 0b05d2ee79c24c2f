import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Document, diagnostics, sections } from "./document.ts";
import { entryPoints } from "./entry-points.ts";
import { homePage } from "./home-page.ts";
import { linksOfSite } from "./links.ts";
import { referencePage, writeReference } from "./reference.ts";

/** A page with its heading. */
export interface Page {
  /** From the root of the site, without extension. */
  readonly page: string;
  readonly title: string;
}

/** Pages under one heading of the sidebar. */
export interface Chapter {
  readonly title: string;
  readonly pages: readonly Page[];
  /** Whether the sidebar shows them only where it is asked. */
  readonly isFolded: boolean;
}

/** Every document that is a page. */
function documents(root: string): readonly Document[] {
  const codes = readdirSync(join(root, diagnostics.folder)).sort();
  return [
    ...sections.flatMap((section) => section.documents),
    ...codes.map((name) => ({
      file: `${diagnostics.folder}/${name}`,
      page: `${diagnostics.page}/${name.replace(/\.md$/, "")}`,
    })),
  ];
}

/** What the first heading of a document says, without the marks of code. */
function titleOf(text: string): string {
  const [, title = ""] = /^# (.*)$/m.exec(text) ?? [];
  return title.replaceAll("`", "");
}

/** The chapters of the sidebar. */
export function chapters(root: string): readonly Chapter[] {
  const page = ({ file, page: at }: Document): Page => ({
    page: at,
    title: file === "README.md" ? "Overview" : titleOf(readFileSync(join(root, file), "utf8")),
  });
  const codes = documents(root).filter(({ file }) => dirname(file) === diagnostics.folder);
  const isIndex = ({ file }: Document): boolean => file.endsWith("/index.md");
  return [
    ...sections.map(({ title, documents: each }) => ({ title, pages: each.map(page), isFolded: false })),
    {
      title: "Reference",
      pages: entryPoints(root).map((point) => ({ page: `reference/${referencePage(point)}`, title: point.name })),
      isFolded: false,
    },
    {
      title: "Diagnostics",
      pages: [...codes.filter(isIndex), ...codes.filter((each) => !isIndex(each))].map(page),
      isFolded: true,
    },
  ];
}

/**
 * Writes the pages of the site to `folder`: documents with their links as they are there, the reference, and, as files that
 * are served as they are, pictures and the playground.
 */
export async function writePages(root: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await writeReference(root, join(folder, "reference"));
  const all = documents(root);
  const pages = new Map(all.map(({ file, page }) => [file, page]));
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  for (const { file, page } of all) {
    write(`${page}.md`, linksOfSite(readFileSync(join(root, file), "utf8"), file, pages));
  }
  write("index.md", homePage);
  cpSync(join(root, "docs/images"), join(folder, "public/images"), { recursive: true });
  cpSync(join(root, "bench/figures"), join(folder, "public/bench/figures"), { recursive: true });
  cpSync(join(root, "apps/playground/dist"), join(folder, "public/playground"), { recursive: true });
}
