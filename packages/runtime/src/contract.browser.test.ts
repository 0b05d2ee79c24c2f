import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { bundle } from "@rbgen/testkit/browser/bundle";
import { openChromium } from "@rbgen/testkit/browser/chromium";
import type { PageReport } from "@rbgen/testkit/browser/contract-page";
import { serve } from "@rbgen/testkit/browser/serve";
import { scenarios } from "@rbgen/testkit/contract/backend-contract";
import { beforeAll, describe, expect, test } from "vitest";

const page = fileURLToPath(import.meta.resolve("@rbgen/testkit/browser/contract-page"));

type Where = "page" | "worker";

/** What runs in the browser, as text: the test runner would rewrite a function's imports. */
const programs: Record<Where, (version: string) => string> = {
  page: (version) => `import("/page.js").then(({ runContract }) => runContract("${version}"))`,
  worker: (version) => `new Promise((resolve, reject) => {
    const text = \`import { runContract } from "\${location.origin}/page.js"; postMessage(await runContract("${version}"));\`;
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  })`,
};

/** Runs the contract on a page's main thread, or in a worker of it. */
async function report(script: string, isolated: boolean, where: Where, version: string): Promise<PageReport> {
  const served = await serve(script, isolated);
  const browser = await openChromium();
  try {
    const tab = await browser.context.newPage();
    await tab.goto(served.url);
    return await tab.evaluate<PageReport>(programs[where](version));
  } finally {
    await browser.close();
    await served.close();
  }
}

describeWith(["chromium"], "the backend contract in Chromium", () => {
  let script: string;
  beforeAll(async () => {
    script = await bundle(page);
  });

  describe.each([
    { where: "page", isolated: true, version: "6.18" },
    { where: "page", isolated: true, version: "6.19" },
    { where: "worker", isolated: true, version: "6.18" },
    { where: "page", isolated: false, version: "6.18" },
    { where: "worker", isolated: false, version: "6.19" },
  ] as const)("in a $where, isolated: $isolated, kernel $version", ({ where, isolated, version }) => {
    const lacks = version === "6.18" ? "overwrite" : "no overwrite";
    let seen: PageReport;
    beforeAll(async () => {
      seen = await report(script, isolated, where, version);
    });

    test("the page has the memory that it is to be run with", () => {
      expect(seen.crossOriginIsolated).toBe(isolated);
      expect(seen.sharedMemory).toBe(isolated);
    });

    test("every scenario was run, but for those of the other kernel version", () => {
      const titles = [...scenarios].flatMap(([about, group]) => group.map(({ title }) => `${about}: ${title}`));
      expect(seen.outcomes.map(({ about, title }) => `${about}: ${title}`)).toEqual(titles);
      const lacking = seen.outcomes.filter(({ outcome }) => outcome === "lacking");
      expect([...new Set(lacking.map(({ detail }) => detail))]).toEqual([lacks]);
    });

    for (const [about, group] of scenarios) {
      const here = group.filter(({ needs = [] }) => !needs.includes(lacks));
      test.each(here.map(({ title }) => title))(`${about}: %s`, (title) => {
        const found = seen.outcomes.find((one) => one.about === about && one.title === title);
        expect(found).toEqual({ about, title, outcome: "passed", detail: "" });
      });
    }
  });
});
