import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const docs = fileURLToPath(new URL("../../../../docs/diagnostics/", import.meta.url));

/** Pages that show a header, and below it what is printed of it. */
const samples = readdirSync(docs).flatMap((page) => {
  const text = readFileSync(join(docs, page), "utf8");
  const [, header, printed] = /```c\n([^`]*)```\n\n```\n(types\.h:[^`]*)```/.exec(text) ?? [];
  return header === undefined || printed === undefined ? [] : [{ page, header, printed }];
});

test("there are samples to run", () => {
  expect(samples.map(({ page }) => page)).toContain("RB4002.md");
});

test.each(samples)("$page shows what is printed of its sample", async ({ header, printed }) => {
  const host = new MemoryHost({ files: { "/w/types.h": header } });
  await runCommand(["types.h", "-o", "-"], host);
  expect(host.err).toContain(printed);
});
