#!/usr/bin/env node
// Committed, so that package managers link the command before the first build.
import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write("the demo is not built yet: run `npm run demo` once at the root of its repository\n");
  process.exitCode = 70;
}
