import { expect, test, vi } from "vitest";
import * as errors from "./errors.ts";

const all = [
  new errors.RingBufError("x", { code: "ENOSPC" }),
  new errors.CorruptRingError(8n, "x"),
  new errors.DecodeError("x", 8, 4),
  new errors.EncodeError("x", 1, "x"),
  new errors.UnsupportedError("x"),
];

test("an error's name is that of its class, and no member of its own", () => {
  expect(all.map(({ name }) => name)).toEqual([
    "RingBufError",
    "CorruptRingError",
    "DecodeError",
    "EncodeError",
    "UnsupportedError",
  ]);
  for (const error of all) expect(Object.keys(error)).not.toContain("name");
  expect(String(all[0])).toBe("RingBufError: ENOSPC: x");
});

test("an error of another copy of the package is known, and no other object", async () => {
  vi.resetModules();
  const copy = await import("./errors.ts");
  const foreign = new copy.CorruptRingError(8n, "x");
  expect(foreign).not.toBeInstanceOf(errors.RingBufError);
  expect(errors.isRingBufError(foreign)).toBe(true);
  expect(errors.isRingBufError(foreign, "ERR_RINGBUF_CORRUPT")).toBe(true);
  expect(errors.isRingBufError(foreign, "ENOSPC")).toBe(false);
  const others = [new Error("ENOSPC"), Object.assign(new Error("x"), { code: "ENOSPC" }), { code: "ENOSPC" }, null];
  for (const other of others) expect(errors.isRingBufError(other)).toBe(false);
});
