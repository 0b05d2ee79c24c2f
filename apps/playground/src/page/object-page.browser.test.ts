import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { type Browser, openChromium } from "@rbgen/testkit/browser/chromium";
import { compileBpf, inScratchFolder, withoutDebugInfo } from "@rbgen/testkit/compile";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

const index = fileURLToPath(new URL("../../dist/index.html", import.meta.url));
const readme = fileURLToPath(new URL("../../../../README.md", import.meta.url));
const isBuilt = existsSync(index);
const title = isBuilt ? "an object in the playground" : "an object in the playground [needs a build (npm test)]";
const patience = { timeout: 120_000 };

/** The README's first program, compiled as it says. */
function readmeObject(): Buffer {
  const [, source] = /```c\n(\/\/ probe\.bpf\.c\n[\s\S]*?)```/.exec(readFileSync(readme, "utf8")) ?? [];
  return inScratchFolder((folder) => {
    const types = execFileSync("bpftool", ["btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"], {
      maxBuffer: 1 << 28,
    });
    writeFileSync(join(folder, "vmlinux.h"), types);
    return Buffer.from(compileBpf(source ?? "", "little", ["-I", folder]));
  });
}

describeWith(["chromium", "clang", "gcc", "bpftool", "vmlinux"], title, () => {
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    browser = await openChromium();
    page = await browser.context.newPage();
    page.setDefaultTimeout(patience.timeout);
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(index).href);
  });
  afterAll(() => browser?.close());

  const open = (name: string, buffer: Buffer) =>
    page.locator("input[type=file]").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
  const records = async () =>
    (await page.locator(".runs li:first-child .record").allTextContents()).map((text) =>
      JSON.parse(text.slice(text.indexOf(":") + 1)),
    );

  test("what is no object is refused with a reason, and says what to do", async () => {
    await open("broken.bpf.o", Buffer.from("\x7fELF and nothing else"));
    await page.getByText("broken.bpf.o was refused: RB300").waitFor();
    await page.getByText("Drop a .bpf.o anywhere").waitFor();
  });

  const fire = async (): Promise<void> => {
    await page.getByRole("button", { name: "Fire" }).click();
    await page.locator(".record").waitFor();
  };

  test("an object that was stripped gives bytes, until a header that is open beside it tells the types", async () => {
    const types = /enum kind[\s\S]*?struct exit \{.*\n/.exec(readFileSync(readme, "utf8"))?.[0] ?? "";
    await open("probe.h", Buffer.from(types));
    // The compiler keeps no types of what only lies in a ring but in debug information.
    await open("probe.bpf.o", Buffer.from(withoutDebugInfo(readmeObject())));
    await fire();
    expect(typeof (await records())[0]).toBe("string");
    await page.getByRole("button", { name: "Take types" }).click();
    await page.getByText("Nothing ran yet").waitFor();
    await fire();
    expect(await records()).toMatchObject([{ kind: "exec", header: { kind: 1 } }]);
  });

  test("the README's program is fired, and its record is decoded by what is generated of the object", async () => {
    await open("probe.bpf.o", readmeObject());
    await page.getByText("Nothing ran yet").waitFor();
    await fire();
    const [record, ...more] = await records();
    expect(more).toEqual([]);
    expect(record).toMatchObject({ kind: "exec", header: { kind: 1 } });
    expect(await page.locator(".lines .ran").count()).toBeGreaterThan(5);
  });

  test("it is stepped through by line of C, to the record that it sends", async () => {
    await page.getByRole("combobox").selectOption("on_exit");
    await page.getByRole("button", { name: "Step through" }).click();
    const places: string[] = [];
    const place = page.locator(".stepper .place code");
    const position = page.locator(".stepper h2 .unit");
    for (let before = ""; before !== (await position.textContent()); ) {
      before = (await position.textContent()) ?? "";
      places.push((await place.textContent()) ?? "");
      await page.getByRole("button", { name: "Line", exact: true }).click();
    }
    expect(places.some((line) => line.includes("bpf_get_current_cgroup_id"))).toBe(true);
    expect(places.some((line) => line.includes("bpf_ringbuf_output"))).toBe(true);
    expect(await page.locator(".registers li").count()).toBe(11);
    expect(await records()).toMatchObject([{ kind: "exit", header: { kind: 2 } }]);
    // Back to where something was written.
    const back = page.getByRole("button", { name: "Instruction back" });
    for (let turn = 0; turn < 60 && (await page.locator(".writes").count()) === 0; turn++) await back.click();
    expect(await page.locator(".writes").textContent()).toContain("→");
    expect(await page.locator(".stack li").count()).toBeGreaterThan(0);
  });

  test("a context that is none is said to be none, and nothing runs", async () => {
    await page.getByRole("textbox", { name: "Context" }).fill("{ no");
    await page.getByText("neither hex nor JSON").waitFor();
    expect(await page.getByRole("button", { name: "Fire" }).isDisabled()).toBe(true);
    await page.getByRole("textbox", { name: "Context" }).fill("");
  });

  test("the demo's object is opened without asking a server", async () => {
    await page.reload();
    await page.getByRole("button", { name: "Compiled object" }).click();
    await page.getByRole("button", { name: "Open the demo's object" }).click();
    await page.locator("[data-global]").first().waitFor();
    expect(await page.locator(".contents tbody tr").first().textContent()).toContain("ringbuf");
  });

  test.each([
    ["light", 1280, 800],
    ["dark", 1280, 800],
    ["light", 390, 844],
    ["dark", 390, 844],
  ] as const)("is readable in %s at %d × %d", async (colorScheme, width, height) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({ preload: false }),
    );
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  });

  test("nothing was asked of any server, nothing was refused by its policy, and no script failed", () => {
    expect(requests.filter((url) => !/^(file|blob):/.test(url))).toEqual([]);
    expect(errors).toEqual([]);
  });
});
