// Gives every package the address of the project: `node scripts/address.mjs https://example.org/owner/rbgen`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const [address = ""] = process.argv.slice(2);
if (!URL.canParse(address) || new URL(address).protocol !== "https:") {
  console.error("usage: node scripts/address.mjs https://…");
  process.exit(2);
}
const url = address.replace(/\/$/, "");
for (const name of readdirSync(join(root, "packages"))) {
  const file = join(root, "packages", name, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  if (manifest.private) continue;
  Object.assign(manifest, {
    repository: { type: "git", url: `git+${url}.git`, directory: `packages/${name}` },
    homepage: `${url}#readme`,
    bugs: `${url}/issues`,
  });
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
