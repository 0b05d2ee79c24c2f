import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { runDifferential, runWakeUps } from "../../../testkit/src/native/differential.ts";
import { EmulatedInterpreter } from "../../../testkit/src/native/emulated-interpreter.ts";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";

/** Operations of one run; more by RBGEN_DIFFERENTIAL_OPS. */
const operations = Number(process.env["RBGEN_DIFFERENTIAL_OPS"] ?? 10_000_000);
const seed = Number(process.env["RBGEN_DIFFERENTIAL_SEED"] ?? 1);

/** What a run of this length has to reach, by program, operation and return value. */
const reached = [
  "ring_ops 0: 0",
  "ring_ops 0: 1",
  "ring_ops 0: -1000",
  "ring_ops 1: 0",
  "ring_ops 2: 0",
  "ring_ops 3: 0",
  "ring_ops 3: -11",
  "ring_ops 3: -22",
  "ring_ops 4: 0",
  "ring_ops 4: >1",
  "dynptr_ops 0: 0",
  "user_ops 0: 0",
  "user_ops 0: 1",
  "user_ops 0: >1",
  "user_ops 0: -22",
  "user_ops 0: -7",
];

async function agreeOn(count: number): Promise<void> {
  const result = await runDifferential(seed, count, 200_000);
  expect(result.difference).toBe(undefined);
  expect(result.operations).toBeGreaterThanOrEqual(count);
  for (const outcome of reached) {
    expect(result.outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(count / 100_000);
  }
}

describeWith(["kernel", "clang"], "the kernel, of whose rings user space has copies, and the emulated kernel", () => {
  beforeAll(() => {
    vi.stubEnv("RBGEN_COPY_RINGS", "1");
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  test("agree on every return, position, header and payload byte of a million random operations", () =>
    agreeOn(operations / 10));

  test("agree, one operation at a time, on whether a wake-up came", async () => {
    const result = await runWakeUps(seed, 20_000);
    expect(result.difference).toBe(undefined);
    expect(result.woken).toBeGreaterThan(300);
  });

  test.each([
    ["a byte of a fetched run", "fetchRecords", /byte \d+ of the copy is another one/],
    ["a byte of a released record", "releaseRecord", /is \d+ in the kernel, \d+ emulated/],
  ] as const)("are told apart by %s that is wrong", async (_, call, message) => {
    const addon = loadAddon();
    type Call = (handle: Handle, at: number, limit: number, copy: Uint8Array, alike: Uint8Array) => number;
    const real = addon[call] as Call;
    const wrong = vi.spyOn(addon, call).mockImplementation((handle: Handle, at, limit, copy, alike) => {
      const flip = () => {
        copy[at + 8] = (copy[at + 8] ?? 0) ^ 1;
      };
      if (call === "releaseRecord") flip();
      const run = real(handle, at, limit, copy, alike);
      if (call === "fetchRecords") flip();
      return run;
    });
    const told = await runDifferential(seed, 20_000, 20_000).then(({ difference }) => difference, String);
    wrong.mockRestore();
    expect(told).toMatch(message);
  });
});

describeWith(["kernel", "clang"], "the kernel and the emulated kernel", () => {
  test("agree on every return, position, header and payload byte of ten million random operations", () =>
    agreeOn(operations));

  test("agree, one operation at a time, on whether a wake-up came", async () => {
    const result = await runWakeUps(seed, 60_000);
    expect(result.difference).toBe(undefined);
    expect(result.woken).toBeGreaterThan(1000);
  });

  test("are told apart by one wrong bit, and the sequence that shows it is short", async () => {
    class Wrong extends EmulatedInterpreter {
      override run(program: "ring_ops" | "dynptr_ops" | "user_ops", count: number): void {
        super.run(program, count);
        // Wrong only after a record of 1000 bytes was asked for in slot 1.
        const asked = Array.from({ length: count }, (_, i) => this.ops[i * 8] === 0x0100_0100);
        if (program === "ring_ops" && asked.includes(true)) this.results[8] = (this.results[8] ?? 0) ^ 1;
      }
    }
    const result = await runDifferential(seed, 20_000, 2_000, () => new Wrong());
    expect(result.difference).toMatch(/digest is 0 in the kernel, 1 emulated/);
    expect(result.difference?.match(/"actor"/g)).toHaveLength(1);
  });
});
