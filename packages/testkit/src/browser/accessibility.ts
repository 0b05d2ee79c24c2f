import axe from "axe-core";
import type { Page } from "playwright-core";

/** Which faults count: those of an impact that keeps people out, or every one of these standards. */
export type Measure = "serious" | "wcag-a-and-aa";

/** What axe finds wrong with a page as it is, each with the elements: in the part that a selector names, or in the whole. */
export async function faultsOf(page: Page, measure: Measure = "serious", part?: string): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    ([selector, standards]) => {
      const { axe: here } = globalThis as unknown as { axe: typeof axe };
      // Style sheets are not fetched anew: a policy may allow no connection.
      const options = { preload: false, ...(standards && { runOnly: ["wcag2a", "wcag2aa"] }) };
      const place = selector === undefined ? document : document.querySelector(selector);
      if (place === null) throw new Error(`the page has no ${selector}`);
      return here.run(place, options);
    },
    [part, measure === "wcag-a-and-aa"] as const,
  );
  return violations
    .filter(({ impact }) => measure !== "serious" || impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
