import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(root, ".github/workflows");
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

test.each(readdirSync(folder))("what %s runs is there", (name) => {
  const commands = [...read(name).matchAll(/^ *- run: (.*)$/gm)].map(([, command = ""]) => command);
  expect(commands).not.toEqual([]);
  for (const command of commands) {
    const [, script] = /\bnpm run (\S+)/.exec(command) ?? [];
    if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
    for (const [, path = ""] of command.matchAll(/(?:bash|node) (\w[\w./-]*|\.[\w./-]+)/g))
      expect(existsSync(join(root, path))).toBe(true);
    for (const [, path = ""] of command.matchAll(/require\('([^']+)'\)/g))
      expect(existsSync(join(root, path))).toBe(true);
  }
});

test("a release holds no secret, has the identity of the workflow alone, and begins with a tag", () => {
  const text = read("release.yml");
  expect(text).not.toMatch(/secrets\.|TOKEN/);
  expect(text).toMatch(/^ {6}id-token: write$/m);
  expect(text.match(/write/g)).toHaveLength(1);
  expect(text).toMatch(/^on:\n {2}push:\n {4}tags: \["v\*"\]$/m);
});

test("the hosted CI does what CI does here, which rehearses a release", () => {
  expect(read("ci.yml")).toContain("- run: bash .ci/run\n");
  expect(read("ci.yml")).toContain("- run: bash .ci/matrix\n        if: github.event_name == 'schedule'\n");
  const ci = readFileSync(join(root, ".ci/run"), "utf8");
  expect(ci).toContain("\nnode scripts/release.mjs --dry-run\n");
});
