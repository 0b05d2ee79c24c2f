import { expect, test } from "vitest";
import { DictionaryBuffer } from "./dictionary-buffer.ts";

/** Counts the words that are read of what is looked up. */
class CountingView extends DataView<ArrayBuffer> {
  reads = 0;

  override getInt32(at: number, littleEndian?: boolean): number {
    this.reads += 1;
    return super.getInt32(at, littleEndian);
  }
}

const factor = 0x9e3779b1 | 0;
let inverse = 1;
for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(factor, inverse));

/** Eight bytes of text that differ from those of every other number, and all have one hash. */
function colliding(number: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(8));
  const word = 0x01010101 + (number & 0x7f) + (((number >> 7) & 0x7f) << 8);
  const first = Math.imul(word, factor);
  view.setInt32(0, word, true);
  view.setInt32(4, first ^ Math.imul(0x1234 ^ (first >>> 15), inverse), true);
  return new Uint8Array(view.buffer);
}

test("strings that were made to have one hash cost no more the more of them there are, and keep their codes", () => {
  const count = 8192;
  const dictionary = new DictionaryBuffer(8);
  dictionary.reserve(2 * count);
  const decoder = new TextDecoder();
  const texts: string[] = [];
  let reads = 0;
  for (let row = 0; row < 2 * count; row++) {
    const bytes = colliding(row % count);
    const view = new CountingView(bytes.buffer);
    dictionary.array[row] = dictionary.code(view, 0);
    reads += view.reads;
    const end = bytes.indexOf(0);
    texts.push(decoder.decode(end < 0 ? bytes : bytes.subarray(0, end)));
  }
  const { codes, values } = dictionary.take(2 * count);
  expect(new Set(texts).size).toBeGreaterThan(count / 2);
  expect(Array.from(codes, (code) => values[code])).toEqual(texts);
  expect(new Set(values).size).toBe(values.length);
  expect(reads / (2 * count)).toBeLessThan(150);
});
