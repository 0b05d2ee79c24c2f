import { EmulatedKernel, type EmulatedPerfEventArray, ManualClock } from "@rbgen/runtime/emulated";
import { anyBytes, selftestSample } from "@rbgen/testkit/contract/codecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BPF_F_CURRENT_CPU, isRingBufError, PerfEventReader } from "../index.ts";

function setUp(cpus = 2) {
  const clock = new ManualClock();
  const kernel = new EmulatedKernel({ clock });
  const map = kernel.createPerfEventArray({ name: "events", cpus });
  return { clock, kernel, map };
}

/** Sends `bytes` on `cpu`. */
function send(kernel: EmulatedKernel, map: EmulatedPerfEventArray, bytes: Uint8Array, cpu = 0): number {
  map.cpu = cpu;
  let result = 0;
  const run = (bpf: { perfEventOutput(map: EmulatedPerfEventArray, flags: number, bytes: Uint8Array): number }) => {
    result = bpf.perfEventOutput(map, BPF_F_CURRENT_CPU, bytes);
    return 0;
  };
  kernel.loadProgram({ type: "xdp", run }).run();
  return result;
}

function numbered(number: number, length = 8): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

function first(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function thrown(use: () => unknown): unknown {
  try {
    use();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("records of each CPU come in their order, and a sample has perf's padding behind it", () => {
  const { kernel, map } = setUp();
  const reader = new PerfEventReader(map, anyBytes);
  for (let i = 0; i < 6; i++) expect(send(kernel, map, numbered(i), i % 2)).toBe(0);
  const seen: Uint8Array[] = [];
  expect(reader.consume((record) => void seen.push(record))).toBe(6);
  expect(seen.map(first)).toEqual([0, 2, 4, 1, 3, 5]);
  expect(seen.map((bytes) => bytes.length)).toEqual([12, 12, 12, 12, 12, 12]);
  expect(reader.stats()).toMatchObject({
    delivered: 6,
    lost: 0,
    cpus: [
      { cpu: 0, samples: 3 },
      { cpu: 1, samples: 3 },
    ],
  });
});

test("a record of fixed length is not taken for too long because of the padding, and a longer one is", () => {
  const { kernel, map } = setUp(1);
  const reader = new PerfEventReader(map, selftestSample, { oversized: "error", onDecodeError: "skip" });
  const bytes = new Uint8Array(selftestSample.size);
  send(kernel, map, bytes);
  send(kernel, map, new Uint8Array(selftestSample.size + 8));
  expect(reader.consume(() => undefined)).toBe(1);
  expect(reader.stats()).toMatchObject({ delivered: 1, errored: 1 });
});

test("a program that finds no reader, no slot or no room is told as by the kernel", () => {
  const { kernel, map } = setUp();
  expect(send(kernel, map, numbered(1))).toBe(-2);
  const open = new PerfEventReader(map, anyBytes, { pagesPerCpu: 1 });
  let sent = 0;
  while (send(kernel, map, numbered(sent, 100)) === 0) sent++;
  // 4 095 bytes are free at most, of 112 each
  expect(sent).toBe(36);
  expect(send(kernel, map, numbered(0, 100))).toBe(-28);
  expect(open.stats()).toMatchObject({ lost: 2, cpus: [{ lost: 2, reportedLost: 0 }, { lost: 0 }] });
  expect(open.consume(() => undefined)).toBe(36);
  expect(send(kernel, map, numbered(0, 100))).toBe(0);
  expect(open.consume(() => undefined)).toBe(1);
  expect(open.stats()).toMatchObject({ delivered: 37, lost: 2, cpus: [{ lost: 2, reportedLost: 2 }, {}] });
});

test("samples of any lengths cross the ring's end whole, whatever is taken at a time", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 4, max: 700 }), { minLength: 50, maxLength: 200 }),
      fc.integer({ min: 1, max: 9 }),
      (lengths, max) => {
        const { kernel, map } = setUp(1);
        const reader = new PerfEventReader(map, anyBytes, { pagesPerCpu: 1 });
        const expected: number[] = [];
        const seen: number[] = [];
        const take = (record: Uint8Array): void => {
          const number = first(record);
          expect(record.length).toBe(Math.ceil((12 + (lengths[number] ?? 0)) / 8) * 8 - 12);
          expect([...record.subarray(4, lengths[number])].every((byte) => byte === number % 256)).toBe(true);
          seen.push(number);
        };
        lengths.forEach((length, number) => {
          const bytes = numbered(number, length).fill(number % 256, 4);
          if (send(kernel, map, bytes) === 0) expected.push(number);
          reader.consume(take, { max });
        });
        reader.consume(take);
        expect(seen).toEqual(expected);
        reader.close();
      },
    ),
    { numRuns: 50 },
  );
});

test("a poll is woken at the count or the bytes that it asked for, or ends at its timeout", async () => {
  const { clock, kernel, map } = setUp(1);
  for (const [options, samples] of [
    [{}, 1],
    [{ wakeupEvents: 3 }, 3],
    [{ watermarkBytes: 100 }, 5],
  ] as const) {
    const reader = new PerfEventReader(map, anyBytes, options);
    let woken: number | undefined;
    const polled = reader
      .poll(() => undefined, { timeoutMs: 1000 })
      .then((count) => {
        woken = count;
      });
    for (let i = 1; i <= samples; i++) {
      await Promise.resolve();
      expect(woken).toBe(undefined);
      send(kernel, map, numbered(i));
    }
    await polled;
    expect(woken).toBe(samples);
    const late = reader.poll(() => undefined, { timeoutMs: 1000 });
    await Promise.resolve();
    clock.advance(1000);
    expect(await late).toBe(0);
    reader.close();
  }
});

