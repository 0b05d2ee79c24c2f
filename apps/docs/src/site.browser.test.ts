import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { faultsOf } from "@rbgen/testkit/browser/accessibility";
import { type Browser, openChromium } from "@rbgen/testkit/browser/chromium";
import { keepPicture } from "@rbgen/testkit/browser/pictures";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildSite } from "./build-site.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Pages of every kind. */
const looked = ["", "overview", "tutorial", "comparison", "reference/rbgen-relay-chunk", "diagnostics/RB2002"];

const sizes = [
  { name: "desk", width: 1280, height: 800 },
  { name: "phone", width: 390, height: 844 },
] as const;

describeWith(["chromium"], "the documentation site, as `npm run docs` serves it", () => {
  let server: ChildProcess;
  let browser: Browser;
  let page: Page;
  let address = "";
  const refused: string[] = [];
  const elsewhere: string[] = [];

  beforeAll(async () => {
    buildSite(root);
    server = spawn(process.execPath, ["scripts/docs.mjs", "--built"], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    server.stderr!.resume();
    for await (const line of createInterface({ input: server.stdout! })) {
      [, address = ""] = /is at (http:\S+)/.exec(line) ?? [];
      if (address !== "") break;
    }
    browser = await openChromium();
    page = await browser.context.newPage();
    page.setDefaultTimeout(120_000);
    page.on("response", (response) => {
      if (response.status() >= 400) refused.push(`${response.status()} ${response.url()}`);
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(address) && !/^(?:data|blob):/.test(request.url())) elsewhere.push(request.url());
    });
  });
  afterAll(async () => {
    await browser?.close();
    if (server?.exitCode === null) {
      server.kill();
      await once(server, "exit");
    }
  });

  const open = async (path: string, scheme: "light" | "dark", size: (typeof sizes)[number]): Promise<void> => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.setViewportSize(size);
    await page.goto(address + path);
    await page.locator("h1").first().waitFor();
  };

  test.each(sizes.flatMap((size) => (["light", "dark"] as const).map((scheme) => ({ size, scheme }))))(
    "its pages are readable and no wider than the window: $size.name, $scheme",
    async ({ size, scheme }) => {
      for (const path of looked) {
        await open(path, scheme, size);
        expect(await page.evaluate("document.documentElement.classList.contains('dark')"), path).toBe(
          scheme === "dark",
        );
        expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(size.width);
        const faults = await faultsOf(page, "wcag-a-and-aa", ".VPContent");
        expect.soft(faults, `${path} ${scheme}`).toEqual([]);
        await keepPicture(page, `docs-${path.replaceAll("/", "-") || "home"}-${size.name}-${scheme}`);
      }
    },
  );

  test("its search finds a diagnostic by its code and a class by its name, without another machine", async () => {
    await open("overview", "light", sizes[0]);
    for (const [words, leads] of [
      ["RB2002", "/diagnostics/RB2002"],
      ["RingBufGroup", "/reference/rbgen-runtime"],
    ] as const) {
      await page.locator("#local-search button").first().click();
      await page.locator("#localsearch-input").fill(words);
      await page.locator(`.VPLocalSearchBox a[href^='${leads}']`).first().waitFor();
      await page.keyboard.press("Escape");
    }
  });

  test("its playground reads a header", async () => {
    await page.goto(`${address}playground/index.html`);
    await page.locator("[data-read='types.h']").waitFor();
  });

  test("a page that there is not is answered with the one that says so, and a path that is none as well", async () => {
    for (const path of ["no-such-page", "a?b=c", "/", "..%2f..%2fpackage.json"]) {
      const answer = await fetch(address + path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.text()).toContain("404");
    }
  });

  test("none of it fails, or asks another machine for anything", () => {
    expect(browser.errors).toEqual([]);
    expect(refused).toEqual([]);
    expect(elsewhere).toEqual([]);
  });
});
