import { decodeColumns, RingBufReader } from "@rbgen/runtime";
import { describeWith } from "@rbgen/testkit";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { loadAddon } from "../../../../native/src/addon/load-addon.ts";
import type { KernelSide } from "../../../../testkit/src/contract/kernel-side.ts";
import { nativeKernelSide } from "../../../../testkit/src/native/kernel-side.ts";
import { type Loaded, load } from "../testing/load.ts";
import * as t from "../testing/types.ts";

const point = t.struct("point", 8, [t.member("x", t.s32, 0), t.member("y", t.s16, 4), t.member("z", t.u8, 6)]);
const module = t.moduleOf([
  t.struct("event", 88, [
    t.member("ts", t.u64, 0),
    t.member("delta", t.s64, 8),
    t.member("pid", t.u32, 16),
    t.member("port", t.u16, 20),
    t.member("ttl", t.u8, 22),
    t.member("on", t.bool, 23),
    t.member("comm", t.array(t.char, 16), 24),
    t.member("at", point, 40),
    t.member("mac", t.array(t.u8, 6), 48),
    t.member("flags", t.u8, 54),
    t.member("device", t.array(t.char, 32), 56),
  ]),
]);
const size = 88;
/** Where the bool is, and the strings with their lengths. */
const onAt = 23;
const names = [
  [24, 16],
  [56, 32],
] as const;

// bytes of any kind, of which strings repeat more and less
const strings = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 30 }) }, fc.integer({ min: 1, max: 500 }));
const discarded = fc.array(fc.nat({ max: 600 }), { maxLength: 4 });

describeWith(["kernel", "clang", "gcc"], "columns of records that the kernel has many of", () => {
  let kernel: KernelSide;
  let loaded: Loaded;
  beforeAll(async () => {
    [kernel, loaded] = [await nativeKernelSide(), await load(module, { all: true, columns: true })];
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => kernel.close());

  /** Sends samples with so many different strings and some that are none, and holds the columns of all against them. */
  function exercise(seed: number, different: number, gone: readonly number[]): void {
    const codec = loaded.codec("event");
    const map = kernel.createRingBuf({ name: "gathered", maxEntries: 65_536 });
    const reader = new RingBufReader(map, codec);
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1103515245) + 12345) | 0;
      return state >>> 16;
    };
    const samples = Array.from({ length: 600 }, () => {
      const bytes = Uint8Array.from({ length: size }, random);
      bytes[onAt]! &= 3;
      for (const [at, length] of names) {
        bytes.set(new TextEncoder().encode(`name ${random() % different}`.padEnd(length, "\0")), at);
      }
      return bytes;
    });
    for (const [index, sample] of samples.entries()) {
      if (gone.includes(index)) kernel.output(map, new Uint8Array(3), 0);
      expect(kernel.output(map, sample, 0)).toBe(0);
    }
    const batches: { readonly length: number }[] = [];
    // samples that are too short end a drain, and the next one goes on behind them
    for (let tries = 0; tries < 2 * gone.length + 1; tries++) {
      try {
        reader.consumeColumns((batch) => void batches.push(batch as { readonly length: number }));
      } catch (error) {
        expect(String(error)).toContain("needs 88 bytes");
      }
    }
    reader.close();
    map.close();
    let at = 0;
    for (const batch of batches) {
      expect(batch).toEqual(decodeColumns(codec, samples.slice(at, at + batch.length)));
      at += batch.length;
    }
    expect(at).toBe(samples.length);
  }

  test("are those of the same records one by one, whatever is in them and between them", () => {
    fc.assert(fc.property(fc.integer(), strings, discarded, exercise), { numRuns: 25 });
  });

  test("come out of calls that fill many rows where strings repeat", () => {
    const calls = vi.spyOn(loadAddon(), "gatherRecords");
    exercise(7, 3, []);
    const gathered = calls.mock.results.reduce((sum, { value }) => sum + (value as number), 0);
    expect(gathered).toBeGreaterThan(500);
    expect(calls.mock.calls.length).toBeLessThan(20);
  });
});
