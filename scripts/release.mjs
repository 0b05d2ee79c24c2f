// Publishes all packages: `npm run release`, or `npm run release -- --dry-run`, from a clean work tree whose versions are new
// (`node scripts/version.mjs`). Builds, brings the addon for both architectures, checks what is packed, and publishes by pnpm,
// which puts versions in the place of `workspace:`.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, prepare, publishedFolders, root, run, say } from "./workspace.mjs";

const dryRun = process.argv.includes("--dry-run");
const packages = publishedFolders().map((folder) =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")),
);

/** What hinders a release, in words. */
function hindrances() {
  const found = [];
  if (execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" }) !== "") {
    found.push("the work tree has changes: commit them");
  }
  for (const { name, version, repository, homepage, bugs } of packages) {
    if (version === "0.0.0") found.push(`${name} has no version yet: node scripts/version.mjs`);
    const missing = Object.entries({ repository, homepage, bugs }).filter(([, value]) => value === undefined);
    if (missing.length > 0) {
      const fields = missing.map(([field]) => field).join(", ");
      found.push(`${name} has no ${fields}: node scripts/address.mjs https://… gives them to all packages`);
    }
  }
  return found;
}

const found = hindrances();
for (const line of found) console.error(`${dryRun ? "would be refused" : "refused"}: ${line}`);
if (found.length > 0 && !dryRun) process.exit(1);

function step(what, command, args, env) {
  say(what);
  const code = run(command, args, { env });
  if (code !== 0) process.exit(code);
}

prepare();
build();
step("building the addon for both architectures", process.execPath, ["packages/native/scripts/prebuild.mjs"]);
step("checking the packages", process.execPath, ["scripts/check-packages.mjs"]);
const publish = ["--recursive", "publish", "--access=public", ...(dryRun ? ["--dry-run", "--no-git-checks"] : [])];
step(dryRun ? "what would be published" : "publishing", "pnpm", publish, { RBGEN_RELEASE: "1" });
