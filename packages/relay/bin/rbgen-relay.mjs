#!/usr/bin/env node
// Committed, so that package managers link the command before the first build.
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write(
    "rbgen-relay is not built yet: run `npm test` or `npm run demo` once at the root of its repository\n",
  );
  process.exitCode = 70;
}
