import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { anyBytes, type SelftestSample, selftestSample } from "@rbgen/testkit/contract/codecs";
import { describe, expect, test, vi } from "vitest";
import { EncodeError, isRingBufError, type RecordCodec, UserRingBufWriter } from "./index.ts";

/** Samples of 40 bytes in the ring: 102 fill a page. */
const capacity = 102;

function open() {
  const kernel = new EmulatedKernel();
  const map = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
  const drained: number[] = [];
  const drain = kernel.loadProgram({
    type: "syscall",
    run: (bpf) =>
      bpf.userRingbufDrain(
        map,
        (sample) => {
          const bytes = new Uint8Array(32);
          bpf.dynptrRead(bytes, sample, 0, 0);
          drained.push(selftestSample.decode(new DataView(bytes.buffer)).seq);
          return 0;
        },
        null,
        0,
      ),
  });
  return { writer: new UserRingBufWriter(map, selftestSample), drain: () => drain.run().returnValue, drained };
}

const sample = (seq: number): SelftestSample => ({ pid: 1, seq, value: 0n, comm: "" });
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function fill(writer: UserRingBufWriter<SelftestSample>): void {
  for (const seq of numbers(capacity)) writer.write(sample(seq));
  expect(writer.tryWrite(sample(capacity))).toBe(false);
}

test("a stream of more than the ring holds waits for drains, and every chunk arrives once and in order", async () => {
  const { writer, drain, drained } = open();
  const count = 3 * capacity + 7;
  const drains = setInterval(drain, 1);
  try {
    const out = writer.toWritableStream().getWriter();
    for (const seq of numbers(count)) await out.write(sample(seq));
    await out.close();
  } finally {
    clearInterval(drains);
  }
  drain();
  expect(drained).toEqual(numbers(count));
  writer.close();
});

test("a stream fails with the writer's error when the writer is closed under it", async () => {
  const { writer } = open();
  fill(writer);
  const out = writer.toWritableStream().getWriter();
  const pending = expect(out.write(sample(1))).rejects.toMatchObject({ code: "ERR_RINGBUF_CLOSED" });
  writer.close();
  await pending;
});

test("a blocking write goes through once a drain makes room", async () => {
  const { writer, drain, drained } = open();
  fill(writer);
  const written = writer.writeBlocking(sample(capacity), { timeoutMs: -1 });
  expect(drain()).toBe(capacity);
  await written;
  expect(drain()).toBe(1);
  expect(drained.at(-1)).toBe(capacity);
  writer.close();
});

test("a blocking write rejects with the signal's reason, and writes nothing later", async () => {
  const { writer, drain } = open();
  fill(writer);
  const stop = new AbortController();
  const reason = new Error("enough");
  const pending = expect(writer.writeBlocking(sample(1), { timeoutMs: -1, signal: stop.signal })).rejects.toBe(reason);
  stop.abort(reason);
  await pending;
  expect(drain()).toBe(capacity);
  expect(drain()).toBe(0);
  writer.close();
});

test("a synchronous reservation succeeds at once where there is room, and is ENOSPC after its time where there is none", () => {
  const { writer } = open();
  const first = writer.reserveBlockingSync({ timeoutMs: 0 });
  first.view.seq = 5;
  first.submit();
  for (const seq of numbers(capacity - 1)) writer.write(sample(seq));
  const waits = vi.spyOn(Atomics, "wait");
  expect(() => writer.reserveBlockingSync({ timeoutMs: 30 })).toThrow(expect.objectContaining({ code: "ENOSPC" }));
  const timeouts = waits.mock.calls.map(([, , , timeout]) => Number(timeout));
  waits.mockRestore();
  expect(timeouts.length).toBeGreaterThan(0);
  for (const timeout of timeouts) expect(timeout).toBeLessThanOrEqual(30);
  expect(() => writer.reserveBlockingSync({ timeoutMs: -2 })).toThrow(expect.objectContaining({ code: "EINVAL" }));
  expect(() => writer.reserveBlockingSync({ timeoutMs: -1, byteLength: 4096 })).toThrow(
    expect.objectContaining({ code: "E2BIG", errno: -7 }),
  );
  writer.close();
});

test("a value whose getter closes the writer ends in the writer's error", () => {
  const { writer } = open();
  const value = {
    ...sample(1),
    get pid(): number {
      writer.close();
      return 1;
    },
  };
  expect(() => writer.write(value)).toThrow(expect.objectContaining({ code: "ERR_RINGBUF_CLOSED" }));
});

test("a value that does not encode leaves a discarded sample and its own error", () => {
  const { writer, drain } = open();
  const fault = new Error("no such thing");
  const value = {
    ...sample(1),
    get seq(): number {
      throw fault;
    },
  };
  expect(() => writer.write(value)).toThrow(fault);
  writer.write(sample(2));
  expect(drain()).toBe(1);
  expect(isRingBufError(fault)).toBe(false);
  writer.close();
});

