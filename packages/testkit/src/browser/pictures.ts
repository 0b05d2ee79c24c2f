import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";

/** Where pictures of pages are kept, for people to look at; undefined where nobody asked for them. */
const folder = process.env["RBGEN_PICTURES"];

/** Keeps a picture of what the window shows, `name`.png in the folder that `RBGEN_PICTURES` names; nothing without it. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
