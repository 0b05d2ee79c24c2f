#!/usr/bin/env node
// What prebuildify runs in node-gyp's place, which would download Node's headers: rebuild --arch=<arch> …
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compileFor, root } from "./compiler.mjs";

const { values } = parseArgs({ options: { arch: { type: "string" } }, strict: false });
const problem = compileFor(values.arch, join(root, "build", "Release", "rbgen-native.node"));
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
