import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { expect, test } from "vitest";
import { RingBufReader } from "../reader.ts";
import { RingCapture, readCapture, replayCapture } from "./capture.ts";
import { ManualClock } from "./clock.ts";
import { EmulatedKernel } from "./kernel.ts";

const sent = [0, 1, 8, 33, 500].map((length, i) => new Uint8Array(length).fill(i + 1));

/** A capture of `sent`, a sample every 10 ms. */
function captured(): Uint8Array {
  const clock = new ManualClock();
  const kernel = new EmulatedKernel({ clock });
  const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
  const capture = new RingCapture(map, { clock });
  for (const bytes of sent) {
    kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) }).run();
    expect(capture.take()).toBe(1);
    clock.advance(10);
  }
  expect(capture.length).toBe(5);
  capture.close();
  return capture.toBytes();
}

test("a capture holds every sample with its time", () => {
  expect([...readCapture(captured())]).toEqual(sent.map((bytes, i) => ({ timeMs: i * 10, bytes })));
});

test("a replay in original timing produces each sample at its time", async () => {
  const clock = new ManualClock();
  const map = new EmulatedKernel({ clock }).createRingBuf({ name: "events", maxEntries: 4096 });
  const reader = new RingBufReader(map, anyBytes);
  const replay = replayCapture(captured(), map, { speed: "original", clock });
  const seen: Uint8Array[] = [];
  for (let i = 0; i < sent.length; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    reader.consume((record) => void seen.push(record));
    expect(seen.length).toBe(i + 1);
    clock.advance(10);
  }
  expect(await replay).toEqual({ replayed: 5, dropped: 0 });
  expect(seen).toEqual(sent);
});

test("a replay at full speed waits for room, and drops only what can never fit", async () => {
  const clock = new ManualClock();
  const big = new EmulatedKernel({ clock }).createRingBuf({ name: "big", maxEntries: 65536 });
  const capture = new RingCapture(big, { clock });
  const lengths = [3000, 3000, 5000, 4080, 10];
  for (const length of lengths) big.hold(length).submit();
  capture.take();
  const map = new EmulatedKernel().createRingBuf({ name: "small", maxEntries: 4096 });
  const reader = new RingBufReader(map, anyBytes);
  const replay = replayCapture(capture.toBytes(), map, { speed: "full" });
  const seen: number[] = [];
  while (seen.length < 4) await reader.poll((record) => void seen.push(record.length), { timeoutMs: 1000 });
  expect(await replay).toEqual({ replayed: 4, dropped: 1 });
  expect(seen).toEqual([3000, 3000, 4080, 10]);
});

test("a replay ends with the signal's reason", async () => {
  const map = new EmulatedKernel().createRingBuf({ name: "events", maxEntries: 4096 });
  const clock = new ManualClock();
  const stop = new Error("stop");
  const abort = new AbortController();
  const replay = replayCapture(captured(), map, { speed: "original", clock, signal: abort.signal });
  abort.abort(stop);
  await expect(replay).rejects.toBe(stop);
});

test("a replay ends with an AbortError by an abort event without a reason", async () => {
  const map = new EmulatedKernel().createRingBuf({ name: "events", maxEntries: 4096 });
  const { signal } = new AbortController();
  const replay = replayCapture(captured(), map, { speed: "original", clock: new ManualClock(), signal });
  // the first sample is due at once, and the second one is waited for
  await new Promise((resolve) => setImmediate(resolve));
  signal.dispatchEvent(new Event("abort"));
  await expect(replay).rejects.toMatchObject({ name: "AbortError" });
});

test("a file that is cut or changed is refused with the offset, never replayed wrong", () => {
  const file = captured();
  const boundaries = new Set<number>();
  for (let at = 16, i = 0; i <= sent.length; i += 1) {
    boundaries.add(at);
    at += 16 + Math.ceil((sent[i]?.length ?? 0) / 8) * 8;
  }
  for (let end = 0; end < file.length; end += 1) {
    const read = (): unknown => [...readCapture(file.slice(0, end))];
    if (boundaries.has(end)) expect(read).not.toThrow();
    else expect(read).toThrow(expect.objectContaining({ code: "EINVAL" }));
  }
  for (const [at, value] of [
    [0, 0],
    [8, 2],
    [24 + 3, 0xff],
    [23, 0xff],
  ] as const) {
    const changed = file.slice();
    changed[at] = value;
    expect(() => [...readCapture(changed)]).toThrow(/at byte \d+/);
  }
});
