import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vitepress";
import { anchorOf } from "../src/anchor.ts";
import { chapters, writePages } from "../src/site.ts";
import { writeTextBeside } from "../src/text-beside.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const pages = fileURLToPath(new URL("../dist/pages", import.meta.url));
const sidebar = chapters(root);
await writePages(root, pages);

/** A ring, with the part of it that holds records. */
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke-width="4">
<circle cx="8" cy="8" r="6" stroke="#9aa7d9"/><path d="M8 2a6 6 0 0 1 6 6" stroke="#3451b2"/></svg>`;

const config: UserConfig = defineConfig({
  title: "rbgen",
  description: "Typed BPF ring buffers for TypeScript",
  lang: "en",
  head: [["link", { rel: "icon", href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  srcDir: "dist/pages",
  outDir: "dist/site",
  cacheDir: "dist/cache",
  cleanUrls: true,
  // Documents are Markdown and nothing else: what looks like a tag in them is text.
  markdown: {
    html: false,
    anchor: { slugify: anchorOf },
    languageAlias: { console: "shellsession" },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "Overview", link: "/overview" },
      { text: "Reference", link: `/${sidebar.find(({ title }) => title === "Reference")?.pages[0]?.page}` },
      { text: "Diagnostics", link: "/diagnostics/" },
      { text: "Playground", link: "/playground/index.html", target: "_self" },
    ],
    sidebar: sidebar.map(({ title, pages: each, isFolded }) => ({
      text: title,
      collapsed: isFolded,
      items: each.map((page) => ({ text: page.title, link: `/${page.page}` })),
    })),
  },
  buildEnd: ({ outDir, srcDir }) => writeTextBeside(sidebar, srcDir, outDir),
});
export default config;
