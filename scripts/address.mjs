// Gives every package the address of the project: `node scripts/address.mjs https://example.org/owner/rbgen`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedFolders, root } from "./workspace.mjs";

const [address = ""] = process.argv.slice(2);
if (!URL.canParse(address) || new URL(address).protocol !== "https:") {
  console.error("usage: node scripts/address.mjs https://…");
  process.exit(2);
}
const url = address.replace(/\/$/, "");
for (const folder of publishedFolders()) {
  const file = join(root, folder, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  Object.assign(manifest, {
    repository: { type: "git", url: `git+${url}.git`, directory: folder },
    homepage: `${url}#readme`,
    bugs: `${url}/issues`,
  });
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
