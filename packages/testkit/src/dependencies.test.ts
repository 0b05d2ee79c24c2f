import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifestAt = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** Where a package that `folder` depends on was installed. */
function installed(folder: string, name: string): string {
  for (let at = realpathSync(folder); ; at = dirname(at)) {
    const path = join(at, "node_modules", name);
    if (existsSync(path)) return realpathSync(path);
    if (at === dirname(at)) throw new Error(`${name}, of ${folder}, is not installed`);
  }
}

/** Every package of others that comes with a package of ours, with its licence and whom it comes with. */
function dependencies(): Map<string, { readonly license: string; readonly of: Set<string> }> {
  const found = new Map<string, { readonly license: string; readonly of: Set<string> }>();
  const walk = (folder: string, of: string, seen: Set<string>): void => {
    for (const name of Object.keys(manifestAt(folder).dependencies ?? {})) {
      const at = installed(folder, name);
      if (seen.has(at)) continue;
      seen.add(at);
      if (!/^(?:rbgen$|@rbgen\/)/.test(name)) {
        const entry = found.get(name) ?? { license: manifestAt(at).license ?? "none", of: new Set() };
        entry.of.add(of);
        found.set(name, entry);
      }
      walk(at, of, seen);
    }
  };
  for (const folder of ["packages", "apps"].flatMap((name) =>
    readdirSync(join(root, name)).map((each) => join(root, name, each)),
  )) {
    const { name, private: isPrivate } = manifestAt(folder);
    if (isPrivate !== true) walk(folder, name, new Set());
  }
  return found;
}

test("docs/dependencies.md lists every package that is installed with ours, and its licence", () => {
  const rows = [...dependencies()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, { license, of }]) =>
        `| \`${name}\` | ${license} | ${[...of]
          .sort()
          .map((each) => `\`${each}\``)
          .join(", ")} |`,
    );
  expect(rows.length).toBeGreaterThan(5);
  const page = readFileSync(join(root, "docs/dependencies.md"), "utf8");
  expect(page.split("\n").filter((line) => line.startsWith("| `"))).toEqual(rows);
});

test("SECURITY.md tells as many kept inputs of each target of the fuzzer as there are", () => {
  const corpus = join(root, "fuzz/corpus");
  const rows = readdirSync(corpus)
    .sort()
    .map((target) => `| \`${target}\` | ${readdirSync(join(corpus, target)).length} |`);
  const page = readFileSync(join(root, "SECURITY.md"), "utf8");
  expect(page.split("\n").filter((line) => /^\| `[\w-]+` \| \d+ \|$/.test(line))).toEqual(rows);
});
