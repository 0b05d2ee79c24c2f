import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Module } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ScriptCache } from "./script-cache.ts";

let folder = "";
let source = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-scripts-"));
  source = join(folder, "module.cjs");
  writeFileSync(
    source,
    "const { sep } = require('node:path');\nexports.answer = () => ['41', sep, '42 – ', __filename].join('');\n",
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a process does: the module's answer, and how many scripts it had to compile and keep. */
function process(cacheFolder: string = join(folder, "cache")): { readonly answer: unknown; readonly written: number } {
  const cache = new ScriptCache(cacheFolder);
  const module = new Module(source);
  cache.load(module, source);
  const answer = (module.exports as { answer(): unknown }).answer();
  return { answer, written: cache.write() };
}

function keptFile(): string {
  const [version = ""] = readdirSync(join(folder, "cache"));
  const [name = ""] = readdirSync(join(folder, "cache", version));
  return join(folder, "cache", version, name);
}

test("a module is compiled once, and is the same one afterwards", () => {
  const answer = `41/42 – ${source}`;
  expect(process()).toEqual({ answer, written: 1 });
  expect(process()).toEqual({ answer, written: 0 });
});

test("a module of another text is compiled, also one of the same length", () => {
  process();
  writeFileSync(source, readFileSync(source, "utf8").replace("41", "40"));
  expect(process()).toEqual({ answer: `40/42 – ${source}`, written: 1 });
});

test.each([
  ["is empty", () => Buffer.alloc(0)],
  ["is cut", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ["has grown", (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("x")])],
  ["has one bit turned", (bytes: Buffer) => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 4 : byte))],
])("what was kept is made anew where it %s", (_, damage) => {
  const whole = process();
  const kept = keptFile();
  const bytes = readFileSync(kept);
  writeFileSync(kept, damage(bytes));
  expect(process()).toEqual(whole);
  expect(process()).toEqual({ ...whole, written: 0 });
});

test("a folder that cannot be made is as if there were none", () => {
  expect(process(join(source, "cache"))).toEqual({ answer: `41/42 – ${source}`, written: 0 });
});

test("errors tell the line and column of the module", () => {
  writeFileSync(source, "exports.answer = () => new Error('here').stack;\n");
  expect(process().answer).toContain(`${source}:1:24`);
  expect(process().answer).toContain(`${source}:1:24`);
});

test("a module of another checkout is not taken for this one, though its text is the same", () => {
  process();
  const other = join(folder, "elsewhere");
  mkdirSync(other);
  const first = source;
  source = join(other, "module.cjs");
  writeFileSync(source, readFileSync(first));
  expect(process()).toEqual({ answer: `41/42 – ${source}`, written: 1 });
  expect(process()).toEqual({ answer: `41/42 – ${source}`, written: 0 });
});
