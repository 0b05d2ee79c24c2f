import { fileURLToPath } from "node:url";
import { bundle } from "@rbgen/testkit/browser/bundle";
import { type Browser, openChromium } from "@rbgen/testkit/browser/chromium";
import { serve } from "@rbgen/testkit/browser/serve";
import { type ObjectReport, runObject, vmPageSource } from "@rbgen/testkit/browser/vm-page";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { afterAll, beforeAll, expect, test } from "vitest";

const page = fileURLToPath(import.meta.resolve("@rbgen/testkit/browser/vm-page"));
const engines = ["wasm", "interpreter"] as const;

describeWith(["chromium", "clang", "libbpf"], "a compiled object in a page of Chromium", () => {
  let script: string;
  let object: string;
  let browser: Browser;
  beforeAll(async () => {
    // One of the policies below refuses WebAssembly, which the console tells.
    [script, browser] = await Promise.all([bundle(page), openChromium([/WebAssembly/])]);
    object = Buffer.from(compileBpf(vmPageSource)).toString("base64");
  });
  afterAll(() => browser.close());

  async function inPage(
    engine: string,
    ...served: readonly [isolated: boolean, policy?: string]
  ): Promise<ObjectReport> {
    const site = await serve(script, ...served);
    const tab = await browser.context.newPage();
    try {
      await tab.goto(site.url);
      // by a script of the page: what a debugger evaluates is under no policy
      const call = `import("/page.js").then(({ runObject }) => runObject("${object}", "${engine}"))`;
      return await tab.evaluate<ObjectReport>(call);
    } finally {
      await tab.close();
      await site.close();
    }
  }

  test.each(engines.flatMap((engine) => [true, false].map((isolated) => ({ engine, isolated }))))(
    "does what it does in Node, by $engine, cross-origin isolated: $isolated",
    async ({ engine, isolated }) => {
      const here = await runObject(object, engine);
      expect(here).toMatchObject({ returned: 6, total: "180", compiles: true });
      expect(here.records).toHaveLength(3);
      expect(here.fault).toContain("a null pointer");
      expect(await inPage(engine, isolated)).toEqual({ ...here, sharedMemory: isolated });
    },
  );

  test("runs on the interpreter where the page's policy lets no WebAssembly be compiled", async () => {
    const here = await runObject(object, "interpreter");
    const there = await inPage("wasm", true, "default-src 'self'; script-src 'self'");
    expect(there).toEqual({ ...here, compiles: false });
  });
});
