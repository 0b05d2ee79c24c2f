import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifestOf, type PublishedPackages, publishedFolders, root } from "./packages.ts";

/** What stands in the packages about themselves and each other. */
export function testManifests(packages: () => PublishedPackages): void {
  test("all packages have one version, and ranges in the place of what the workspace has", async () => {
    const { registry, version } = packages();
    expect(registry.names).toEqual(publishedFolders.map((folder) => manifestOf(join(root, folder)).name).sort());
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(version).not.toBe("0.0.0");
    const made = packages().folder("ranges");
    await made.run("npm", "init", "-y");
    await made.run("npm", "install", ...registry.names);
    for (const name of registry.names) {
      const {
        version: own,
        dependencies = {},
        peerDependencies = {},
      } = manifestOf(join(made.path, "node_modules", name));
      expect(own).toBe(version);
      for (const [each, range] of Object.entries(dependencies)) {
        if (registry.names.includes(each)) expect(range).toBe(version);
      }
      const all = Object.entries({ ...dependencies, ...peerDependencies });
      expect(all.filter(([, range]) => range.includes(":"))).toEqual([]);
      if (!["rbgen", "@rbgen/btf", "@rbgen/runtime", "rbgen-demo"].includes(name)) {
        expect(peerDependencies["@rbgen/runtime"]).toBe(`^${version}`);
      }
    }
  });

  test("the first version is 0.1.0, and the notes of each package say in order what it is", () => {
    expect(packages().version).toBe("0.1.0");
    for (const name of publishedFolders) {
      const notes = readFileSync(join(packages().copy, name, "CHANGELOG.md"), "utf8");
      expect(notes.match(/^## .*$/gm), name).toEqual(["## 0.1.0"]);
      expect(notes, name).toContain("The first release: ");
    }
  });

  test("packages are published by the release alone", () => {
    const env = { ...process.env, NODE_OPTIONS: "", RBGEN_RELEASE: "" };
    const script = join(packages().copy, "scripts/guard-publish.mjs");
    const refused = spawnSync(process.execPath, [script], { env, encoding: "utf8" });
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("npm run release")]);
    for (const name of publishedFolders) {
      const { scripts } = manifestOf(join(packages().copy, name));
      expect(scripts?.["prepublishOnly"]).toBe("node ../../scripts/guard-publish.mjs");
    }
  });

  test("the release refuses packages without an address, which one script gives to all", () => {
    const { copy } = packages();
    const env = { ...process.env, NODE_OPTIONS: "" };
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [...args], { cwd: copy, env, encoding: "utf8" });
    spawnSync("git", ["init", "--quiet"], { cwd: copy, env });
    const refused = run("scripts/release.mjs");
    expect(refused.status).toBe(1);
    for (const name of packages().registry.names) {
      expect(refused.stderr).toContain(`refused: ${name} has no repository, homepage, bugs: node scripts/address.mjs`);
    }
    expect(run("scripts/address.mjs", "ftp://example.org").status).toBe(2);
    expect(run("scripts/address.mjs", "https://example.org/owner/rbgen/").status).toBe(0);
    for (const name of publishedFolders) {
      expect(manifestOf(join(copy, name))).toMatchObject({
        repository: { url: "git+https://example.org/owner/rbgen.git", directory: name },
        homepage: "https://example.org/owner/rbgen#readme",
        bugs: "https://example.org/owner/rbgen/issues",
      });
    }
    expect(run("scripts/release.mjs").stderr).not.toContain("has no repository");
  });
}
