import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type End, type Exploration, explore } from "./explore.ts";
import { type LoadOptions, loadSources } from "./load-sources.ts";
import { type Port, Stage } from "./thread.ts";

const folder = mkdtempSync(join(tmpdir(), "rbgen-explorer-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Program {
  run(words: Int32Array, port: Port): void;
}

/** Explores threads that each run the same TypeScript function body over `words` of shared memory. */
function exploreBody(
  body: string,
  threads: number,
  verify: (end: End) => void,
  options: LoadOptions & { readonly limit?: number; readonly late?: boolean } = {},
): Exploration {
  const path = join(folder, "program.ts");
  writeFileSync(path, `export function run(words: Int32Array, port: any): void {\n${body}\n}\n`);
  const stage = new Stage(16, threads);
  const { run } = loadSources(stage, options).load<Program>(path);
  const words = new Int32Array(stage.buffer);
  return explore({
    stage,
    threads: Array.from({ length: threads }, (_, at) => ({ name: `${at}`, run: (port: Port) => run(words, port) })),
    verify,
    late: options.late ?? false,
    ...(options.limit !== undefined && { limit: options.limit }),
  });
}

const expectSum = (sum: number) => (end: End) => {
  if (end.arena.words[0] !== sum) throw new Error(`the sum is ${end.arena.words[0]}`);
};

test("every order of two additions is one of five states", () => {
  const { states, transitions, ends, violation } = exploreBody("Atomics.add(words, 0, 1);", 2, expectSum(2));
  expect({ states, transitions, ends, violation }).toEqual({
    states: 5,
    transitions: 4,
    ends: 2,
    violation: undefined,
  });
});

test("an update that is lost between a load and a store is found, with the way there", () => {
  const body = "const old = Atomics.load(words, 0);\nAtomics.store(words, 0, old + 1);";
  const { violation } = exploreBody(body, 2, expectSum(2));
  expect(String(violation?.error)).toBe("Error: the sum is 1");
  expect(violation?.path).toEqual([
    "0: program.ts:2 Atomics.load(@0) = 0",
    "1: program.ts:2 Atomics.load(@0) = 0",
    "0: program.ts:3 Atomics.store(@0, 1) = 1",
    "1: program.ts:3 Atomics.store(@0, 1) = 1",
  ]);
});

test("plain words of a class are steps as well", () => {
  const body = `class Cell { readonly #words; constructor(all) { this.#words = all; }
    add(): void { this.#words[0] = this.#words[0]! + 1; } }
    new Cell(words).add();`;
  expect(String(exploreBody(body, 2, expectSum(2)).violation?.error)).toBe("Error: the sum is 1");
});

/** One thread leaves a message and says so by `flag`, the other looks. */
const message = (flag: string): string => `
  class Box { readonly #words; constructor(all) { this.#words = all; }
    run(): void {
      if (Atomics.add(this.#words, 2, 1) === 0) { this.#words[0] = 7; ${flag} }
      else if (Atomics.load(this.#words, 1) === 1) { const left = this.#words[0]; if (left !== 7) throw new Error("no message"); }
    } }
  new Box(words).run();`;

test.each([
  ["plain", true, "this.#words[1] = 1;", "Error: no message"],
  ["plain, but all plain stores are seen at once", false, "this.#words[1] = 1;", "undefined"],
  ["atomic", true, "Atomics.store(this.#words, 1, 1);", "undefined"],
])("stores are seen late and out of order up to an atomic one: a flag that is %s", (_, late, flag, error) => {
  const { violation } = exploreBody(message(flag), 2, () => {}, { late });
  expect(String(violation?.error)).toBe(error);
});

test("plain words beside a lock are steps that are taken together, and refused without it", () => {
  const locked = { files: ["program.ts"], lock: 4 };
  const body = (unlock: string): string => `
    class Sum { readonly #words; constructor(all) { this.#words = all; }
      run(): void {
        while (Atomics.compareExchange(this.#words, 1, 0, 1) !== 0);
        ${unlock}
        this.#words[0] = this.#words[0]! + 1;
        Atomics.store(this.#words, 1, 0);
      } }
    new Sum(words).run();`;
  expect(exploreBody(body(""), 2, expectSum(2), { locked, spinsAt: [4] }).violation).toBeUndefined();
  const { violation } = exploreBody(body("Atomics.store(this.#words, 1, 0);"), 2, expectSum(2), {
    locked,
    spinsAt: [4],
  });
  expect(String(violation?.error)).toMatch(/without the lock/);
});

test("a lock that is spun on does not make the exploration endless, and keeps the update", () => {
  const body = `while (Atomics.compareExchange(words, 1, 0, 1) !== 0);
    const old = Atomics.load(words, 0);
    Atomics.store(words, 0, old + 1);
    Atomics.store(words, 1, 0);`;
  const { violation, ends } = exploreBody(body, 3, expectSum(3), { spinsAt: [4] });
  expect(violation).toBeUndefined();
  expect(ends).toBe(6);
});

test("ways to a checkpoint that leave the same contents are one state from there on", () => {
  const look = "let seen = Atomics.load(words, 0); Atomics.add(words, 0, 1); seen = 0;";
  const apart = exploreBody(`${look} Atomics.load(words, 1);`, 2, () => {});
  const together = exploreBody(`${look} port.checkpoint(seen); Atomics.load(words, 1);`, 2, () => {});
  expect(together.states).toBeLessThan(apart.states);
});

test("a waiter that nobody notifies is an end in which it is blocked", () => {
  const blocked: (string | undefined)[] = [];
  exploreBody("Atomics.wait(words, 0, 0, Infinity);", 1, ({ threads: [only] }) => {
    blocked.push(only?.blockedAt?.text);
  });
  expect(blocked).toEqual(["sleep"]);
});

test("what a thread throws is a violation", () => {
  const { violation } = exploreBody("if (Atomics.add(words, 0, 1) === 1) throw new Error('second');", 2, () => {});
  expect(String(violation?.error)).toBe("Error: second");
});

test.each([
  ["words[0] = 1;", /wrote to shared memory past the explorer/],
  ["const { load } = Atomics; load(words, 0);", /program.ts:2: Atomics is used other than by a call/],
  ["Atomics.load(words, 99);", /index 99 of 4/],
  ["Atomics.wait(words, 0, 0, 10);", /a wait with a timeout/],
])("what it could not explore is refused: %s", (body, error) => {
  expect(() => {
    const { violation } = exploreBody(body, 1, () => {});
    if (violation) throw violation.error;
  }).toThrow(error);
});

test("a scenario beyond the limit is an error, since half a proof is none", () => {
  expect(() => exploreBody("Atomics.add(words, 0, 1);", 2, () => {}, { limit: 3 })).toThrow(/more than 3 states/);
});
