import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { type SelftestSample, selftestSample } from "@rbgen/testkit/contract/codecs";
import { expect, test } from "vitest";
import { isRingBufError, UserRingBufWriter } from "./index.ts";

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
  const before = performance.now();
  expect(() => writer.reserveBlockingSync({ timeoutMs: 30 })).toThrow(expect.objectContaining({ code: "ENOSPC" }));
  expect(performance.now() - before).toBeGreaterThanOrEqual(29);
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
