import { type ColumnBatch, DecodeError, decodeColumns, RingBufReader, type StreamBatch } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Loaded, load } from "../testing/load.ts";
import * as t from "../testing/types.ts";

const tag = (text: string): { tags: string[] } => ({ tags: [`rbgen:${text}`] });
const point = t.struct("point", 8, [t.member("x", t.s32, 0), t.member("y", t.s32, 4)]);

const module = t.moduleOf([
  t.struct("event", 48, [
    t.member("ts", t.u64, 0),
    t.member("pid", t.u32, 8),
    t.bitField("on", t.bool, 96, 1),
    t.bitField("level", t.s32, 97, 12),
    t.member("comm", t.array(t.char, 16), 16),
    t.member("at", point, 32),
    t.member("mac", t.array(t.u8, 6), 40),
  ]),
  t.struct("flexible", 4, [t.member("len", t.u32, 0), t.member("data", t.array(t.u8, 0), 4, tag("length=len"))]),
  t.struct("texts", 9, [t.member("len", t.u8, 0), t.member("args", t.array(t.char, 8), 1, tag("strings;length=len"))]),
  t.struct("tagged", 12, [
    t.member("type", t.u32, 0),
    t.member(
      "",
      t.union("", 8, [t.member("open", point, 0, tag("variant=1")), t.member("code", t.u32, 0, tag("variant=2"))]),
      4,
      tag("tag=type"),
    ),
  ]),
  t.struct("wide", 2 ** 20 + 4, [
    t.member("type", t.u32, 0),
    t.member(
      "",
      t.union("", 2 ** 20, [
        t.member("one", t.u32, 0, tag("variant=1")),
        t.member(
          "whole",
          t.struct("whole", 2 ** 20, [t.member("long", t.array(t.u8, 2 ** 20), 0)]),
          0,
          tag("variant=2"),
        ),
      ]),
      4,
      tag("tag=type"),
    ),
  ]),
  t.struct(
    "open_event",
    8,
    [t.member("type", t.u32, 0), t.member("fd", t.s32, 4)],
    tag("record=events;variant=1;tag=type"),
  ),
  t.struct("exit_event", 8, [t.member("type", t.u32, 0), t.member("code", t.s32, 4)], tag("record=events;variant=2")),
]);

interface Event {
  readonly ts: bigint;
  readonly pid: number;
  readonly comm: string;
}

type EventColumns = ColumnBatch<{
  readonly ts: BigUint64Array;
  readonly pid: Uint32Array;
  readonly on: Uint8Array;
  readonly level: Int16Array;
  readonly comm: { readonly codes: Int32Array; readonly values: readonly string[] };
  readonly "at.x": Int32Array;
  readonly mac: { readonly stride: number; readonly values: Uint8Array };
}>;

let loaded: Loaded;
beforeAll(async () => {
  loaded = await load(module, { all: true, columns: true });
});

function encoded(name: string, value: unknown): Uint8Array {
  const codec = loaded.codec(name);
  const bytes = new Uint8Array(codec.byteLengthOf(value));
  codec.encode(value, new DataView(bytes.buffer));
  return bytes;
}

function event(pid: number, comm = "sshd"): Uint8Array {
  const at = { x: -pid, y: pid };
  return encoded("event", {
    ts: 2n ** 63n + BigInt(pid),
    pid,
    on: true,
    level: -pid,
    comm,
    at,
    mac: new Uint8Array(6).fill(pid),
  });
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function ring<Columns>(name: string, options = {}) {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name: "events", maxEntries: 65_536 });
  const codec = loaded.codec(name) as import("@rbgen/runtime").RecordCodec<Event, never, unknown, unknown, Columns>;
  const reader = new RingBufReader(map, codec, options);
  closers.push(() => reader.close());
  const program = kernel.loadProgram({ type: "tracepoint", run: (bpf, bytes) => bpf.ringbufOutput(map, bytes, 0) });
  const discards = kernel.loadProgram({
    type: "tracepoint",
    run(bpf) {
      const sample = bpf.ringbufReserve(map, 8, 0);
      if (sample !== null) bpf.ringbufDiscard(sample, 0);
      return 0;
    },
  });
  const send = (...samples: Uint8Array[]): void => {
    for (const sample of samples) expect(program.run(sample).returnValue).toBe(0);
  };
  return { reader, send, discard: () => discards.run(), map };
}

