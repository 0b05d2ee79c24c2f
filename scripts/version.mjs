// Gives the packages their next versions and changelogs from the changesets: `node scripts/version.mjs`.
// Peers are taken out of the manifests meanwhile: changesets calls every minor step of a peer a major one for who asks for
// it, and all packages have one version.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./workspace.mjs";

const files = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name, "package.json"));
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const write = (file, manifest) => writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);

const peers = new Map(files.map((file) => [file, read(file).peerDependencies]));
let code = 1;
try {
  for (const [file, peerDependencies] of peers) {
    if (peerDependencies !== undefined) write(file, { ...read(file), peerDependencies: {} });
  }
  code = run("node", ["scripts/changeset.mjs", "version"]);
} finally {
  for (const [file, peerDependencies] of peers) {
    if (peerDependencies !== undefined) write(file, { ...read(file), peerDependencies });
  }
}
process.exitCode = code;
