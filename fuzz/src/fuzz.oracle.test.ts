import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { targets } from "./targets.ts";

/** Inputs of each target: the corpus, and changes of it. A fixed seed, so that a change of the code is what fails. */
const executions = 1000;
const hooks = import.meta.resolve("../../packages/testkit/src/native/typescript-hooks.mjs");

function fuzz(...args: readonly string[]): { readonly code: number | null; readonly out: string } {
  const node = ["--conditions=@rbgen/source", "--no-warnings", `--import=${hooks}`];
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const done = spawnSync(process.execPath, [...node, main, ...args], { encoding: "utf8" });
  return { code: done.status, out: done.stdout + done.stderr };
}

test.each([...targets.keys()])(`%s stands its corpus and what ${executions} inputs make of it`, (name) => {
  const { code, out } = fuzz(name, "--executions", `${executions}`);
  expect(out).toContain(`${name}: ${executions} executions`);
  expect(out).toMatch(/, 0 findings\n$/);
  // Without a corpus that reaches the code behind the first check, this would prove nothing.
  expect(Number(/(\d+) inputs kept before/.exec(out)?.[1])).toBeGreaterThan(4);
  expect(code).toBe(0);
});
