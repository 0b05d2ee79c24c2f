import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { findProgram } from "../find-program.ts";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A headless Chromium of the system with an empty profile, which goes with it. */
export interface Browser {
  readonly context: BrowserContext;
  /** What went wrong in its pages, as it came: scripts that failed, errors of consoles, what policies refused. */
  readonly errors: readonly string[];
  /** @throws Error if anything went wrong in a page: no test passes over it. */
  close(): Promise<void>;
}

/**
 * Opens it; what `expected` matches is no error of a page.
 * @throws Error if there is no Chromium.
 */
export async function openChromium(expected: readonly RegExp[] = []): Promise<Browser> {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) throw new Error("no chromium");
  const profile = await mkdtemp(join(tmpdir(), "rbgen-chromium-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args });
  const errors: string[] = [];
  const note = (text: string): void => {
    if (!expected.some((known) => known.test(text))) errors.push(text);
  };
  context.on("weberror", (error) => note(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") note(message.text());
  });
  return {
    context,
    errors,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
      if (errors.length > 0) throw new Error(`in a page of Chromium:\n${errors.join("\n")}`);
    },
  };
}
