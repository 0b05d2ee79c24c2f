// Packs every published package and checks what is in the tarball: publint's rules, that each export resolves to code and
// declarations (arethetypeswrong), and that the addon is there for both architectures.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { filterProblems, problemKindInfo } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { environment, publishedFolders, root } from "./workspace.mjs";

/** Who imports the packages: they are ES modules, and no resolution of TypeScript that is for CommonJS knows those. */
const importers = ["node16-esm", "bundler"];

const folder = mkdtempSync(join(tmpdir(), "rbgen-pack-"));
let problems = 0;
try {
  for (const path of publishedFolders()) {
    const cwd = join(root, path);
    const manifest = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8"));
    const packed = spawnSync("pnpm", ["pack", "--pack-destination", folder], {
      cwd,
      env: environment(),
      encoding: "utf8",
    });
    if (packed.status !== 0) throw new Error(`${manifest.name}: pnpm pack failed: ${packed.stderr}${packed.stdout}`);
    const tarball = readdirSync(folder).find(
      (file) => file.startsWith(manifest.name.replace("@", "").replace("/", "-")) && /-\d/.test(file),
    );
    const bytes = readFileSync(join(folder, tarball));
    const { messages, pkg } = await publint({
      strict: true,
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
    });
    if (manifest.name === "@rbgen/native") {
      const files = spawnSync("tar", ["tzf", join(folder, tarball)], { encoding: "utf8" }).stdout.split("\n");
      for (const platform of ["linux-x64", "linux-arm64"]) {
        if (files.includes(`package/prebuilds/${platform}/rbgen-native.node`)) continue;
        problems += 1;
        console.error(`${manifest.name}: no addon for ${platform}: node packages/native/scripts/prebuild.mjs`);
      }
    }
    // A command alone is imported by nobody.
    const isImported = Object.keys(manifest.exports).some((entry) => entry !== "./package.json");
    const analysis = isImported && (await checkPackage(createPackageFromTarballData(new Uint8Array(bytes))));
    const wrong = !isImported
      ? []
      : importers.flatMap((resolutionKind) => filterProblems(analysis, { resolutionKind }));
    for (const problem of new Set(wrong)) {
      problems += 1;
      console.error(`${manifest.name}: ${problemKindInfo[problem.kind].title}: ${JSON.stringify(problem)}`);
    }
    for (const message of messages) {
      problems += 1;
      console.error(`${manifest.name}: ${message.type}: ${formatMessage(message, pkg)}`);
    }
    console.log(`${manifest.name}: ${(bytes.length / 1024).toFixed(1)} kB packed`);
    rmSync(join(folder, tarball));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = problems > 0 ? 1 : 0;
