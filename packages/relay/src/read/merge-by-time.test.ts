import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MergedRecord, mergeByTime } from "./merge-by-time.ts";
import type { RelayRecord } from "./relay-reader.ts";

const record = (ms: number, host = "a"): RelayRecord<number> => ({
  host,
  record: ms,
  time: BigInt(ms) * 1_000_000n,
  number: 0n,
});

async function merged(records: readonly RelayRecord<number>[], windowMs: number): Promise<MergedRecord<number>[]> {
  const source = async function* () {
    yield* records;
  };
  const all: MergedRecord<number>[] = [];
  for await (const entry of mergeByTime(source(), { windowMs })) all.push(entry);
  return all;
}

describe("mergeByTime", () => {
  test("orders records that are no further apart than the window, and loses none", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 60 }), async (jitter) => {
        const records = jitter.map((late, index) => record(10 * index - late));
        const all = await merged(records, 60);
        expect(all.some(({ late }) => late)).toBe(false);
        expect(all.map(({ record: ms }) => ms)).toEqual(records.map(({ record: ms }) => ms).sort((a, b) => a - b));
      }),
    );
  });

  test("hands out what came too late, and says so", async () => {
    const all = await merged([record(100), record(200), record(50), record(300)], 10);
    expect(all.map(({ record: ms, late }) => [ms, late])).toEqual([
      [100, false],
      [50, true],
      [200, false],
      [300, false],
    ]);
  });

  test("keeps the order of the others where a host's time is far ahead", async () => {
    const future = Date.UTC(2200, 0);
    const all = await merged([record(100), record(future, "b"), record(90), record(200), record(190)], 20);
    expect(all.every(({ late }) => !late)).toBe(true);
    expect(all.map(({ record: ms }) => ms)).toEqual([future, 90, 100, 190, 200]);
  });

  test("keeps the order of records of one time", async () => {
    const all = await merged([record(1, "b"), record(1, "a"), record(1, "c")], 10);
    expect(all.map(({ host }) => host)).toEqual(["b", "a", "c"]);
  });

  test("hands out what it holds when nothing comes for as long as the window", async () => {
    const source = async function* () {
      yield record(1);
      await new Promise(() => undefined);
    };
    const iterator = mergeByTime(source(), { windowMs: 5 });
    expect((await iterator.next()).value).toMatchObject({ record: 1, late: false });
  });
});
