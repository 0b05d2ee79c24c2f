import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { expect, test } from "vitest";
import { PerfEventReader } from "./perf/perf-reader.ts";
import { RingBufReader } from "./reader.ts";
import { UserRingBufWriter } from "./writer.ts";

const kernel = new EmulatedKernel();
/** An abort event that no controller sent: the signal has no reason, and says that it has not aborted. */
const abort = (signal: AbortSignal): boolean => signal.dispatchEvent(new Event("abort"));
const aborted = expect.objectContaining({ name: "AbortError" });

test.each([
  [
    "ring buffer",
    (signal?: AbortSignal) => {
      const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
      return () => new RingBufReader(map, anyBytes, signal && { signal });
    },
  ],
  [
    "perf event array",
    (signal?: AbortSignal) => {
      const map = kernel.createPerfEventArray({ name: "perf" });
      return () => new PerfEventReader(map, anyBytes, signal && { signal });
    },
  ],
])("an abort event without a reason ends the reader of a %s, and gives the map back", (_, made) => {
  const { signal } = new AbortController();
  const open = made(signal);
  const reader = open();
  abort(signal);
  expect(() => reader.consume(() => undefined)).toThrow(aborted);
  reader.close();
  open().close();
});

test.each([
  ["null", null],
  ["0", 0],
  ["an error", new Error("enough")],
])("a reader whose signal aborts with %s gives the map back", (_, reason) => {
  const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
  const controller = new AbortController();
  const reader = new RingBufReader(map, anyBytes, { signal: controller.signal });
  controller.abort(reason);
  expect(() => reader.consume(() => undefined)).toThrow();
  new RingBufReader(map, anyBytes).close();
});

test("what waits is rejected with an AbortError by an abort event without a reason", async () => {
  const { signal } = new AbortController();
  const reader = new RingBufReader(kernel.createRingBuf({ name: "events", maxEntries: 4096 }), anyBytes);
  const commands = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
  const writer = new UserRingBufWriter(commands, anyBytes);
  while (writer.tryWrite(new Uint8Array(1000)));
  const waits = [
    reader.poll(() => undefined, { signal }),
    writer.writeBlocking(new Uint8Array(1000), { timeoutMs: -1, signal }),
  ];
  abort(signal);
  for (const wait of waits) await expect(wait).rejects.toThrow(aborted);
  reader.close();
  writer.close();
});
