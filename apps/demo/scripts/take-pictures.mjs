// Takes the pictures of the documents, docs/images, of the built pages: `npm run pictures` in apps/demo, with chromium.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const images = here("../../../docs/images/");

/** Starts the built demo; its address, and what ends it. */
async function served() {
  const child = spawn(process.execPath, [here("../dist/main.js"), "--rate", "200"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const url = /(http:\S+)/.exec(text)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return { url, stop: () => child.kill("SIGINT") };
  }
  throw new Error(`the demo ended before it served anything: ${text}`);
}

const executablePath = spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
const demo = await served();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

/** Opens a path of the demo in a window of that size, has `work` bring it to what is shown, and takes its picture. */
async function picture(name, { path = "", colorScheme = "light", width = 1280, height = 800 }, work) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height } });
  await page.goto(`${demo.url}${path}`);
  await work(page);
  await page.evaluate("scrollTo(0, 0)");
  await page.screenshot({ path: `${images}${name}.jpg`, type: "jpeg", quality: 85 });
  await page.close();
}

async function inspected(page) {
  await page.getByRole("button", { name: "Got it" }).click();
  // Long enough that the charts have something to show.
  const shown = async () => Number((await page.locator("[data-figure=shown]").textContent()).replace(",", ""));
  while (!((await shown()) > 3000)) await delay(250);
  await page.locator(".row:has([data-kind=open_event])").nth(2).click();
  await page.locator("[data-member='header.pid'] button").focus();
}

try {
  await picture("dashboard", {}, inspected);
  await picture("dashboard-dark", { colorScheme: "dark" }, inspected);
  // A record of the example: exec of "ls" by root, with a path of ten bytes.
  const bytes = Buffer.alloc(84);
  bytes.writeBigUInt64LE(10_000_000_000n, 0);
  bytes.writeUInt32LE(4711, 8);
  bytes.writeUInt32LE(1, 12);
  bytes.write("ls", 16);
  bytes.writeUInt8(3, 32);
  bytes.writeBigUInt64LE(77n, 40);
  bytes.writeUInt32LE(1 << 24, 48);
  bytes.writeUInt32LE(1200, 56);
  bytes.writeUInt16LE(10, 72);
  bytes.write("/usr/share", 74);
  const sample = bytes.toString("hex").replace(/..(?=.)/g, "$& ");
  const source = async (page) => {
    await page.locator("[data-read='types.h']").waitFor();
    await page.getByRole("textbox", { name: "Bytes of a sample" }).fill(sample);
    await page.locator("[data-picture='struct event'] [data-path='header.pid'] rect").hover();
    await page.locator(".byte.lit").first().waitFor();
  };
  await picture("playground-source", { path: "playground/", height: 900 }, source);
  await picture("playground-phone", { path: "playground/", width: 390, height: 1800 }, source);
  const types = readFileSync(here("../bpf/types.h"), "utf8");
  const fragment = new URLSearchParams({ name: "types.h", text: types });
  await picture(
    "playground-object",
    { path: `playground/#${fragment}`, colorScheme: "dark", height: 900 },
    async (page) => {
      await page.locator("[data-read='types.h']").waitFor();
      await page.getByRole("button", { name: "Compiled object" }).click();
      await page.getByRole("button", { name: "Open the demo's object" }).click();
      await page.getByRole("button", { name: "Take types" }).click();
      await page.getByText("Nothing ran yet").waitFor();
      await page.getByRole("button", { name: "Step through" }).click();
      for (let step = 0; step < 24; step += 1) await page.getByRole("button", { name: "Line", exact: true }).click();
    },
  );
} finally {
  await browser.close();
  demo.stop();
}
