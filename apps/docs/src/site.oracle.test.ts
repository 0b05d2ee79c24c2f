import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { buildSite } from "./build-site.ts";
import { diagnostics, sections } from "./document.ts";
import { chapters } from "./site.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const site = join(root, "apps/docs/dist/site");
const read = (name: string) => readFileSync(join(site, name), "utf8");

/** What a link leads to, decoded. */
interface Target {
  readonly from: string;
  readonly path: string;
  readonly anchor: string;
}

const hrefs = /<a\b[^>]*? href="([^"]*)"/g;
const ids = /\bid="([^"]*)"/g;

function linksOf(page: string, html: string): readonly Target[] {
  return [...html.matchAll(hrefs)].flatMap(([, href = ""]) => {
    const url = new URL(href, `http://site.invalid/${page}`);
    return url.hostname === "site.invalid"
      ? [{ from: page, path: decodeURIComponent(url.pathname), anchor: decodeURIComponent(url.hash.slice(1)) }]
      : [];
  });
}

/** The file of the site that a path is answered with. */
function fileOf(path: string): string | undefined {
  const names = path.endsWith("/") ? [`${path}index.html`] : [path, `${path}.html`];
  return names.map((name) => name.slice(1)).find((name) => existsSync(join(site, name)));
}

describe("the documentation site", () => {
  let pages: readonly string[];
  beforeAll(() => {
    buildSite(root);
    const all = readdirSync(site, { recursive: true, encoding: "utf8" });
    pages = all.filter((name) => name.endsWith(".html") && !/^(?:playground\/|404)/.test(name));
  });

  test("every document of docs/ is a page, and in the sidebar", () => {
    const named = sections.flatMap(({ documents }) => documents.map(({ file }) => file));
    const present = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
    expect(present.map((name) => `docs/${name}`).filter((file) => !named.includes(file))).toEqual([]);
    const codes = readdirSync(join(root, diagnostics.folder)).map((name) => name.replace(".md", ""));
    expect(codes.filter((code) => !pages.includes(`diagnostics/${code}.html`))).toEqual([]);
  });

  test("every link leads to a file, and to a heading of it where it names one", () => {
    const anchors = new Map(
      pages.map((page) => [
        page,
        new Set([...read(page).matchAll(ids)].map(([, id = ""]) => id.replaceAll("&amp;", "&"))),
      ]),
    );
    const dead = pages.flatMap((page) =>
      linksOf(page, read(page)).flatMap(({ from, path, anchor }) => {
        const file = fileOf(path);
        if (file === undefined) return [`${from}: ${path}`];
        return anchor === "" || anchors.get(file)?.has(anchor) ? [] : [`${from}: ${path}#${anchor}`];
      }),
    );
    expect([...new Set(dead)]).toEqual([]);
  });

  test("its playground is the one that was built", () => {
    for (const name of readdirSync(join(root, "apps/playground/dist")))
      expect(fileOf(`/playground/${name}`)).toBeDefined();
    expect(read("playground/index.html")).toBe(readFileSync(join(root, "apps/playground/dist/index.html"), "utf8"));
  });

  test("its Markdown lies beside each page, with links that lead to a page, and llms.txt names all of it", () => {
    const index = read("llms.txt");
    for (const page of pages.filter((name) => name !== "index.html")) {
      const text = read(page.replace(/\.html$/, ".md"));
      expect(text, page).toMatch(/^# /m);
      for (const [, path = ""] of text.replace(/```.*?```|`[^`\n]*`/gs, "").matchAll(/\]\((?![a-z]+:|#)([^)\s#]+)/g)) {
        expect(
          existsSync(
            join(
              site,
              posix.join(
                "/",
                posix.dirname(page),
                path.startsWith("/") ? posix.relative(posix.dirname(page), path.slice(1)) : path,
              ),
            ),
          ),
          `${page}: ${path}`,
        ).toBe(true);
      }
    }
    const listed = chapters(root).flatMap(({ pages: each }) => each.map(({ page }) => page));
    expect(listed.filter((page) => !index.includes(`](/${page}.md)`) || !existsSync(join(site, `${page}.md`)))).toEqual(
      [],
    );
  });
});
