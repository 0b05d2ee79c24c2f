import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, EncodeError } from "../errors.ts";
import {
  bigint,
  biguint,
  blobLength,
  checkBounds,
  checkCount,
  checkLeft,
  checkSlice,
  copyBytes,
  copyBytesTo,
  int,
  readBits,
  readString,
  safeNumber,
  setBits8,
  setBits16,
  setBits32,
  toJson,
  uint,
  uint32,
  uint64,
  utf8Length,
  within,
  writeBits,
  writeBytes,
  writeString,
} from "./v1.ts";

function viewOf(...bytes: readonly number[]): DataView {
  return new DataView(new Uint8Array(bytes).buffer);
}

describe("bit-fields", () => {
  test.each([true, false])("of any place and width keep what lies beside them (little-endian %s)", (littleEndian) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.nat(70),
        fc.integer({ min: 1, max: 64 }),
        fc.bigInt(),
        (bytes, at, size, raw) => {
          const view = new DataView(bytes.slice().buffer);
          const value = BigInt.asIntN(size, raw);
          writeBits(value, view, 1, at, size, littleEndian);
          expect(readBits(view, 1, at, size, true, littleEndian)).toBe(value);
          expect(readBits(view, 1, at, size, false, littleEndian)).toBe(BigInt.asUintN(size, raw));
          const before = new DataView(bytes.buffer);
          for (let bit = 0; bit < 150; bit++) {
            if (bit >= at && bit < at + size) continue;
            expect(readBits(view, 1, bit, 1, false, littleEndian)).toBe(
              readBits(before, 1, bit, 1, false, littleEndian),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    [8, (view: DataView, kept: number, bits: number) => setBits8(view, 1, kept, bits), true],
    [16, (view: DataView, kept: number, bits: number) => setBits16(view, 1, kept, bits, true), true],
    [16, (view: DataView, kept: number, bits: number) => setBits16(view, 1, kept, bits), false],
    [32, (view: DataView, kept: number, bits: number) => setBits32(view, 1, kept, bits, true), true],
    [32, (view: DataView, kept: number, bits: number) => setBits32(view, 1, kept, bits), false],
  ])("of %i bits that are loaded at once are set as bit by bit", (width, set, littleEndian) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.nat(width - 1),
        fc.nat(width - 1),
        fc.nat(0xffff_ffff),
        (bytes, from, more, raw) => {
          const size = 1 + (more % (width - from));
          const value = raw % 2 ** size;
          const view = new DataView(bytes.slice().buffer);
          set(view, 2 ** width - 1 - (2 ** size - 1) * 2 ** from, value << from);
          const wanted = new DataView(bytes.slice().buffer);
          const at = littleEndian ? from : width - from - size;
          writeBits(BigInt(value), wanted, 1, at, size, littleEndian);
          expect(view).toEqual(wanted);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("integers", () => {
  const unsigned = (value: number | undefined, size: number, path: string): number => uint(value, 2 ** size - 1, path);

  test.each([
    [unsigned, 4, 15, 16],
    [unsigned, 31, 2147483647, 2147483648],
    [unsigned, 31, 1, 4294967297],
    [unsigned, 8, 0, -1],
    [int, 8, -128, -129],
    [int, 32, 2147483647, 2147483648],
    [int, 1, -1, 1],
    [unsigned, 16, 7, 7.5],
    [int, 16, 7, Number.NaN],
  ] as const)("%o of %i bits takes %d and refuses %d", (check, size, fits, not) => {
    expect(check(fits, size, "x")).toBe(fits);
    expect(() => check(not, size, "x")).toThrow(EncodeError);
    expect(check(undefined, size, "x")).toBe(0);
  });

  test("those of 32 and 64 bits take what fits and refuse what does not", () => {
    expect([uint32(0, "x"), uint32(4294967295, "x"), uint32(undefined, "x")]).toEqual([0, 4294967295, 0]);
    expect([uint64(0n, "x"), uint64(2n ** 64n - 1n, "x"), uint64(7, "x"), uint64(undefined, "x")]).toEqual([
      0n,
      2n ** 64n - 1n,
      7n,
      0n,
    ]);
    for (const value of [-1, 4294967296, 0.5, Number.NaN]) expect(() => uint32(value, "x")).toThrow(EncodeError);
    for (const value of [-1n, 2n ** 64n, -1, 2 ** 53]) expect(() => uint64(value, "x")).toThrow(EncodeError);
  });

  test("64-bit ones are bigint or whole numbers", () => {
    expect([
      biguint(5, 64, "x"),
      bigint(-5, 64, "x"),
      biguint(2n ** 64n - 1n, 64, "x"),
      bigint(undefined, 64, "x"),
    ]).toEqual([5n, -5n, 2n ** 64n - 1n, 0n]);
    for (const value of [-1n, 2n ** 64n, 0.5, 2 ** 53, -1]) expect(() => biguint(value, 64, "x")).toThrow(EncodeError);
    expect(() => bigint(2n ** 63n, 64, "x")).toThrow(EncodeError);
  });

  test("a number never stands for a 64-bit integer that it would round", () => {
    expect(safeNumber(2n ** 53n - 1n, "r", "x")).toBe(2 ** 53 - 1);
    expect(() => safeNumber(2n ** 53n, "r", "x")).toThrow(/r\.x 9007199254740992 is beyond 2\^53/);
  });
});

describe("strings", () => {
  test("end at the first NUL, and invalid UTF-8 is replaced", () => {
    expect(readString(viewOf(97, 98, 0, 99), 0, 4)).toBe("ab");
    expect(readString(viewOf(97, 0xff, 98), 0, 3)).toBe("a\ufffdb");
    expect(readString(viewOf(0xef, 0xbb, 0xbf, 97), 0, 4)).toBe("\ufeffa");
  });

  test("survive in shared memory, at any offset, longer and shorter than the array", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.nat(9), (raw, offset) => {
        const text = raw.replaceAll("\0", "").replace(/[\ud800-\udfff]/gu, "");
        const length = utf8Length(text, "x") + (offset % 3);
        const view = new DataView(new SharedArrayBuffer(length + 20));
        for (let i = 0; i < view.byteLength; i++) view.setUint8(i, 0xee);
        writeString(text, view, offset, length, "x");
        expect(readString(view, offset, length)).toBe(text);
        expect(view.getUint8(offset + length)).toBe(0xee);
        if (text !== "")
          expect(() => writeString(text, view, offset, utf8Length(text, "x") - 1, "x")).toThrow(EncodeError);
      }),
    );
  });

  test("a NUL inside is refused, since it would end the string", () => {
    expect(() => writeString("a\0b", viewOf(0, 0, 0, 0), 0, 4, "x")).toThrow("has a NUL");
    expect([blobLength("é", "x"), blobLength(new Uint8Array(2), "x"), blobLength(undefined, "x")]).toEqual([3, 2, 0]);
  });
});

test.each([4, 40, 400])("%i bytes are copied, filled up and never shared", (length) => {
  const view = new DataView(new SharedArrayBuffer(500));
  const source = Uint8Array.from({ length }, (_, index) => index);
  writeBytes(source, view, 10, length + 5, "x");
  const copy = copyBytes(view, 10, length);
  expect(copy).toEqual(source);
  expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
  expect(view.getUint8(10 + length + 4)).toBe(0);
  const target = new Uint8Array(3);
  expect(copyBytesTo(target, view, 10, length)).toBe(3);
  expect([...target]).toEqual([0, 1, 2]);
  expect(() => writeBytes(source, view, 10, length - 1, "x")).toThrow(EncodeError);
});

test("lengths that lie are told with both lengths", () => {
  expect(() => checkBounds("r", viewOf(1, 2, 3, 4), 0, 3, 4)).toThrow(/r needs 4 bytes, the sample has 3$/);
  expect(() => checkBounds("r", viewOf(1, 2, 3, 4), 0, 3, 4, 2)).toThrow(
    "r needs 4 bytes, the sample has 3; if the program sends its last array short, annotate that: truncated",
  );
  expect(() => checkBounds("r", viewOf(1, 2, 3, 4), 0, 1, 4, 2)).toThrow(/r needs 4 bytes, the sample has 1$/);
  expect(() => checkLeft("r", 3, 4)).toThrow(/r needs 4 bytes, there are 3$/);
  expect(() => checkBounds("r", viewOf(1, 2), 1, 4, 4)).toThrow("r needs 4 bytes, the sample has 1");
  expect(checkCount(8, 8, 4, "r", "a")).toBe(2);
  expect(() => checkCount(6, 8, 4, "r", "a")).toThrow(DecodeError);
  expect(() => checkCount(-1, 8, 1, "r", "a")).toThrow("r.a has a length of -1 bytes");
  expect(checkSlice(6, 2, 4, 8, "r", "a")).toBe(6);
  for (const [at, length] of [
    [3, 1],
    [7, 2],
    [5, -1],
  ] as const)
    expect(() => checkSlice(at, length, 4, 8, "r", "a")).toThrow(DecodeError);
});

test.each<[() => unknown, unknown, string]>([
  [() => uint(256, 0xff, "a.b"), 256, "256 is no integer from 0 to 255"],
  [() => uint(1.5, 0xff, "a.b"), 1.5, "1.5 is no integer from 0 to 255"],
  [() => uint32(-1, "a.b"), -1, "-1 is no integer from 0 to 4294967295"],
  [() => int(-129, 8, "a.b"), -129, "-129 is no integer from -128 to 127"],
  [() => int(null as never, 32, "a.b"), null, "null is no integer from -2147483648 to 2147483647"],
  [() => uint64(1n << 64n, "a.b"), 1n << 64n, "18446744073709551616 is no integer from 0 to 18446744073709551615"],
  [
    () => bigint(2 ** 53, 64, "a.b"),
    2 ** 53,
    "is a number beyond 2^53, which stands for its neighbours, too: give a bigint",
  ],
  [() => biguint(-1n, 128, "a.b"), -1n, `-1 is no integer from 0 to ${(1n << 128n) - 1n}`],
])("an integer that does not fit is told with its member and what would fit: %#", (work, value, reason) => {
  let thrown: unknown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(EncodeError);
  expect(thrown).toMatchObject({ path: "a.b", value, reason, message: `ERANGE: a.b: ${reason}` });
});

test("a path names each member and index on the way", () => {
  const inner = new EncodeError("x", 300, "does not fit");
  const outer = within(within(inner, "items", 3), "list") as EncodeError;
  expect([outer.path, outer.value, outer.code]).toEqual(["list.items[3].x", 300, "ERANGE"]);
  expect((within(new EncodeError("[2]", 1, "no"), "m", 1) as EncodeError).path).toBe("m[1][2]");
  const other = new TypeError("x");
  expect(within(other, "m")).toBe(other);
});

test("JSON has bigint as decimal, bytes as hex, and names for what JSON has no number for", () => {
  expect(toJson({ a: 1n, b: new Uint8Array([0, 255]), c: [1.5, Number.NaN, true, "x"], d: { e: -Infinity } })).toEqual({
    a: "1",
    b: "00ff",
    c: [1.5, "NaN", true, "x"],
    d: { e: "-Infinity" },
  });
});
