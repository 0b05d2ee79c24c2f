#!/usr/bin/env node
// Committed, so that package managers link the command before the first build.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const start = fileURLToPath(new URL("../dist/cli/start.cjs", import.meta.url));
if (existsSync(start)) createRequire(import.meta.url)(start);
else {
  process.stderr.write("rbgen is not built yet: run `npm test` or `npm run demo` once at the root of its repository\n");
  process.exitCode = 70;
}
