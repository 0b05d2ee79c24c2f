import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { soak } from "./soak.ts";

const folder = mkdtempSync(join(tmpdir(), "rbgen-soak-"));
const worker = pathToFileURL(join(folder, "soak-worker.mjs"));

/** A worker thread runs what is built, so the sources are built for it. */
beforeAll(() =>
  build({
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true, resolve: { conditions: ["@rbgen/source"] } },
    build: {
      ssr: fileURLToPath(new URL("soak-worker.ts", import.meta.url)),
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: "soak-worker.mjs" } },
    },
  }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("100 000 records of each of two producers to a consumer, in threads, lose, repeat and tear nothing", async () => {
  const report = await soak(100_000, worker, 2);
  expect(report).toEqual({ delivered: report.delivered, lost: 0, duplicates: 0, torn: 0, lostWakeups: 0 });
  expect(report.delivered).toBeGreaterThanOrEqual(200_000);
});
