import { EmulatedKernel, type EmulatedRingBuf } from "@rbgen/runtime/emulated";
import { anyBytes, selftestSample } from "@rbgen/testkit/contract/codecs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DecodeError, type RecordCodec, RingBufReader } from "./index.ts";
import { toOpenMetrics } from "./stats.ts";

/** Samples of 32 bytes; the codec refuses those whose sequence number is 13. */
const strict: RecordCodec<{ readonly seq: number }> = {
  ...selftestSample,
  decode(view, offset, byteLength) {
    if ((byteLength ?? 0) < 32) throw new DecodeError("sample", 32, byteLength ?? 0);
    const record = selftestSample.decode(view, offset, byteLength);
    if (record.seq === 13) throw new DecodeError("sample", 1, 2, "seq", "is unlucky");
    return record;
  },
  encode: () => 0,
};

interface Opened {
  readonly map: EmulatedRingBuf;
  send(seq: number, byteLength?: number, flags?: number): void;
}

function open(): Opened {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name: "events", maxEntries: 65536 });
  return {
    map,
    send(seq, byteLength = 32, flags = 0) {
      const bytes = new Uint8Array(Math.max(32, byteLength));
      selftestSample.encode({ pid: 1, seq, value: 0n, comm: "" }, new DataView(bytes.buffer));
      const program = kernel.loadProgram({
        type: "xdp",
        run: (bpf) => bpf.ringbufOutput(map, bytes.subarray(0, byteLength), flags),
      });
      expect(program.run().returnValue).toBe(0);
    },
  };
}

afterEach(() => void vi.restoreAllMocks());

describe("a sample that does not decode", () => {
  test("throws by default, and reading again goes on after it", async () => {
    const { map, send } = open();
    for (const seq of [1, 13, 2]) send(seq);
    const reader = new RingBufReader(map, strict);
    const seen: number[] = [];
    const iterate = async (): Promise<void> => {
      for await (const { seq } of reader) if (seen.push(seq) === 2) break;
    };
    await expect(iterate()).rejects.toMatchObject({ code: "ERR_RINGBUF_DECODE", record: "sample", path: "seq" });
    expect(seen).toEqual([1]);
    await iterate();
    expect(seen).toEqual([1, 2]);
    expect(reader.stats()).toMatchObject({ delivered: 2, errored: 1, deliveredBytes: 80, erroredBytes: 40 });
  });

  test("is told of as decode tells of it, where it is too short", () => {
    const { map, send } = open();
    const told = new DecodeError("sample", 32, 12, "", "is short for a reason that only its codec knows");
    const codec: typeof strict = {
      ...strict,
      decode() {
        throw told;
      },
    };
    send(1, 12);
    expect(() => new RingBufReader(map, codec).consume(() => {})).toThrow(told);
  });

  test("is skipped and counted, or handed to a function with a copy of its bytes", () => {
    const { map, send } = open();
    const errors: [DecodeError, Uint8Array][] = [];
    for (const policy of [
      "skip",
      (error: DecodeError, bytes: Uint8Array) => void errors.push([error, bytes]),
    ] as const) {
      const reader = new RingBufReader(map, strict, { onDecodeError: policy });
      send(1);
      send(13);
      send(2, 20);
      send(3);
      const seen: number[] = [];
      expect(reader.consume(({ seq }) => void seen.push(seq))).toBe(2);
      expect(seen).toEqual([1, 3]);
      expect(reader.stats()).toMatchObject({ delivered: 2, errored: 2, deliveredBytes: 80, erroredBytes: 40 + 32 });
      reader.close();
    }
    expect(errors.map(([error, bytes]) => [error.path, bytes.length, bytes[4]])).toEqual([
      ["seq", 32, 13],
      ["", 20, 2],
    ]);
  });

  test("in the middle of a batch comes after the records before it", async () => {
    const { map, send } = open();
    for (const seq of [1, 2, 13, 3]) send(seq);
    const reader = new RingBufReader(map, strict);
    const batches = reader.batches();
    expect((await batches.next()).value?.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2]);
    expect(reader.stats()).toMatchObject({ delivered: 2, errored: 0, remaining: 2 });
    await expect(batches.next()).rejects.toMatchObject({ path: "seq" });
    const again = reader.batches({ max: 1 });
    expect((await again.next()).value?.map(({ seq }: { seq: number }) => seq)).toEqual([3]);
    await again.return?.();
  });

  test("after a full batch comes in the next one, and what is behind it in those that follow", async () => {
    const { map, send } = open();
    for (const seq of [1, 2, 13, 3, 4, 5]) send(seq);
    const reader = new RingBufReader(map, strict, { onDecodeError: "skip" });
    const batches = reader.batches({ max: 2 });
    const seen: number[][] = [];
    for (let i = 0; i < 3; i++) seen.push((await batches.next()).value?.map(({ seq }: { seq: number }) => seq) ?? []);
    expect(seen).toEqual([[1, 2], [3, 4], [5]]);
    await batches.return?.();
  });

  test("too short for a view is a decode error too", () => {
    const { map, send } = open();
    send(1, 31);
    send(2);
    const reader = new RingBufReader(map, selftestSample);
    expect(() => reader.consumeViews(() => {})).toThrow(expect.objectContaining({ needed: 32, byteLength: 31 }));
    expect(reader.consumeViews(({ seq }) => expect(seq).toBe(2))).toBe(1);
  });
});

