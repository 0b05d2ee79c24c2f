import type { Random } from "./random.ts";

/** How inputs of a target are made from others. */
export interface Grammar {
  /** Text is also taken apart by words; anything else by bytes and words of 16, 32 and 64 bits. */
  readonly kind: "text" | "binary";
  /** What the format knows, to be put in anywhere. */
  readonly dictionary: readonly (string | Uint8Array)[];
  /** Bytes of the longest input. */
  readonly longest: number;
}

type Mutation = (bytes: Uint8Array, random: Random, grammar: Grammar, other: Uint8Array) => Uint8Array;

/** An input that is like `bytes`, and perhaps also like `other`, changed in one to six places. */
export function mutate(bytes: Uint8Array, other: Uint8Array, grammar: Grammar, random: Random): Uint8Array {
  const kinds = grammar.kind === "text" ? [...anywhere, ...ofText, ...ofText] : [...anywhere, ...ofBinary];
  let result = bytes;
  for (let changes = 1 + random.below(6); changes > 0; changes -= 1) {
    result = random.pick(kinds)(result, random, grammar, other);
  }
  return result.length <= grammar.longest ? result : result.slice(0, grammar.longest);
}

/** `bytes` with those from `start` to `end` replaced by `put`. */
function replaced(bytes: Uint8Array, start: number, end: number, put: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - (end - start) + put.length);
  result.set(bytes.subarray(0, start));
  result.set(put, start);
  result.set(bytes.subarray(end), start + put.length);
  return result;
}

/** A part of `bytes`: short ones are likelier. */
function partOf(bytes: Uint8Array, random: Random): readonly [start: number, end: number] {
  const start = random.below(bytes.length + 1);
  const most = Math.min(bytes.length - start, 1 << random.below(10));
  return [start, start + random.below(most + 1)];
}

const encoder = new TextEncoder();

const anywhere: readonly Mutation[] = [
  function flipBit(bytes, random) {
    if (bytes.length === 0) return bytes;
    const copy = bytes.slice();
    copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  function remove(bytes, random) {
    const [start, end] = partOf(bytes, random);
    return replaced(bytes, start, end, new Uint8Array());
  },
  function repeat(bytes, random) {
    const [start, end] = partOf(bytes, random);
    const part = bytes.subarray(start, end);
    const times = 1 + random.below(random.below(8) === 0 ? 40 : 2);
    const all = new Uint8Array(part.length * times);
    for (let i = 0; i < times; i += 1) all.set(part, i * part.length);
    return replaced(bytes, end, end, all);
  },
  function copyOver(bytes, random, _, other) {
    const [start, end] = partOf(other, random);
    const [from, to] = partOf(bytes, random);
    return replaced(bytes, from, random.below(2) === 0 ? from : to, other.slice(start, end));
  },
  function cross(bytes, random, _, other) {
    const at = random.below(bytes.length + 1);
    const from = random.below(2) === 0 ? Math.min(at, other.length) : random.below(other.length + 1);
    return replaced(bytes, at, bytes.length, other.slice(from));
  },
  function knownWord(bytes, random, { dictionary }) {
    if (dictionary.length === 0) return bytes;
    const word = random.pick(dictionary);
    const put = typeof word === "string" ? encoder.encode(word) : word;
    const [start, end] = partOf(bytes, random);
    return replaced(bytes, start, random.below(2) === 0 ? start : end, put);
  },
];

const numbers = [0n, 1n, 2n, 3n, 4n, 7n, 8n, 16n, 31n, 64n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0xffffn, 0x10000n];
const large = [0xff_ffffn, 0x3fff_ffffn, 0x4000_0000n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 1n << 32n, 1n << 53n];
const interesting = [...numbers, ...large, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, (1n << 64n) - 8n];

const ofBinary: readonly Mutation[] = [
  function setByte(bytes, random) {
    if (bytes.length === 0) return bytes;
    const copy = bytes.slice();
    copy[random.below(copy.length)] = random.below(256);
    return copy;
  },
  setWord,
  setWord,
  function moveWord(bytes, random) {
    if (bytes.length < 8) return bytes;
    const copy = bytes.slice();
    const [from, to] = [random.below(copy.length >> 2) * 4, random.below(copy.length >> 2) * 4];
    copy.copyWithin(to, from, from + 4);
    return copy;
  },
];

/** A number at its own alignment, mostly: as it is in memory, of either byte order, or a little more than what was there. */
function setWord(bytes: Uint8Array, random: Random): Uint8Array {
  const width = random.pick([1, 2, 4, 8]);
  if (bytes.length < width) return bytes;
  const copy = bytes.slice();
  const places = Math.floor(copy.length / width);
  const at = random.below(8) === 0 ? random.below(copy.length - width + 1) : random.below(places) * width;
  const view = new DataView(copy.buffer, at, width);
  const little = random.below(4) !== 0;
  let before = 0n;
  for (let i = 0; i < width; i += 1) before = (before << 8n) | BigInt(view.getUint8(little ? width - 1 - i : i));
  let value = random.pick(interesting);
  if (random.below(2) === 0) value = before + BigInt(random.below(17) - 8);
  else if (random.below(3) === 0) value = BigInt(random.below(random.pick([16, 256, 4096])));
  for (let i = 0; i < width; i += 1) {
    view.setUint8(little ? i : width - 1 - i, Number(BigInt.asUintN(8, value >> BigInt(8 * i))));
  }
  return copy;
}

const words = /[A-Za-z_]\w*|0[xX][\da-fA-F]+|\d+|"(?:[^"\\\n]|\\.)*"|\s+|[^\w\s]/g;

/** Text by its words, whitespace among them. */
function wordsOf(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).match(words) ?? [];
}

const ofText: readonly Mutation[] = [
  function moveWords(bytes, random, _, other) {
    const all = wordsOf(bytes);
    const source = random.below(2) === 0 ? all : wordsOf(other);
    const from = random.below(source.length + 1);
    const part = source.slice(from, from + 1 + random.below(12));
    const at = random.below(all.length + 1);
    all.splice(at, random.below(2) === 0 ? 0 : random.below(6), ...part);
    return encoder.encode(all.join(""));
  },
  function swapWord(bytes, random, { dictionary }, other) {
    const all = wordsOf(bytes);
    if (all.length === 0) return bytes;
    const at = random.below(all.length);
    const source = random.below(3) === 0 ? wordsOf(other) : random.below(2) === 0 ? all : dictionary;
    const put = source.length === 0 ? "" : random.pick(source as readonly (string | Uint8Array)[]);
    all[at] = typeof put === "string" ? put : new TextDecoder().decode(put);
    return encoder.encode(all.join(""));
  },
  function removeWords(bytes, random) {
    const all = wordsOf(bytes);
    all.splice(random.below(all.length + 1), 1 + random.below(5));
    return encoder.encode(all.join(""));
  },
  function changeNumber(bytes, random) {
    const all = wordsOf(bytes);
    const places = all.flatMap((word, i) => (/^\d/.test(word) ? [i] : []));
    if (places.length === 0) return bytes;
    all[random.pick(places)] = `${random.pick(interesting)}${random.pick(["", "", "u", "ull"])}`;
    return encoder.encode(all.join(""));
  },
];
