// Builds the addon for this machine, when a compiler is there and a source has changed: node scripts/build-addon.mjs
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileFor, compilerOf, compilers, root } from "./compiler.mjs";

/** Whatever could make another binary of it. */
function fingerprint(compiler) {
  const hash = createHash("sha256").update(compiler).update(process.version);
  for (const name of readdirSync(join(root, "addon")).sort()) hash.update(readFileSync(join(root, "addon", name)));
  return hash.update(readFileSync(new URL("./compiler.mjs", import.meta.url))).digest("hex");
}

function build(arch) {
  const output = join(root, "prebuilds", `linux-${arch}`, "rbgen-native.node");
  const stamp = `${output}.sha256`;
  const key = fingerprint(compilerOf(arch) ?? "");
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === key) return undefined;
  const problem = compileFor(arch, output);
  if (problem === undefined) writeFileSync(stamp, key);
  return problem;
}

if (process.platform !== "linux" || !(process.arch in compilers)) {
  process.stderr.write(
    `@rbgen/native: no addon for ${process.platform}-${process.arch}; everything but native works\n`,
  );
} else {
  const problem = build(process.arch);
  if (problem?.startsWith("no C compiler") || problem?.startsWith("Node's headers")) {
    process.stderr.write(`@rbgen/native: addon not built (${problem}); everything but native works\n`);
  } else if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
  }
}