describe("columns", () => {
  test("hold one typed array for each member, by its path", () => {
    const batch = decodeColumns(loaded.codec("event"), [event(1), event(2, "cron"), event(3)]) as EventColumns;
    const { columns } = batch;
    expect(batch.length).toBe(3);
    expect(columns.ts).toEqual(BigUint64Array.of(2n ** 63n + 1n, 2n ** 63n + 2n, 2n ** 63n + 3n));
    expect(columns.pid).toEqual(Uint32Array.of(1, 2, 3));
    expect(columns.on).toEqual(Uint8Array.of(1, 1, 1));
    expect(columns.level).toEqual(Int16Array.of(-1, -2, -3));
    expect(columns.comm).toEqual({ codes: Int32Array.of(0, 1, 0), values: ["sshd", "cron"] });
    expect(columns["at.x"]).toEqual(Int32Array.of(-1, -2, -3));
    expect(columns.mac).toEqual({
      stride: 6,
      values: Uint8Array.of(...[1, 2, 3].flatMap((pid) => Array(6).fill(pid))),
    });
    expect(structuredClone(batch)).toEqual(batch);
  });

  test("of a 64-bit number are a Float64Array, which rounds nothing", async () => {
    const { codec } = await load(t.moduleOf([t.struct("event", 8, [t.member("ts", t.u64, 0)])]), {
      int64: "number",
      columns: true,
      all: true,
    });
    const sample = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer);
    const batch = decodeColumns(codec("event"), [sample(5n), sample(2n ** 53n - 1n)]) as ColumnBatch<{
      ts: Float64Array;
    }>;
    expect(batch.columns.ts).toEqual(Float64Array.of(5, 2 ** 53 - 1));
    expect(() => decodeColumns(codec("event"), [sample(2n ** 53n)])).toThrow(
      "event.ts 9007199254740992 is beyond 2^53",
    );
  });

  test("of an array that varies are offsets and bytes", () => {
    const samples = [[1, 2, 3], [], [9]].map((data) => encoded("flexible", { data: Uint8Array.from(data) }));
    const { columns } = decodeColumns(loaded.codec("flexible"), samples) as ColumnBatch;
    expect(columns["data"]).toEqual({ offsets: Int32Array.of(0, 3, 3, 4), bytes: Uint8Array.of(1, 2, 3, 9) });
  });

  test("of texts behind each other are lists of text", () => {
    const samples = [["a", "bc"], [], ["", "d"]].map((args) => encoded("texts", { args }));
    const { columns } = decodeColumns(loaded.codec("texts"), samples) as ColumnBatch;
    expect(columns["args"]).toEqual({
      offsets: Int32Array.of(0, 2, 2, 4),
      values: { offsets: Int32Array.of(0, 1, 3, 3, 4), bytes: Uint8Array.from([..."abcd"], (c) => c.charCodeAt(0)) },
    });
  });

  test("of the arms of a union with a tag say of which rows they are", () => {
    const samples = [
      { kind: "code", code: 7 },
      { kind: "open", open: { x: 1, y: 2 } },
    ].map((value) => encoded("tagged", value));
    const { columns } = decodeColumns(loaded.codec("tagged"), samples) as ColumnBatch;
    expect(columns["kind"]).toEqual({ codes: Int32Array.of(1, 0), values: ["open", "code", "unknown"] });
    expect(columns["code"]).toEqual({ validity: Uint8Array.of(0b01), values: Uint32Array.of(7, 0) });
    expect(columns["open.x"]).toEqual({ validity: Uint8Array.of(0b10), values: Int32Array.of(0, 1) });
  });

  test("of a ring with several types are those of each, and their order", () => {
    const samples = [
      encoded("events", { kind: "exit_event", code: 3 }),
      encoded("events", { kind: "open_event", fd: 4 }),
      encoded("events", { kind: "exit_event", code: 5 }),
      Uint8Array.of(9, 0, 0, 0, 1),
    ];
    const batch = decodeColumns(loaded.codec("events"), samples) as StreamBatch;
    expect(batch.kinds).toEqual({ codes: Int32Array.of(1, 0, 1, 2), values: ["open_event", "exit_event", "unknown"] });
    expect(batch.rows).toEqual(Int32Array.of(0, 0, 1, 0));
    expect(batch.variants["exit_event"]?.columns["code"]).toEqual(Int32Array.of(3, 5));
    expect(batch.variants["unknown"]?.columns["tag"]).toEqual(Uint32Array.of(9));
  });

  test("are refused to a codec that was generated without them", async () => {
    const { codec } = await load(module, { all: true });
    expect(() => decodeColumns(codec("event"), [])).toThrow(
      "the codec of event has no columns: generate it with --columns, or with columns in --only where that is given",
    );
  });
});

