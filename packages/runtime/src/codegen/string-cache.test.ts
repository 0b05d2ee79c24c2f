import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { cachedStrings, cacheStrings } from "./string-cache.ts";
import { readString, readString16, writeString } from "./v1.ts";

afterEach(() => cacheStrings(true));

const lengths = [4, 8, 12, 16, 24, 32];
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function told(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

test("a string is that of its bytes, whatever was read before it and however often it comes", () => {
  const bytes = fc
    .constantFrom(...lengths)
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length, max: 3 }))
    .map((few) => few.map((byte) => [0, 97, 98, 195][byte]!));
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 600 }), (all) => {
      for (const one of [...all, ...all]) {
        const view = new DataView(one.slice().buffer);
        if (readString(view, 0, one.length) !== told(one)) expect.fail(`of ${one}`);
      }
    }),
    { numRuns: 40 },
  );
});

test("the same words in arrays of different lengths are different strings", () => {
  const view = new DataView(new TextEncoder().encode("abcdefghijklmnop").buffer);
  for (let time = 0; time < 2; time += 1) {
    expect(lengths.slice(0, 4).map((length) => readString(view, 0, length))).toEqual([
      "abcd",
      "abcdefgh",
      "abcdefghijkl",
      "abcdefghijklmnop",
    ]);
  }
});

test("bytes behind the NUL change nothing", () => {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint8(0, 97);
  expect(readString(view, 0, 16)).toBe("a");
  view.setUint8(15, 98);
  expect(readString(view, 0, 16)).toBe("a");
});

/** How many of `count` strings are not decoded again when they come again: their words are looked at once. */
function kept(count: number): number {
  let reads = 0;
  const views = Array.from({ length: count }, (_, i) => {
    const view = new DataView(new TextEncoder().encode(`${i}`.padEnd(16, "\0")).buffer);
    const { getInt32, getUint8 } = view;
    view.getInt32 = (...at) => {
      reads += 1;
      return getInt32.apply(view, at);
    };
    view.getUint8 = (at) => {
      reads += 1;
      return getUint8.call(view, at);
    };
    return view;
  });
  for (const view of views) readString16(view, 0);
  return views.filter((view) => {
    reads = 0;
    readString16(view, 0);
    return reads === 4;
  }).length;
}

test("what comes again is not decoded again, of any number of strings no more than are kept", () => {
  expect(kept(8)).toBeGreaterThan(4);
  expect(kept(20_000)).toBeLessThanOrEqual(cachedStrings);
});

test("nothing is kept where that is turned off, nor what was before", () => {
  const view = new DataView(new TextEncoder().encode("seven of nine...").buffer);
  readString16(view, 0);
  cacheStrings(false);
  expect(kept(8)).toBe(0);
  cacheStrings(true);
  const read = view.getInt32.bind(view);
  let reads = 0;
  view.getInt32 = (...at) => {
    reads += 1;
    return read(...at);
  };
  expect(readString16(view, 0)).toBe("seven of nine...");
  expect(reads).toBeGreaterThan(4);
});

const encoder = new TextEncoder();

/** Sixteen bytes over what a record before it left there. */
function written(text: string): Uint8Array {
  const bytes = new Uint8Array(24).fill(0xee);
  writeString(text, new DataView(bytes.buffer, 4), 0, 16, "name");
  return bytes;
}

test("what is written is the text's own bytes, whatever was written before it and however often it comes", () => {
  const text = fc
    .oneof(
      fc.string({ maxLength: 16, unit: fc.constantFrom("a", "b", "0", "é", "\u{1f600}") }),
      fc.string({ maxLength: 16 }),
    )
    .map((any) => any.replaceAll("\0", ""))
    .filter((any) => encoder.encode(any).length <= 16);
  fc.assert(
    fc.property(fc.array(text, { maxLength: 400 }), (all) => {
      for (const one of [...all, ...all]) {
        const expected = new Uint8Array(24).fill(0xee).fill(0, 4, 20);
        expected.set(encoder.encode(one), 4);
        if (!Buffer.from(expected).equals(written(one))) expect.fail(`of ${JSON.stringify(one)}`);
      }
    }),
    { numRuns: 40 },
  );
});

/** How many of these texts are written by words that were kept, when they come again: three characters are looked at. */
function keptOf(texts: readonly string[]): number {
  const view = new DataView(new ArrayBuffer(16));
  for (const text of texts) writeString(text, view, 0, 16, "name");
  const looks = vi.spyOn(String.prototype, "charCodeAt");
  try {
    return texts.filter((text) => {
      looks.mockClear();
      writeString(text, view, 0, 16, "name");
      return looks.mock.calls.length === 3;
    }).length;
  } finally {
    looks.mockRestore();
  }
}

test("of any number of texts no more are kept than is said, long ones by their own characters", () => {
  expect(keptOf(["eth0", "eth1", "postgres", "systemd-journal", "kworker/u16:2-ev"])).toBeGreaterThan(3);
  expect(keptOf(Array.from({ length: 20_000 }, (_, i) => `name ${i}`))).toBeLessThanOrEqual(cachedStrings);
});

test("texts that are refused are not kept, and none where that is turned off", () => {
  const view = new DataView(new ArrayBuffer(16));
  for (let time = 0; time < 2; time += 1) {
    for (const text of ["a\0b", "\ud800", "seventeen letters"]) {
      expect(() => writeString(text, view, 0, 16, "name")).toThrow();
    }
  }
  cacheStrings(false);
  expect(keptOf(["eth0", "postgres"])).toBe(0);
  // nor in passing: what is kept is made elsewhere, and comes from there by signed words
  const words = vi.spyOn(view, "setInt32");
  writeString("postgres", view, 0, 16, "name");
  expect(words).not.toHaveBeenCalled();
});

test("what is kept is the text's own, whatever becomes of the memory that it was written to or read from", () => {
  const shared = new DataView(new ArrayBuffer(16));
  const { setInt32 } = shared;
  shared.setInt32 = (at, value, little) => setInt32.call(shared, at, value ^ 1, little);
  shared.setUint8 = () => undefined;
  writeString("nginx", shared, 0, 16, "name");
  expect([...written("nginx")].slice(4, 10)).toEqual([...encoder.encode("nginx"), 0]);
  let turn = 0;
  const bytes = encoder.encode("changes each tim");
  const read = new DataView(bytes.buffer);
  const { getInt32 } = read;
  read.getInt32 = (...at) => {
    turn += 1;
    bytes[0] = 97 + (turn % 26);
    return getInt32.apply(read, at);
  };
  readString(read, 0, 16);
  for (let letter = 0; letter < 26; letter += 1) {
    const still = encoder.encode("changes each tim");
    still[0] = 97 + letter;
    expect(readString(new DataView(still.buffer), 0, 16)).toBe(told(still));
  }
});
