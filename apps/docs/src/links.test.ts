import { expect, test } from "vitest";
import { linksOfSite } from "./links.ts";

const pages = new Map([
  ["README.md", "overview"],
  ["docs/cli.md", "cli"],
  ["docs/diagnostics/index.md", "diagnostics/index"],
  ["packages/vm/README.md", "packages/vm"],
]);
const inReadme = (text: string) => linksOfSite(text, "README.md", pages);

test("a link to a document leads to its page, with its anchor", () => {
  expect(inReadme("[a](docs/cli.md#which-types)")).toBe("[a](/cli.md#which-types)");
  expect(linksOfSite("[a](../../README.md)", "packages/vm/README.md", pages)).toBe("[a](/overview.md)");
});

test("a link to a folder leads to the page of what introduces it", () => {
  expect(inReadme("[`vm`](packages/vm), [d](docs/diagnostics/)")).toBe(
    "[`vm`](/packages/vm.md), [d](/diagnostics/index.md)",
  );
});

test("a link to what the site does not have becomes its words", () => {
  expect(inReadme("see [`the source`](packages/vm/src/index.ts)")).toBe("see `the source`");
});

test("addresses, anchors of the same page and code stay as they are", () => {
  const text = "[a](https://example.org/x) [b](#c) `[d](docs/cli.md)`\n\n```ts\nx[0](docs/cli.md)\n```\n";
  expect(inReadme(text)).toBe(text);
});

test("pictures are where the site has them", () => {
  expect(inReadme("![p](docs/images/p.jpg)")).toBe("![p](/images/p.jpg)");
  expect(linksOfSite("![p](images/p.jpg)", "docs/pages.md", pages)).toBe("![p](/images/p.jpg)");
  expect(linksOfSite("![p](figures/p.svg)", "bench/README.md", pages)).toBe("![p](/bench/figures/p.svg)");
});