describe("consumeColumns", () => {
  test("drains what is there, passes discarded records, and publishes the position behind what was handed out", () => {
    const { reader, send, discard } = ring<EventColumns>("event");
    send(event(1));
    discard();
    send(event(2), event(3));
    const pids: number[] = [];
    const positions: bigint[] = [];
    const count = reader.consumeColumns(({ columns }) => {
      pids.push(...columns.pid);
      positions.push(reader.positions.consumer);
    });
    expect([count, pids]).toEqual([3, [1, 2, 3]]);
    expect(reader.stats()).toMatchObject({
      delivered: 3,
      discarded: 1,
      deliveredBytes: 168,
      discardedBytes: 16,
      remainingBytes: 0,
    });
    expect(reader.consumeColumns(() => expect.unreachable())).toBe(0);
  });

  test("ends a batch by what its rows take, whatever the samples have: each arm of a union is in every row", () => {
    const { reader, send } = ring<ColumnBatch<Readonly<Record<string, unknown>>>>("wide");
    for (let n = 0; n < 100; n++) send(Uint8Array.of(1, 0, 0, 0, n, 0, 0, 0));
    const batches: number[] = [];
    let most = 0;
    const bytesOf = (value: unknown): number => {
      if (ArrayBuffer.isView(value)) return value.buffer.byteLength;
      if (typeof value !== "object" || value === null) return 0;
      return Object.values(value).reduce((sum: number, part) => sum + bytesOf(part), 0);
    };
    reader.consumeColumns((batch) => {
      batches.push(batch.length);
      most = Math.max(most, bytesOf(batch.columns));
    });
    expect(batches.reduce((sum, length) => sum + length, 0)).toBe(100);
    expect(batches.length).toBeGreaterThan(1);
    expect(most).toBeGreaterThan(2 ** 24);
    expect(most).toBeLessThanOrEqual(2 ** 27 + 2 ** 21);
  });

  test("hands out no more than it may, and none where that is 0", () => {
    const { reader, send } = ring<EventColumns>("event");
    send(event(1), event(2), event(3));
    expect(reader.consumeColumns(() => expect.unreachable(), { max: 0 })).toBe(0);
    expect(reader.consumeColumns(({ columns }) => expect([...columns.pid]).toEqual([1, 2]), { max: 2 })).toBe(2);
    expect(reader.available).toBe(56);
    expect(reader.consumeColumns(({ columns }) => expect([...columns.pid]).toEqual([3]))).toBe(1);
  });

  test("stops behind a batch whose handler says false, and behind one whose handler throws", () => {
    const { reader, send } = ring<EventColumns>("event");
    const fill = (): void => {
      for (let pid = 0; pid < 1000; pid++) send(event(pid));
    };
    fill();
    expect(reader.consumeColumns(() => false, { max: 400 })).toBe(400);
    expect(() =>
      reader.consumeColumns(
        () => {
          throw new Error("mine");
        },
        { max: 10 },
      ),
    ).toThrow("mine");
    expect(reader.stats().delivered).toBe(410);
    let first = -1;
    reader.consumeColumns(({ columns }) => {
      first = columns.pid[0] ?? -1;
    });
    expect(first).toBe(410);
  });

  test("hands out the records before one that does not decode, and throws at that one", () => {
    const { reader, send } = ring<EventColumns>("event");
    send(event(1), Uint8Array.of(1, 2, 3), event(2));
    const pids: number[] = [];
    const drain = (): number => reader.consumeColumns(({ columns }) => void pids.push(...columns.pid));
    expect(drain).toThrow(DecodeError);
    expect(pids).toEqual([1]);
    expect(drain()).toBe(1);
    expect(pids).toEqual([1, 2]);
    expect(reader.stats()).toMatchObject({ delivered: 2, errored: 1, deliveredBytes: 112, erroredBytes: 16 });
  });

  test("passes over what does not decode, or tells a function of it, as the policy says", () => {
    const lies = Uint8Array.of(200, 0, 0, 0, 1);
    const good = encoded("flexible", { data: Uint8Array.of(1, 2) });
    const skips = ring<ColumnBatch>("flexible", { onDecodeError: "skip" });
    skips.send(good, lies, good);
    expect(skips.reader.consumeColumns(({ length }) => expect(length).toBe(2))).toBe(2);
    const seen: Uint8Array[] = [];
    const tells = ring<ColumnBatch>("flexible", { onDecodeError: (_: unknown, bytes: Uint8Array) => seen.push(bytes) });
    tells.send(lies, good, lies);
    const batches: ColumnBatch[] = [];
    expect(tells.reader.consumeColumns((batch) => void batches.push(batch))).toBe(1);
    expect(seen).toEqual([lies, lies]);
    expect(batches[0]?.columns["data"]).toEqual({ offsets: Int32Array.of(0, 2), bytes: Uint8Array.of(1, 2) });
  });

  test("ends where its handler closes the reader, and keeps what was handed out", () => {
    const { reader, send } = ring<EventColumns>("event");
    send(event(1), event(2));
    expect(() => reader.consumeColumns(() => reader.close())).toThrow("is closed");
    expect(reader.stats()).toMatchObject({ delivered: 2, remainingBytes: 0 });
  });

  test("lets nobody else read meanwhile", () => {
    const { reader, send } = ring<EventColumns>("event");
    send(event(1));
    reader.consumeColumns(() => {
      expect(() => reader.consume(() => {})).toThrow("EBUSY");
    });
  });
});

