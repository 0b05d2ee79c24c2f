import { setTimeout as delay } from "node:timers/promises";
import { openChromium } from "@rbgen/testkit/browser/chromium";
import type { Page } from "playwright-core";
import { browserSeconds } from "./browser-time.ts";
import { ServedPage } from "./served-page.ts";

/** What loading the page left to be done is done meanwhile. */
const settleMs = 3000;

/** What is measured of the demo's page. */
export interface PageFigures {
  readonly framesPerSecond: number;
  /** Of the server's resident memory, after the first third of the time. */
  readonly growthMiB: number;
  /** Of a core, by all processes of the browser, while nothing is produced. */
  readonly idlePercent: number;
  /** Records: those that the page showed, those that it was too slow for, those that found the ring full. */
  readonly received: number;
  readonly missed: number;
  readonly dropped: number;
}

/** Shows the page in a browser while nothing is produced, and then while `rate` records a second are, for `seconds`. */
export async function measurePage(options: {
  /** What is built of the demo's `main.ts`. */
  readonly demo: string;
  readonly rate: number;
  readonly seconds: number;
  readonly idleSeconds: number;
}): Promise<PageFigures> {
  const { demo, rate, seconds, idleSeconds } = options;
  const served = await ServedPage.start(demo, rate);
  try {
    const browser = await openChromium();
    try {
      const page = await browser.context.newPage();
      page.setDefaultTimeout(120_000);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(served.url);
      await page.locator(".rows .row[data-ordinal]").nth(5).waitFor();
      await page.getByRole("button", { name: "Got it" }).click();
      await page.getByRole("button", { name: "Pause producing" }).click();
      await page.getByRole("button", { name: "Resume producing" }).waitFor();
      await delay(settleMs);
      const [start, spent] = [performance.now(), browserSeconds()];
      await delay(idleSeconds * 1000);
      const idlePercent = ((browserSeconds() - spent) * 100_000) / (performance.now() - start);
      await page.getByRole("button", { name: "Resume producing" }).click();
      await page.getByRole("button", { name: "Pause producing" }).waitFor();
      const third = seconds / 3;
      const first = await frames(page, third);
      const before = await number(page, "[data-counter='server’s memory']");
      const rest = await frames(page, 2 * third);
      const growthMiB = (await number(page, "[data-counter='server’s memory']")) - before;
      const [received, missed, dropped] = [
        await number(page, "[data-figure=shown]"),
        await number(page, "[data-figure=missed]"),
        await number(page, "[data-figure=dropped]"),
      ];
      return { framesPerSecond: (first + 2 * rest) / 3, growthMiB, idlePercent, received, missed, dropped };
    } finally {
      await browser.close();
    }
  } finally {
    await served.stop();
  }
}

/** Frames a second that the page draws for so long. */
function frames(page: Page, seconds: number): Promise<number> {
  return page.evaluate(
    (ms) =>
      new Promise<number>((resolve) => {
        let count = 0;
        let start = 0;
        const step = (now: number): void => {
          if (start === 0) start = now;
          else count += 1;
          if (now - start < ms) requestAnimationFrame(step);
          else resolve((count * 1000) / (now - start));
        };
        requestAnimationFrame(step);
      }),
    seconds * 1000,
  );
}

async function number(page: Page, selector: string): Promise<number> {
  return Number.parseFloat(((await page.locator(selector).textContent()) ?? "").replaceAll(",", ""));
}