describe("many values at once", () => {
  const samples = (count: number): SelftestSample[] => numbers(count).map(sample);

  test("are written in order, and published by one store", () => {
    const { writer, drain, drained } = open();
    let published: bigint | undefined;
    function* values(): Generator<SelftestSample> {
      yield sample(0);
      yield sample(1);
      published = writer.positions.producer;
      yield sample(2);
    }
    writer.writeAll(values());
    expect(published).toBe(0n);
    expect(writer.positions.producer).toBe(120n);
    expect(drain()).toBe(3);
    expect(drained).toEqual([0, 1, 2]);
  });

  test("go in as far as there is room, and what went in is told", () => {
    const { writer, drain } = open();
    expect(writer.tryWriteAll(samples(capacity + 5))).toBe(capacity);
    expect(writer.tryWriteAll(samples(1))).toBe(0);
    expect(() => writer.writeAll(samples(1))).toThrow(expect.objectContaining({ code: "ENOSPC" }));
    expect(drain()).toBe(capacity);
    writer.writeAll([]);
    expect(writer.tryWriteAll(new Set(samples(2)))).toBe(2);
    expect(drain()).toBe(2);
  });

  test("are written up to one that does not encode, which leaves a discarded sample", () => {
    const { writer, drain, drained } = open();
    const fault = new Error("no such thing");
    const bad = {
      ...sample(1),
      get seq(): number {
        throw fault;
      },
    };
    expect(() => writer.writeAll([sample(0), bad, sample(2)])).toThrow(fault);
    writer.write(sample(3));
    expect(drain()).toBe(2);
    expect(drained).toEqual([0, 3]);
  });

  test("may come from a generator that writes itself, waits for nothing, or closes the writer", () => {
    const { writer, drain, drained } = open();
    writer.writeAll(
      (function* () {
        yield sample(0);
        writer.write(sample(1));
        yield sample(2);
      })(),
    );
    expect(drain()).toBe(3);
    expect(drained).toEqual([0, 1, 2]);
    const closing = (function* () {
      yield sample(0);
      writer.close();
      yield sample(1);
    })();
    expect(() => writer.writeAll(closing)).toThrow(expect.objectContaining({ code: "ERR_RINGBUF_CLOSED" }));
  });
});

describe("a value that has another length when it is encoded", () => {
  /** Bytes that grow, or shrink, from look to look. */
  const changing = (lengths: number[]): Uint8Array =>
    new Proxy(new Uint8Array(64), {
      get: (bytes, name) => (name === "length" ? (lengths.shift() ?? 0) : Reflect.get(bytes, name, bytes)),
    });

  test.each([
    ["grows", [8, 64]],
    ["shrinks", [64, 8]],
  ])("that %s is an EncodeError, touches no other sample, and the ring goes on", (_, lengths) => {
    const kernel = new EmulatedKernel();
    const map = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
    const codec: RecordCodec<Uint8Array> = {
      ...anyBytes,
      byteLengthOf: (bytes) => bytes.length,
      encode(bytes, view, offset = 0) {
        const { length } = bytes;
        new Uint8Array(view.buffer, view.byteOffset + offset, length).fill(0xab);
        return length;
      },
    };
    const writer = new UserRingBufWriter(map, codec);
    const seen: number[][] = [];
    const drain = kernel.loadProgram({
      type: "syscall",
      run: (bpf) =>
        bpf.userRingbufDrain(
          map,
          (dynptr) => {
            const bytes = new Uint8Array(bpf.dynptrSize(dynptr));
            bpf.dynptrRead(bytes, dynptr, 0, 0);
            seen.push([...bytes]);
            return 0;
          },
          null,
          0,
        ),
    });
    const behind = writer.reserve(64);
    behind.discard();
    expect(() => writer.write(changing([...lengths]))).toThrow(EncodeError);
    expect(() => writer.writeAll([new Uint8Array(8), changing([...lengths])])).toThrow(EncodeError);
    writer.write(new Uint8Array(4));
    expect(drain.run().returnValue).toBe(2);
    expect(seen).toEqual([Array(8).fill(0xab), Array(4).fill(0xab)]);
  });
});

test("a value whose getter writes itself, one by one or many, is a sample like any other", () => {
  const { writer, drain, drained } = open();
  const nesting = (inner: () => void): SelftestSample => ({
    ...sample(1),
    get seq(): number {
      inner();
      return 1;
    },
  });
  writer.write(nesting(() => writer.write(sample(2))));
  writer.writeAll([nesting(() => writer.writeAll([sample(3), sample(4)])), sample(5)]);
  expect(drain()).toBe(6);
  expect(drained).toEqual([1, 2, 1, 3, 4, 5]);
});