describe("columns of a reader", () => {
  test("come in batches of what is there, and break leaves the next record", async () => {
    const { reader, send } = ring<EventColumns>("event");
    send(event(1), event(2), event(3));
    for await (const { columns } of reader.columns({ max: 2 })) {
      expect([...columns.pid]).toEqual([1, 2]);
      break;
    }
    expect(reader.consume(({ pid }) => expect(pid).toBe(3))).toBe(1);
    setTimeout(() => send(event(4)), 1);
    for await (const { columns } of reader.columns()) {
      expect([...columns.pid]).toEqual([4]);
      break;
    }
  });

  test("hand out the records before one that does not decode, and then fail", async () => {
    const { reader, send } = ring<EventColumns>("event");
    send(event(1), Uint8Array.of(1), event(2));
    const batches = reader.columns();
    expect((await batches.next()).value?.columns.pid).toEqual(Uint32Array.of(1));
    await expect(batches.next()).rejects.toThrow(DecodeError);
    const rest = reader.columns();
    expect((await rest.next()).value?.columns.pid).toEqual(Uint32Array.of(2));
    await rest.return?.();
    expect(reader.stats()).toMatchObject({ delivered: 2, errored: 1 });
  });

  test("belong to whoever they are handed to, unless they are reused", async () => {
    for (const reuse of [false, true]) {
      const { reader, send } = ring<EventColumns>("event");
      send(event(1), event(2));
      const batches = reader.columns({ max: 1, reuse });
      const first = (await batches.next()).value;
      const second = (await batches.next()).value;
      expect(first?.columns.pid.buffer === second?.columns.pid.buffer).toBe(reuse);
      expect(second?.columns.pid).toEqual(Uint32Array.of(2));
      if (!reuse) expect(first?.columns.pid).toEqual(Uint32Array.of(1));
      await batches.return?.();
    }
  });

  test("end by their signal", async () => {
    const { reader } = ring<EventColumns>("event");
    const stop = new AbortController();
    const next = reader.columns({ signal: stop.signal }).next();
    stop.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
  });
});

test("no record is decoded, and no bigint is made, for a row of columns", () => {
  const { reader, send } = ring<EventColumns>("event");
  for (let pid = 0; pid < 100; pid++) send(event(pid));
  const codec = loaded.codec("event");
  const counted = ["getBigUint64", "getBigInt64"] as const;
  const before = counted.map((name) => DataView.prototype[name]);
  const { decode } = codec;
  let calls = 0;
  try {
    for (const name of counted) {
      DataView.prototype[name] = function count(this: DataView, ...given: Parameters<DataView["getBigInt64"]>): bigint {
        calls += 1;
        return Reflect.apply(before[0] as () => bigint, this, given);
      };
    }
    Object.assign(codec, { decode: () => expect.unreachable() });
    expect(reader.consumeColumns(({ columns }) => expect(columns.ts[99]).toBe(2n ** 63n + 99n))).toBe(100);
  } finally {
    for (const [index, name] of counted.entries()) DataView.prototype[name] = before[index] as () => bigint;
    Object.assign(codec, { decode });
  }
  expect(calls).toBe(0);
});
