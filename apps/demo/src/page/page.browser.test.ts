import { readFileSync } from "node:fs";
import { describeWith } from "@rbgen/testkit";
import { faultsOf } from "@rbgen/testkit/browser/accessibility";
import { type Browser, openChromium } from "@rbgen/testkit/browser/chromium";
import { keepPicture } from "@rbgen/testkit/browser/pictures";
import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isBuilt, ServedDemo } from "../testing/served-demo.ts";
import { StreamClient } from "../testing/stream-client.ts";

const title = isBuilt ? "the page of the demo" : "the page of the demo [needs a build (npm test)]";
const patience = { timeout: 120_000 };

/** A backend, and what its records have: the name of a process, and a file that is opened. */
interface Shown {
  readonly backend: "vm" | "emulated" | "native";
  readonly process: string;
  readonly file: string;
}

/** A number that the page shows. */
async function figureOf(page: Page, name: string): Promise<number> {
  return Number((await page.locator(`[data-figure="${name}"]`).textContent())?.replaceAll(",", ""));
}

/** Collects the elements that move from now on, as "shifts" of the page. */
function watchShifts(page: Page): Promise<void> {
  return page.evaluate(() => {
    const shifts: string[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { sources = [] } = entry as unknown as { sources?: { node?: Node }[] };
        // A number that is aligned to the right begins elsewhere as its digits change: no element moves.
        for (const { node } of sources) if (node instanceof Element) shifts.push(node.outerHTML.slice(0, 200));
      }
    }).observe({ type: "layout-shift" });
  });
}

