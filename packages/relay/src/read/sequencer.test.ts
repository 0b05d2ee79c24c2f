import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Chunk, type Dropped, decodeChunk, totalOf } from "../chunk/index.ts";
import { sendWindow } from "../stream/send-window.ts";
import { build } from "../testing/arbitrary-chunk.ts";
import { type Delivery, Sequencer } from "./sequencer.ts";

const nothing: Dropped = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };
const identity = {
  ...{ host: "a", ring: "r", boot: "00000000-0000-0000-0000-000000000000", instance: 1n },
  ...{ layoutHash: "0000000000000000", endian: "little" as const, clock: "monotonic" as const, timeOffset: undefined },
};

/** A chunk of `count` samples, each of which is its number. */
function chunkOf(
  first: bigint,
  count: number,
  acked: bigint,
  dropped: Dropped,
  numbering: { readonly boot?: string; readonly instance?: bigint } = {},
): Chunk {
  const samples = Array.from({ length: count }, (_, index) => {
    const sample = new Uint8Array(8);
    new DataView(sample.buffer).setBigUint64(0, first + BigInt(index), true);
    return sample;
  });
  const rest = { lostBytes: 0n, position: 0n, clockOffset: 0n, firstTime: 0n, lastTime: 0n };
  return decodeChunk(
    build({ identity: { ...identity, ...numbering }, end: { first, acked, dropped, ...rest }, samples }),
  );
}

interface Sent {
  readonly first: bigint;
  readonly count: number;
  readonly dropped: Dropped;
}

const window = 4;

/** What a relay sends: chunks in order, a few at a time, again from the first that failed; and what of it is stored, in order. */
const transmission = fc
  .record({
    chunks: fc.array(fc.record({ count: fc.nat(3), kernel: fc.nat(2), spool: fc.nat(2) }), {
      minLength: 1,
      maxLength: 20,
    }),
    fates: fc.infiniteStream(fc.constantFrom("stored", "lost", "stored, unacknowledged")),
  })
  .map(({ chunks, fates }) => {
    const list: Sent[] = [];
    let next = 0n;
    let dropped: Dropped = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };
    for (const { count, kernel, spool } of chunks) {
      const more = kernel + spool;
      if (count + more === 0) continue;
      dropped = { ...dropped, kernel: dropped.kernel + BigInt(kernel), spool: dropped.spool + BigInt(spool) };
      const first = next + BigInt(more);
      list.push({ first, count, dropped });
      next = first + BigInt(count);
    }
    const stored: Chunk[] = [];
    let pending = list;
    while (pending.length > 0) {
      const failed: Sent[] = [];
      for (const sent of pending.slice(0, window)) {
        const acked = pending[0] === list[0] ? 0n : pending[0]!.first;
        const fate = fates.next().value;
        if (fate !== "lost") stored.push(chunkOf(sent.first, sent.count, acked, sent.dropped));
        if (fate !== "stored") failed.push(sent);
      }
      pending = [...failed, ...pending.slice(window)];
    }
    return { stored, end: next, dropped, list };
  });

function run(sequencer: Sequencer<number>, chunks: readonly Chunk[]): Delivery<number>[] {
  const given: Delivery<number>[] = [];
  for (const [tag, chunk] of chunks.entries()) {
    sequencer.accept(chunk, tag, () => chunk);
    for (let turn = sequencer.next(); turn !== undefined; turn = sequencer.next()) given.push(turn);
  }
  return given;
}

