import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { measurePage } from "./page/measure-page.ts";

const demo = fileURLToPath(new URL("../../apps/demo/dist/main.js", import.meta.url));
const isBuilt = existsSync(demo);
const title = isBuilt ? "the bench of the page" : "the bench of the page [needs a build (npm test)]";

describeWith(["chromium"], title, () => {
  test("measures a page that streams, and one that is idle", async () => {
    const figures = await measurePage({ demo, rate: 2000, seconds: 1, idleSeconds: 1 });
    expect(figures.received).toBeGreaterThan(0);
    expect(figures.framesPerSecond).toBeGreaterThan(0);
    for (const figure of Object.values(figures)) expect(Number.isFinite(figure)).toBe(true);
  });
});