test("views, batches, iteration and streams give the same records", async () => {
  const { kernel, map } = setUp();
  const reader = new PerfEventReader(map, anyBytes);
  const fill = (): void => {
    for (let i = 0; i < 4; i++) send(kernel, map, numbered(i), i % 2);
  };
  const expected = [0, 2, 1, 3];
  fill();
  let views = 0;
  expect(reader.consumeViews(() => void views++)).toBe(4);
  expect(views).toBe(4);
  fill();
  for await (const batch of reader.batches()) {
    expect([...batch.map(first)].sort()).toEqual([0, 1, 2, 3]);
    break;
  }
  fill();
  const one: number[] = [];
  for await (const record of reader) {
    one.push(first(record));
    if (one.length === 4) break;
  }
  expect([...one].sort()).toEqual([...expected].sort());
  fill();
  const stream = reader.toReadableStream().getReader();
  const streamed = [];
  for (let i = 0; i < 4; i++) streamed.push(first((await stream.read()).value as Uint8Array));
  expect(streamed.sort()).toEqual([0, 1, 2, 3]);
  await stream.cancel();
  expect(reader.stats()).toMatchObject({ delivered: 16 });
});

test("a reader has its map alone, ends what is pending when it closes, and gives the map back", async () => {
  const { kernel, map } = setUp();
  const reader = new PerfEventReader(map, anyBytes);
  expect(
    isRingBufError(
      thrown(() => new PerfEventReader(map, anyBytes)),
      "EBUSY",
    ),
  ).toBe(true);
  const pending = reader.poll(() => undefined);
  expect(
    isRingBufError(
      thrown(() => reader.consume(() => undefined)),
      "EBUSY",
    ),
  ).toBe(true);
  reader.close();
  expect(isRingBufError(await pending.catch((error) => error), "ERR_RINGBUF_CLOSED")).toBe(true);
  expect(send(kernel, map, numbered(1))).toBe(-2);
  const abort = new AbortController();
  const next = new PerfEventReader(map, anyBytes, { signal: abort.signal });
  const reason = new Error("enough");
  abort.abort(reason);
  expect(thrown(() => next.consume(() => undefined))).toBe(reason);
  const last = new PerfEventReader(map, anyBytes);
  map.close();
  expect(
    isRingBufError(
      thrown(() => last.consume(() => undefined)),
      "ERR_RINGBUF_CLOSED",
    ),
  ).toBe(true);
  expect(
    isRingBufError(
      thrown(() => new PerfEventReader(map, anyBytes)),
      "ERR_RINGBUF_CLOSED",
    ),
  ).toBe(true);
});

test.each([
  [{ pagesPerCpu: 3 }],
  [{ pagesPerCpu: 0 }],
  [{ wakeupEvents: 0 }],
  [{ watermarkBytes: -1 }],
  [{ safetyPollMs: 0 }],
  [{ pagesPerCpu: "8" as never }],
])("options %o are refused", (options) => {
  const { map } = setUp();
  expect(
    isRingBufError(
      thrown(() => new PerfEventReader(map, anyBytes, options)),
      "EINVAL",
    ),
  ).toBe(true);
  new PerfEventReader(map, anyBytes).close();
});

test("statistics tell of every sample of a run of one length while it is being read", () => {
  const { kernel, map } = setUp(1);
  const reader = new PerfEventReader(map, anyBytes);
  for (let i = 0; i < 5; i++) send(kernel, map, numbered(i));
  const told: unknown[] = [];
  reader.consumeViews(() => {
    const { delivered, cpus } = reader.stats();
    told.push([delivered, cpus[0]?.samples, cpus[0]?.remainingBytes, reader.available]);
  });
  expect(told).toEqual([1, 2, 3, 4, 5].map((n) => [n, n, (5 - n) * 24, (5 - n) * 24]));
});

test("a drain that ends within a run of one length goes on behind its last sample", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }),
      fc.array(
        fc.record({ max: fc.integer({ min: 0, max: 9 }), stop: fc.integer({ min: 1, max: 9 }), throws: fc.boolean() }),
      ),
      (lengths, drains) => {
        const { kernel, map } = setUp(1);
        const reader = new PerfEventReader(map, anyBytes);
        for (const [i, length] of lengths.entries()) send(kernel, map, numbered(i, 4 + 8 * length));
        const seen: number[] = [];
        for (const { max, stop, throws } of [...drains, { max: 99, stop: 99, throws: false }]) {
          let count = 0;
          const error = thrown(() =>
            reader.consumeViews(
              ({ bytes }) => {
                seen.push(first(bytes));
                count += 1;
                if (count === stop && throws) throw new Error("enough");
                return count < stop ? undefined : false;
              },
              { max },
            ),
          );
          expect(error === undefined || count === stop).toBe(true);
          expect(reader.stats()).toMatchObject({ delivered: seen.length, cpus: [{ samples: seen.length }] });
        }
        expect(seen).toEqual(lengths.map((_, i) => i));
      },
    ),
  );
});