describe("a sample longer than its record", () => {
  test("is decoded, counted, and warned about once with both sizes", () => {
    const { map, send } = open();
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const reader = new RingBufReader(map, selftestSample);
    send(1, 40);
    send(2, 48);
    expect(reader.consume(() => {})).toBe(2);
    send(3, 40);
    expect(reader.consumeViews(() => {})).toBe(1);
    expect(reader.stats().oversized).toBe(3);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(String(warn.mock.calls[0]?.[0])).toMatch(/32 bytes.*40/);
  });

  test("is a decode error on request", () => {
    const { map, send } = open();
    const reader = new RingBufReader(map, selftestSample, { oversized: "error", onDecodeError: "skip" });
    send(1, 40);
    send(2);
    expect(reader.consume(() => {})).toBe(1);
    expect(reader.stats()).toMatchObject({ oversized: 0, errored: 1 });
  });

  test("is none where the record has a flexible tail", () => {
    const { map, send } = open();
    const reader = new RingBufReader(map, anyBytes, { oversized: "error" });
    send(1, 4000);
    expect(reader.consume(() => {})).toBe(1);
  });
});

test("a generator that is always ready lets timers run", async () => {
  const { map, send } = open();
  const reader = new RingBufReader(map, selftestSample);
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 1);
  send(0);
  // however long the machine takes for them: one that starved timers would go on to the end
  for await (const { seq } of reader) {
    if (ticks === 4 || seq === 20_000_000) break;
    send(seq + 1);
  }
  clearInterval(timer);
  expect(ticks).toBe(4);
  reader.close();
});

test("return ends an iterator that waits, and the reader is free again", async () => {
  const { map, send } = open();
  const reader = new RingBufReader(map, selftestSample, { safetyPollMs: Number.POSITIVE_INFINITY });
  const records = reader[Symbol.asyncIterator]();
  const next = records.next();
  await records.return?.();
  expect(await next).toEqual({ done: true, value: undefined });
  send(1);
  expect(reader.consume(() => {})).toBe(1);
});

test("an aborted reader rejects what is pending with the reason, and gives the map back", async () => {
  const { map } = open();
  const abort = new AbortController();
  const reason = new Error("stop");
  const reader = new RingBufReader(map, selftestSample, { signal: abort.signal });
  const next = reader[Symbol.asyncIterator]().next();
  setTimeout(() => abort.abort(reason), 5);
  await expect(next).rejects.toBe(reason);
  expect(() => reader.consume(() => {})).toThrow(reason);
  new RingBufReader(map, selftestSample).close();
  expect(() => new RingBufReader(map, selftestSample, { signal: abort.signal })).toThrow(reason);
});

test("a stream pulls a record per read, and its cancel leaves the reader open", async () => {
  const { map, send } = open();
  const reader = new RingBufReader(map, selftestSample);
  for (const seq of [1, 2, 3]) send(seq);
  const stream = reader.toReadableStream().getReader();
  expect((await stream.read()).value?.seq).toBe(1);
  expect(reader.stats().delivered).toBe(1);
  expect((await stream.read()).value?.seq).toBe(2);
  await stream.cancel();
  expect(reader.consume(({ seq }) => expect(seq).toBe(3))).toBe(1);
  reader.close();
});

test("statistics are OpenMetrics text, with names, help and drops by reason", () => {
  const { map, send } = open();
  const reader = new RingBufReader(map, selftestSample);
  map.faults.failReservations(1);
  expect(() => map.hold(8)).toThrow();
  send(1);
  reader.consume(() => {});
  const lines = toOpenMetrics({ 'a"b': reader.stats() }).split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "# TYPE rbgen_records_delivered counter",
    "# HELP rbgen_records_delivered Records handed out.",
    'rbgen_records_delivered_total{map="a\\"b"} 1',
  ]);
  expect(lines).toContain('rbgen_records_dropped_total{map="a\\"b",reason="fault"} 1');
  expect(lines).toContain('rbgen_size_bytes{map="a\\"b"} 65536');
  expect(lines.slice(-2)).toEqual(["# EOF", ""]);
});

test.each([
  ["onDecodeError", { onDecodeError: "thro" }],
  ["oversized", { oversized: "x" }],
  ["safetyPollMs", { safetyPollMs: 0 }],
])("an option that there is not is refused when the reader is made, and the map stays free: %s", (name, options) => {
  const { map } = open();
  expect(() => new RingBufReader(map, selftestSample, options as never)).toThrow(
    expect.objectContaining({ code: "EINVAL", message: expect.stringContaining(name) }),
  );
  new RingBufReader(map, selftestSample).close();
});

test.each([1.5, -1, Number.NaN])("a maximum of %s records is EINVAL", (max) => {
  const { map, send } = open();
  send(1);
  const reader = new RingBufReader(map, selftestSample);
  const invalid = expect.objectContaining({ code: "EINVAL" });
  expect(() => reader.consume(() => {}, { max })).toThrow(invalid);
  expect(() => reader.consumeViews(() => {}, { max })).toThrow(invalid);
  expect(() => reader.batches({ max })).toThrow(invalid);
  expect(() => reader.batches({ max: 0 })).toThrow(invalid);
  expect(reader.consume(() => {})).toBe(1);
});
