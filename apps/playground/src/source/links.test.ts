import { expect, test } from "vitest";
import { example } from "./example.ts";
import { linksOf } from "./links.ts";
import { readSource } from "./read-source.ts";

test("each member of the example has its line of C, its bytes, and its lines of generated code", async () => {
  const { pictures, generated, diagnostics } = await readSource("types.h", example);
  expect(diagnostics).toEqual([]);
  const text = generated?.text ?? "";
  const lines = text.split("\n");
  const links = linksOf(pictures, "types.h", text);
  for (const [path, property] of [
    ["header", "header"],
    ["header.ts_ns", "tsNs"],
    ["cgroup", "cgroup"],
    ["is_root", "isRoot"],
    ["path", "path"],
  ]) {
    const link = links.find((one) => one.type === "struct event" && one.path === path);
    expect(link?.sourceLine, path).toBeGreaterThan(0);
    expect(link?.generatedLines.length, path).toBeGreaterThan(0);
    for (const line of link?.generatedLines ?? []) expect(lines[line - 1]).toContain(property);
  }
  expect(links.find(({ path }) => path === "is_root")).toMatchObject({ from: 408, to: 409 });
});
