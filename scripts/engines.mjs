// Brings Bun and Deno for the tests that run native rings under them: `node scripts/engines.mjs`. They are not among the
// workspace's dependencies, since each is 100 MB that nothing but those tests needs. Their install scripts do not run:
// the binary lies in a package per platform.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, say } from "./workspace.mjs";

const engines = {
  x64: ["@oven/bun-linux-x64@1.4.5", "@deno/linux-x64-glibc@2.9.6"],
  arm64: ["@oven/bun-linux-aarch64@1.4.5", "@deno/linux-arm64-glibc@2.9.6"],
};
const wanted = process.platform === "linux" ? engines[process.arch] : undefined;
if (wanted === undefined) {
  say(`no Bun or Deno for ${process.platform}-${process.arch} is needed: native rings are tested on Linux`);
} else {
  const folder = join(root, ".tools", "engines");
  const stamp = join(folder, "installed");
  const key = wanted.join("\n");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== key) {
    say(`installing ${wanted.join(" and ")} into .tools`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    const options = ["--yes", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"];
    process.exitCode = run("npm", ["install", ...options, ...wanted], { cwd: folder });
    if (process.exitCode === 0) writeFileSync(stamp, key);
  }
}
