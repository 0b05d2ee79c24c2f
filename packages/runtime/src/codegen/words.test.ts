import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { DecodeError, EncodeError } from "../errors.ts";
import { readInt64, readUint64, safeInt64, safeUint64, writeInt64, writeUint64 } from "./v1.ts";

const view = new DataView(new ArrayBuffer(24));
const edges = [
  0n,
  1n,
  -1n,
  2n ** 32n,
  2n ** 32n - 1n,
  -(2n ** 32n),
  2n ** 53n,
  2n ** 53n - 1n,
  -(2n ** 53n),
  1n - 2n ** 53n,
];
const whole = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.constantFrom(...edges));

function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return (error as Error).constructor;
  }
}

test.each([true, false])("numbers and bigints are stored as DataView stores them, little-endian: %s", (little) => {
  fc.assert(
    fc.property(whole, fc.boolean(), fc.boolean(), (big, signed, asNumber) => {
      const fits = (signed ? BigInt.asIntN : BigInt.asUintN)(64, big) === big;
      const value = asNumber && Number.isSafeInteger(Number(big)) ? Number(big) : big;
      new Uint8Array(view.buffer).fill(0xee);
      const error = outcome(() => (signed ? writeInt64 : writeUint64)(value, view, 8, little, "x"));
      expect(error).toBe(fits ? undefined : EncodeError);
      if (!fits) return;
      expect(signed ? view.getBigInt64(8, little) : view.getBigUint64(8, little)).toBe(big);
      expect(view.getBigUint64(0) === view.getBigUint64(16) && view.getUint8(0) === 0xee).toBe(true);
    }),
  );
});

test.each([true, false])(
  "a number is read where it is exact, and refused where it is not, little-endian: %s",
  (little) => {
    fc.assert(
      fc.property(whole, fc.boolean(), (big, signed) => {
        view.setBigInt64(8, BigInt.asIntN(64, big), little);
        const exact = signed ? view.getBigInt64(8, little) : view.getBigUint64(8, little);
        const safe = Number.isSafeInteger(Number(exact));
        const read = outcome(() => (signed ? safeInt64 : safeUint64)(view, 8, little, "event", "x"));
        expect(read).toBe(safe ? Number(exact) : DecodeError);
      }),
    );
  },
);

test.each([true, false])("a bigint is read as DataView reads it, little-endian: %s", (little) => {
  fc.assert(
    fc.property(whole, (big) => {
      view.setBigInt64(8, BigInt.asIntN(64, big), little);
      expect(readUint64(view, 8, little)).toBe(BigInt.asUintN(64, big));
      expect(readInt64(view, 8, little)).toBe(BigInt.asIntN(64, big));
    }),
  );
});

test("what is beyond 2^53 is told as it is", () => {
  view.setBigInt64(0, -(2n ** 53n), true);
  expect(() => safeInt64(view, 0, true, "event", "x")).toThrow("event.x -9007199254740992 is beyond 2^53");
  expect(() => safeUint64(view, 0, true, "event", "x")).toThrow(`event.x ${2n ** 64n - 2n ** 53n} is beyond 2^53`);
});

test("no bigint is made on the way of a number", () => {
  const made = ["getBigInt64", "getBigUint64", "setBigInt64", "setBigUint64"] as const;
  const spies = made.map((name) => vi.spyOn(view, name));
  for (const value of [0, 7, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
    writeUint64(value, view, 0, true, "x");
    for (const read of [safeInt64, safeUint64]) expect(read(view, 0, true, "event", "x")).toBe(value);
  }
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

test("what was left out is 0, and what is no integer is refused", () => {
  view.setBigUint64(0, 7n);
  writeUint64(undefined, view, 0, true, "x");
  expect(view.getBigUint64(0)).toBe(0n);
  for (const value of [1.5, -1, Number.NaN, 2 ** 53, "8", null] as never[]) {
    expect(outcome(() => writeUint64(value, view, 0, true, "x"))).toBe(EncodeError);
  }
});
