// Builds the addon for every architecture, each of which must succeed: node scripts/prebuild.mjs
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import prebuildify from "prebuildify";
import { compilers, root } from "./compiler.mjs";

for (const arch of Object.keys(compilers)) {
  await promisify(prebuildify)({
    cwd: root,
    cache: join(root, "build"),
    name: "rbgen-native",
    platform: "linux",
    arch,
    napi: true,
    // of Node-API's binaries the version is in no name, and nothing is downloaded for it
    targets: [process.versions.node],
    nodeGyp: fileURLToPath(new URL("./gyp.mjs", import.meta.url)),
  });
}