function pageOver({ backend, process, file }: Shown): void {
  describe(`over the backend ${backend}`, () => {
    let demo: ServedDemo;
    let browser: Browser;
    let page: Page;
    let samples: StreamClient;

    beforeAll(async () => {
      demo = await ServedDemo.start("--rate", "200", "--backend", backend);
      samples = await StreamClient.open(demo.url);
      browser = await openChromium([/ERR_CONNECTION_REFUSED/]);
      page = await browser.context.newPage();
      page.setDefaultTimeout(patience.timeout);
      await page.goto(demo.url);
    });
    afterAll(async () => {
      await browser?.close();
      await demo?.stop();
    });

    const rows = () => page.locator(".rows .row[data-ordinal]");
    const figure = (name: string) => figureOf(page, name);

    test("records appear, and what the kernel side produced is accounted for", async () => {
      await rows().nth(5).waitFor();
      await expect.poll(() => page.locator(".verdict").getAttribute("data-unaccounted"), patience).toBe("0");
      await expect.poll(() => figure("shown"), patience).toBeGreaterThan(0);
      expect(await page.locator(".backend").getAttribute("data-backend")).toBe(backend);
    });

    test("nothing moves while records come", async () => {
      const before = await figure("shown");
      await watchShifts(page);
      await expect.poll(() => figure("shown"), patience).toBeGreaterThan(before + 300);
      expect(await page.evaluate("shifts")).toEqual([]);
    });

    test("the table is walked through by keys", async () => {
      await page.locator(".rows").focus();
      await page.keyboard.press("ArrowDown");
      await page.getByText("Paused at").waitFor();
      const chosen = () => page.locator(".row[aria-selected=true]").getAttribute("data-ordinal");
      const first = Number(await chosen());
      await page.keyboard.press("ArrowDown");
      await expect.poll(chosen, patience).toBe(String(first - 1));
      await page.keyboard.press("ArrowUp");
      await expect.poll(chosen, patience).toBe(String(first));
      await page.getByText(`record ${first},`).waitFor();
      await page.getByRole("button", { name: "Go on" }).click();
    });

    test("a command changes the stream, and its acknowledgement is shown", async () => {
      await keepPicture(page, `dashboard-${backend}-first-run`);
      await page.getByRole("button", { name: "Got it" }).click();
      await page.getByLabel("records/s").selectOption("100");
      await page.getByRole("checkbox", { name: "exec" }).click();
      await page.getByPlaceholder("process name").fill(process);
      await page.getByRole("button", { name: "Set" }).click();
      const stages = () =>
        page.locator(".commands [data-stage]").evaluateAll((all) => all.map((one) => one.getAttribute("data-stage")));
      await expect.poll(stages, patience).toEqual(["obeyed", "obeyed", "obeyed"]);
      // Everything that is recorded from now on is of one name: the newest rows say so.
      const names = () => rows().locator("[role=gridcell]:nth-child(4)").allTextContents();
      await expect
        .poll(async () => (await names()).every((name) => [process, "kernel"].includes(name)), patience)
        .toBe(true);
      await page.getByPlaceholder("process name").fill("");
      await page.getByRole("button", { name: `Drop “${process}”` }).click();
      await expect.poll(stages, patience).toEqual(["obeyed", "obeyed", "obeyed", "obeyed"]);
    });

    test("what is searched for is told whole where it is typed", async () => {
      const room = await page.getByRole("searchbox").evaluate((box: HTMLInputElement) => {
        const { font, paddingLeft, paddingRight } = getComputedStyle(box);
        const text = document.createElement("canvas").getContext("2d");
        if (text === null) throw new Error("no canvas");
        text.font = font;
        const inner = box.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
        return inner - text.measureText(box.placeholder).width;
      });
      expect(room).toBeGreaterThan(0);
    });

    test("a search leaves what matches, and a paused table stands still", async () => {
      await page.getByRole("searchbox").fill(file);
      await rows().first().waitFor();
      const texts = async () => (await rows().allTextContents()).every((text) => text.includes(file));
      await expect.poll(texts, patience).toBe(true);
      await page.getByRole("searchbox").fill("no such thing");
      await page.getByText("No record matches").waitFor();
      await keepPicture(page, `dashboard-${backend}-no-match`);
      await page.getByRole("searchbox").fill("");
      await page.getByRole("button", { name: "Pause table" }).click();
      const ordinals = () => rows().evaluateAll((all) => all.map((row) => row.getAttribute("data-ordinal")));
      await page.getByText("Paused at").waitFor();
      const before = await ordinals();
      const shown = await figure("shown");
      await expect.poll(() => figure("shown"), patience).toBeGreaterThan(shown);
      expect(await ordinals()).toEqual(before);
      await keepPicture(page, `dashboard-${backend}-paused`);
    });

    test("the inspector shows the bytes of the sample, and which of them a member is", async () => {
      const row = rows().nth(2);
      const ordinal = Number(await row.getAttribute("data-ordinal"));
      await row.click();
      await page.getByText(`record ${ordinal},`).waitFor();
      const shown = await page.locator("[data-byte]").allTextContents();
      await expect.poll(() => samples.samples.has(ordinal), patience).toBe(true);
      const bytes = samples.samples.get(ordinal) ?? new Uint8Array();
      expect(shown).toEqual([...bytes].map((byte) => byte.toString(16).padStart(2, "0")));
      await page.locator("[data-member='header.pid']").hover();
      const lit = () => page.locator(".byte.lit").evaluateAll((all) => all.map((one) => one.getAttribute("data-byte")));
      await expect.poll(lit, patience).toEqual(["8", "9", "10", "11"]);
      const lines = await page.locator(".member-lines li").allTextContents();
      expect(lines.map((line) => line.replace(/^\S+ /, ""))).toEqual([
        "__u32 pid;",
        "pid: view.getUint32(offset + 8, true),",
      ]);
      await page.locator("[data-byte='16']").hover();
      await page.locator("tr.lit[data-member='header.comm']").waitFor();
      const pid = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
      expect(await page.locator("[data-member='header.pid'] .value").textContent()).toBe(String(pid));
    });

    test("what the table shows is exported as lines of JSON, as Arrow and as Parquet, the same records in each", async () => {
      const shown = await rows().evaluateAll((all) => all.map((row) => row.getAttribute("data-ordinal")));
      expect(shown.length).toBeGreaterThan(5);
      const exported = async (format: string): Promise<Buffer> => {
        const saving = page.waitForEvent("download");
        await page.getByLabel("Format of the export").selectOption(format);
        await page.getByRole("button", { name: "Export" }).click();
        return readFileSync(await (await saving).path());
      };
      // The table is paused: each of them has the same.
      const json = (await exported("JSON lines")).toString().trimEnd().split("\n");
      const kinds = json.map((line) => (JSON.parse(line) as { kind: string }).kind);
      const arrow = tableFromIPC(await exported("Arrow"));
      expect(arrow.toArray().map((row) => row?.["record"].toJSON().kind)).toEqual(kinds);
      const file = new Uint8Array(await exported("Parquet")).buffer;
      const parquet = await parquetReadObjects({ file, utf8: false });
      expect(parquet.map((row) => row["kind"])).toEqual(kinds);
      const times = json.map((line) => (JSON.parse(line) as { header: { tsNs: string } }).header.tsNs);
      expect(parquet.map((row) => String(row["header.tsNs"]))).toEqual(times);
    });

    test("an export is of the format that is chosen as its button is pressed", async () => {
      const saving = page.waitForEvent("download");
      await page.getByLabel("Format of the export").evaluate((select: HTMLSelectElement) => {
        // In one turn: nothing is drawn between both.
        select.value = "Arrow";
        select.dispatchEvent(new Event("change", { bubbles: true }));
        select.parentElement?.querySelector("button")?.click();
      });
      expect((await saving).suggestedFilename()).toBe("records.arrow");
    });

    test("the playground is its second page, and decodes a record that the inspector hands on", async () => {
      const opening = browser.context.waitForEvent("page");
      await page.getByText("Open in the playground").click();
      const second = await opening;
      second.setDefaultTimeout(patience.timeout);
      await second.locator(".decoded").waitFor();
      const decoded = JSON.parse((await second.locator(".decoded").textContent()) ?? "") as { header: { pid: number } };
      const pid = await page.locator("[data-member='header.pid'] .value").textContent();
      expect(String(decoded.header.pid)).toBe(pid);
      await keepPicture(second, `playground-beside-${backend}`);
      await second.getByRole("button", { name: "Compiled object" }).click();
      await second.getByRole("button", { name: "Open the demo's object" }).click();
      await second.getByRole("button", { name: "Fire" }).click();
      await second.getByText(/tick returned 0 after/).waitFor();
      await second.getByRole("link", { name: "Dashboard" }).click();
      await second.locator("[data-connection=open]").waitFor();
      await second.close();
    });

    test.each([
      ["light", 1280, 800],
      ["dark", 1280, 800],
      ["light", 390, 844],
      ["dark", 390, 844],
      ["light", 360, 780],
    ] as const)("is readable in %s at %d × %d", async (colorScheme, width, height) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await keepPicture(page, `dashboard-${backend}-${colorScheme}-${width}`);
      expect(await faultsOf(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      const cut = (element: Element) => element.scrollWidth - element.clientWidth;
      expect(await page.locator(".inspector").evaluate(cut)).toBeLessThanOrEqual(0);
    });

    test("says that the server is gone, and goes on when it is there again", async () => {
      const top = () => page.locator("main").evaluate((main) => main.getBoundingClientRect().top + scrollY);
      await page.setViewportSize({ width: 360, height: 780 });
      const before = await top();
      expect(await demo.stop()).toBe(0);
      await page.getByText("The server is gone").waitFor();
      expect(await top()).toBe(before);
      await page.setViewportSize({ width: 1280, height: 800 });
      // Nothing is as it was said to be: neither the account, nor what charts show last, nor what is counted.
      await page.getByText(/^no server since \d\d:\d\d:\d\d$/).waitFor();
      expect(await page.getByText("adds up").count()).toBe(0);
      await expect.poll(() => page.locator(".legend b").allTextContents(), patience).toEqual(new Array(10).fill("–"));
      expect(await page.getByText(/^as of \d\d:\d\d:\d\d$/).count()).toBe(2);
      await keepPicture(page, `dashboard-${backend}-disconnected`);
      demo = await ServedDemo.start("--rate", "200", "--backend", backend, "--address", demo.url);
      await page.locator("[data-connection=open]").waitFor();
      await page.getByRole("button", { name: "Go on" }).click();
      await rows().nth(5).waitFor();
      await expect.poll(() => page.locator(".verdict").getAttribute("data-unaccounted"), patience).toBe("0");
    });

    test("a server that is stopped is told from one that is at work", async () => {
      await page.evaluate("localStorage.clear()");
      await page.reload();
      await page.getByRole("button", { name: "Got it" }).waitFor();
      await expect.poll(() => page.locator(".verdict").textContent(), patience).toBe("✓ adds up");
      demo.halt(true);
      await page.getByText("The server says nothing any more").waitFor();
      await page.getByText(/^no server since/).waitFor();
      // The hint for whoever is here for the first time stands beside it.
      const [first, second] = await page
        .locator(".notice")
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect()));
      expect(first?.bottom).toBeLessThanOrEqual(second?.top ?? 0);
      await keepPicture(page, `dashboard-${backend}-silent`);
      demo.halt(false);
      await expect.poll(() => page.locator(".verdict").textContent(), patience).toBe("✓ adds up");
    });

    test("one page too many says so, and goes on by itself when another one is closed", async () => {
      await page.goto("about:blank");
      const others = [await StreamClient.open(demo.url)];
      // The page that was left is gone there, too.
      await expect.poll(() => others[0]?.last.state_frame, patience).toMatchObject({ pages: 1 });
      for (let more = 0; more < 15; more += 1) others.push(await StreamClient.open(demo.url));
      await Promise.all(others.map(({ hello }) => hello));
      await page.goto(demo.url);
      await page.getByText("The server has as many pages as it takes").waitFor();
      await page.getByText("not connected").first().waitFor();
      await keepPicture(page, `dashboard-${backend}-full`);
      await page.setViewportSize({ width: 390, height: 844 });
      await keepPicture(page, `dashboard-${backend}-full-390`);
      await page.setViewportSize({ width: 1280, height: 800 });
      others[3]?.socket.terminate();
      await page.locator("[data-connection=open]").waitFor();
      const turnedAway = async () => Number(await page.locator("[data-counter='pages turned away']").textContent());
      await expect.poll(turnedAway, patience).toBeGreaterThan(0);
      for (const { socket } of others) socket.terminate();
    });

    test("nothing was refused by its policy, and no script failed", () => {
      expect(browser.errors).toEqual([]);
    });
  });
}

describeWith(["chromium"], title, () => {
  test("nothing moves at 100 000 records a second, whatever numbers grow to", async () => {
    const demo = await ServedDemo.start("--rate", "100000");
    const browser = await openChromium();
    try {
      const page = await browser.context.newPage();
      page.setDefaultTimeout(patience.timeout);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(demo.url);
      await page.locator(".rows .row[data-ordinal]").first().waitFor();
      await watchShifts(page);
      await expect.poll(() => figureOf(page, "produced"), patience).toBeGreaterThan(1_000_000);
      expect(await page.evaluate("shifts")).toEqual([]);
      await keepPicture(page, "dashboard-quick");
    } finally {
      await browser.close();
      await demo.stop();
    }
  });

  pageOver({ backend: "vm", process: "node", file: "/etc/hosts" });
  pageOver({ backend: "emulated", process: "node", file: "/etc/hosts" });
});

// What the demo's own shell does, and nothing of others: the programs look who runs.
describeWith(["chromium", "kernel", "libbpf"], title, () => {
  pageOver({ backend: "native", process: "cat", file: "/no/such/file" });
});
