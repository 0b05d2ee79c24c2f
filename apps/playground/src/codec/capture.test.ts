import { EmulatedKernel, RingCapture } from "@rbgen/runtime/emulated";
import { expect, test } from "vitest";
import { isCapture, readCaptureFile } from "./capture.ts";

/** A capture of samples of so many bytes each. */
function captured(lengths: readonly number[]): Uint8Array {
  const map = new EmulatedKernel().createRingBuf({ name: "events", maxEntries: 4096 });
  for (const length of lengths) map.hold(length).submit();
  const capture = new RingCapture(map);
  capture.take();
  capture.close();
  return capture.toBytes();
}

test("a capture is known by its beginning, and gives every sample", () => {
  const bytes = captured([8, 0, 24]);
  expect(isCapture(bytes)).toBe(true);
  expect(isCapture(bytes.subarray(0, 7))).toBe(false);
  const { records, broken } = readCaptureFile("events.ring", bytes);
  expect(records.map((record) => record.bytes.byteLength)).toEqual([8, 0, 24]);
  expect(broken).toBeUndefined();
});

test("of a capture that was cut, what is before the cut is shown, and where it broke is said", () => {
  const { records, broken } = readCaptureFile("events.ring", captured([8, 24]).slice(0, -8));
  expect(records.map((record) => record.bytes.byteLength)).toEqual([8]);
  expect(broken).toMatch(/at byte \d+/);
});
