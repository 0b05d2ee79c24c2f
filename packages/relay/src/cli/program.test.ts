import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CommandRun, type Run } from "../testing/command.ts";
import { writeGenerated } from "../testing/generated-file.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-relay-"));
  const header = "struct a { int x; }; struct b { int y; };";
  await writeGenerated(join(folder, "two.gen.ts"), header, ["a", "b"]);
  writeFileSync(join(folder, "none.ts"), "export const x = 1;\n");
  writeFileSync(join(folder, "broken.ts"), "export const = 1;\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<Run> => new CommandRun(args, { cwd: folder }).ended();

test("help says what there is, and every exit code", async () => {
  const { code, out } = await run("--help");
  expect(code).toBe(0);
  for (const word of ["publish", "tail", "status", "archive", "Exit codes:"]) expect(out).toContain(word);
  expect(await run("--version")).toEqual({ code: 0, out: "1.2.3\n", err: "" });
});

test.each([
  [["tial"], "unknown command 'tial'"],
  [["tail"], "required option '--codec <file>'"],
  [["tail", "--codec", "two.gen.ts", "--limit", "0"], "whole number from 1 on"],
  [["tail", "--codec", "two.gen.ts", "--from", "yesterday"], "it is to be new, start, a time"],
  [["archive", "--codec", "x", "--parquet", "y", "--file-bytes", "2X"], "it is to be bytes"],
  [["archive", "--codec", "x", "--parquet", "y", "--file-time", "1w"], "it is to be a time"],
  [["tail", "--codec", ""], "an argument is empty"],
  [["tail", "--codec", "two.gen.ts"], "has several records: choose with --type: a, b"],
  [["tail", "--codec", "two.gen.ts", "--type", "c"], 'has no record "c"; it has "a", "b"'],
  [["tail", "--codec", "two.gen.ts", "--type", "a"], "name it with --ring"],
])("a command line that is wrong ends with 2: %j", async (args, message) => {
  const { code, out, err } = await run(...args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(message);
});

test.each([
  ["missing.gen.ts", "there is no file missing.gen.ts"],
  ["none.ts", "none.ts has no codec"],
  ["broken.ts", "broken.ts cannot be loaded"],
])("a file that is none of rbgen's ends with 1: %s", async (file, message) => {
  const { code, err } = await run("tail", "--codec", file);
  expect(code).toBe(1);
  expect(err).toContain(message);
  expect(err).toContain("hint: ");
});

test("a server that is not there is told with the next step", async () => {
  // nobody listens on the discard port of loopback
  const { code, err } = await run("status", "--nats", "nats://127.0.0.1:9");
  expect(code).toBe(1);
  expect(err).toContain("nats://127.0.0.1:9: ");
  expect(err).toContain("hint: start a server (nats-server -js)");
});

test("what an argument says does not reach the terminal as it is, and colours are for terminals", async () => {
  const plain = await run("tail", "--codec", "\u001b[31mx");
  expect(plain.err).not.toContain("\u001b");
  expect(plain.err).toContain("\\x1b[31mx");
  const coloured = await new CommandRun(["tail", "--codec", "x"], { cwd: folder, terminal: true }).ended();
  expect(coloured.err).toContain("\u001b[31merror:");
});