describe("a sequencer", () => {
  test("gives every chunk once and in order, whatever failed and came again", () => {
    fc.assert(
      fc.property(transmission, ({ stored, end, dropped, list }) => {
        const sequencer = new Sequencer<number>(true);
        const given = run(sequencer, stored);
        const firsts = given.filter(({ chunk }) => chunk.header.count > 0).map(({ chunk }) => chunk.header.first);
        expect(firsts).toEqual(list.filter(({ count }) => count > 0).map(({ first }) => first));
        expect(given.every(({ missing, skip }) => missing === 0n && skip === 0)).toBe(true);
        const [state] = [...sequencer.states()];
        if (state === undefined) return;
        expect(state.next).toBe(end);
        expect(totalOf(state.dropped)).toBe(totalOf(dropped));
        expect([...sequencer.waiting()]).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  test("counts exactly what a stream lost, as soon as it can no longer come", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (kept) => {
        const none = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };
        const chunks = kept.map((_, index) => chunkOf(BigInt(10 * index), 10, BigInt(10 * index), none));
        const last = chunkOf(BigInt(10 * kept.length), 10, BigInt(10 * kept.length), none);
        const sequencer = new Sequencer<number>(true);
        run(sequencer, [...chunks.filter((_, index) => kept[index]), last]);
        const lost = kept.indexOf(true) < 0 ? 0 : kept.slice(kept.indexOf(true)).filter((keep) => !keep).length;
        const [state] = [...sequencer.states()];
        // before the first chunk that there is, a reader from the start waits for number 0 only if nothing was settled
        if (kept[0] === true) expect(state?.missing).toBe(BigInt(10 * lost));
        expect(state?.next).toBe(BigInt(10 * kept.length + 10));
        expect([...sequencer.waiting()]).toEqual([]);
      }),
    );
  });

  test("waits for a chunk that never comes no longer than one can be late, and keeps no samples of those that wait", () => {
    const sequencer = new Sequencer<number>(true);
    const given: Delivery<number>[] = [];
    let opened = 0;
    for (let index = 1; index <= 2 * sendWindow; index += 1) {
      const chunk = chunkOf(BigInt(10 * index), 10, 0n, nothing);
      sequencer.accept(chunk, index, () => {
        opened += 1;
        return chunk;
      });
      for (let turn = sequencer.next(); turn !== undefined; turn = sequencer.next()) given.push(turn);
      expect([...sequencer.waiting()].length).toBeLessThanOrEqual(sendWindow);
    }
    expect(opened).toBe(sendWindow);
    expect(given.map(({ missing }) => missing)).toEqual([10n, ...Array.from({ length: 2 * sendWindow - 1 }, () => 0n)]);
    expect(given.map(({ chunk }) => chunk.header.first)).toEqual(given.map((_, index) => BigInt(10 * index + 10)));
    expect([...sequencer.waiting()]).toEqual([]);
  });

  test("takes falling numbers in bounded room, and gives each chunk once", () => {
    const sequencer = new Sequencer<number>(true);
    const chunks = Array.from({ length: 200 }, (_, index) => chunkOf(BigInt(10_000 - 10 * index), 10, 0n, nothing));
    const given = run(sequencer, chunks);
    expect([...sequencer.waiting()].length).toBeLessThanOrEqual(sendWindow);
    const firsts = given.map(({ chunk }) => chunk.header.first);
    expect(new Set(firsts).size).toBe(firsts.length);
    expect(firsts).toEqual([...firsts].sort((a, b) => Number(a - b)));
  });

  test("forgets numberings of earlier boots once nothing of them can come, and hands their sums on", () => {
    const sequencer = new Sequencer<number>(true);
    const forgotten: string[] = [];
    const chunks = Array.from({ length: 1000 }, (_, index) => {
      const boot = `00000000-0000-0000-0000-${String(Math.floor(index / 5)).padStart(12, "0")}`;
      return chunkOf(BigInt(10 * (index % 5)), 10, BigInt(10 * (index % 5)), nothing, { boot });
    });
    // a gap: chunks of the first boot that wait when it is over
    chunks[0] = chunkOf(0n, 10, 0n, nothing, { boot: "ffffffff-0000-0000-0000-000000000000" });
    chunks[1] = chunkOf(20n, 10, 0n, nothing, { boot: "ffffffff-0000-0000-0000-000000000000" });
    const given: Delivery<number>[] = [];
    for (const chunk of chunks) {
      given.push(...run(sequencer, [chunk]));
      forgotten.push(...sequencer.forgotten().map(({ boot }) => boot));
    }
    expect(given).toHaveLength(1000);
    expect(given.filter(({ missing }) => missing > 0n)).toHaveLength(1);
    expect([...sequencer.states()].length).toBeLessThanOrEqual(4 * sendWindow);
    expect(forgotten.length + [...sequencer.states()].length).toBe(201);
    expect(forgotten).toContain("ffffffff-0000-0000-0000-000000000000");
  });

  test("keeps numberings of one boot, up to as many as a host may have rings of a name", () => {
    const sequencer = new Sequencer<number>(true);
    const given = run(
      sequencer,
      Array.from({ length: 1000 }, (_, index) => chunkOf(0n, 10, 0n, nothing, { instance: BigInt(index % 50) })),
    );
    expect(given).toHaveLength(50);
    expect([...sequencer.states()]).toHaveLength(50);
    run(
      sequencer,
      Array.from({ length: 1000 }, (_, index) => chunkOf(0n, 10, 0n, nothing, { instance: BigInt(1000 + index) })),
    );
    expect([...sequencer.states()]).toHaveLength(64);
  });

  test("goes on within a chunk", () => {
    const none = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };
    const sequencer = new Sequencer<number>(false, [], { ...identity, record: 13n });
    const given = run(sequencer, [chunkOf(0n, 10, 0n, none), chunkOf(10n, 10, 10n, none), chunkOf(20n, 5, 20n, none)]);
    expect(given.map(({ skip, chunk }) => [skip, chunk.header.first])).toEqual([
      [3, 10n],
      [0, 20n],
    ]);
  });

  test("refuses numbers that do not add up, and goes on", () => {
    const dropped = { kernel: 5n, spool: 0n, restart: 0n, size: 0n };
    const sequencer = new Sequencer<number>(true);
    expect(run(sequencer, [chunkOf(10n, 10, 10n, dropped)])).toHaveLength(1);
    const less = { ...dropped, kernel: 4n };
    expect(() => run(sequencer, [chunkOf(20n, 10, 20n, less)])).toThrow(
      expect.objectContaining({ name: "ChunkError", field: "first" }),
    );
    expect(run(sequencer, [chunkOf(20n, 10, 20n, dropped)])).toHaveLength(1);
  });
});
