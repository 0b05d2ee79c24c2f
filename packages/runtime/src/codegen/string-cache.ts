// Names of processes, interfaces and devices come again and again: a string that was made before costs a look at its
// bytes. Exact, since all of them are compared; bounded, since a string takes the place of another with its hash.

const slotBits = 8;
/** Strings that are kept: so many of arrays of 16 bytes, and so many of others that have at most {@link longestCached}. */
export const cachedStrings: number = 2 ** slotBits;
/** Longest array whose strings are kept, bytes. */
export const longestCached = 32;

const wordsEach = longestCached / 4;
/** Bytes of each string's array, and in the last word its length. */
const keys = new Int32Array(cachedStrings * (wordsEach + 1));
const texts: string[] = new Array<string>(cachedStrings).fill("");
/** Bytes that are made a text of, or of a text. */
const own = new DataView(new ArrayBuffer(longestCached));
let enabled = true;
/** Multiplied by them, a number's low bits reach its high ones. */
const odd = 0x9e3779b1;
const otherOdd = 0x85ebca6b;

/** Texts that were written into arrays of 16 bytes, and the words that these got. */
const written16: string[] = new Array<string>(cachedStrings).fill("");
const words16 = new Int32Array(4 * cachedStrings);
/** Engines keep longer parts of a text as its slices, which hold all of it. */
const longestWhole = 12;

const keys16 = new Int32Array(4 * cachedStrings);
const texts16: string[] = new Array<string>(cachedStrings).fill("");

/**
 * Whether decoders keep short strings (arrays of at most 32 bytes; the last 256 of 16 bytes, and 256 others, of the process) to give the same ones
 * again, and encoders the last 256 texts that were written into arrays of 16 bytes, which is on unless told. Off, nothing of what
 * was decoded or encoded is kept, and what was is let go.
 */
export function cacheStrings(on: boolean): void {
  enabled = on;
  for (const bytes of [keys, keys16, words16, new Uint8Array(own.buffer)]) bytes.fill(0);
  for (const strings of [texts, texts16, written16]) strings.fill("");
}

/**
 * The string of an array of `length` bytes, a multiple of 4 and at most {@link longestCached}: the one that was made of the
 * same bytes before, or what `make` makes of them.
 */
export function cachedString(
  view: DataView,
  offset: number,
  length: number,
  make: (view: DataView, offset: number, length: number) => string,
): string {
  if (!enabled) return make(view, offset, length);
  let hash = length;
  for (let at = 0; at < length; at += 4) hash = Math.imul(hash, odd) ^ view.getInt32(offset + at, true);
  const slot = slotOf(hash);
  const key = slot * (wordsEach + 1);
  let same = keys[key + wordsEach] === length;
  for (let at = 0; same && at < length; at += 4) same = keys[key + (at >>> 2)] === view.getInt32(offset + at, true);
  return same ? texts[slot]! : kept(view, offset, length, slot, make);
}

/**
 * The same of an array of 16 bytes, as names of processes and interfaces have: four words, each of which is loaded once, in
 * so little code that engines take it into a loop over records. What nothing was kept in is an array of zeros, whose string
 * is empty.
 */
export function cachedString16(
  view: DataView,
  offset: number,
  make: (view: DataView, offset: number, length: number) => string,
): string {
  const first = view.getInt32(offset, true);
  const second = view.getInt32(offset + 4, true);
  const third = view.getInt32(offset + 8, true);
  const fourth = view.getInt32(offset + 12, true);
  const mixed =
    Math.imul(Math.imul(first, otherOdd) ^ second, odd) ^ Math.imul(Math.imul(third, odd) ^ fourth, otherOdd);
  const slot = mixed >>> (32 - slotBits);
  const key = 4 * slot;
  return keys16[key] === first && keys16[key + 1] === second && keys16[key + 2] === third && keys16[key + 3] === fourth
    ? texts16[slot]!
    : kept16(view, offset, slot, make);
}

function kept16(
  view: DataView,
  offset: number,
  slot: number,
  make: (view: DataView, offset: number, length: number) => string,
): string {
  if (!enabled) return make(view, offset, 16);
  copyWords(view, offset, 16);
  const text = make(own, 0, 16);
  for (let word = 0; word < 4; word++) keys16[4 * slot + word] = own.getInt32(4 * word, true);
  texts16[slot] = text;
  return text;
}

/** The bytes that are looked at, by themselves: what lies in memory that others write may be different from look to look. */
function copyWords(view: DataView, offset: number, length: number): void {
  for (let at = 0; at < length; at += 4) own.setInt32(at, view.getInt32(offset + at, true), true);
}

/** Whether `text` was written before, whose bytes are then in the 16 at `offset`. What nothing was kept in is the empty text. */
export function writeCached16(text: unknown, view: DataView, offset: number): boolean {
  if (typeof text !== "string") return false;
  const slot = slotOfText(text);
  if (written16[slot] !== text) return false;
  const word = 4 * slot;
  view.setInt32(offset, words16[word]!, true);
  view.setInt32(offset + 4, words16[word + 1]!, true);
  view.setInt32(offset + 8, words16[word + 2]!, true);
  view.setInt32(offset + 12, words16[word + 3]!, true);
  return true;
}

/** Writes the 16 bytes of a text, and keeps them: by `write`, and by `copy` a text of them that holds no longer one. */
export function writeNew16(
  text: string,
  view: DataView,
  offset: number,
  write: (view: DataView, offset: number) => void,
  copy: (view: DataView, offset: number, length: number) => string,
): void {
  if (!enabled) {
    write(view, offset);
    return;
  }
  write(own, 0);
  const slot = slotOfText(text);
  for (let word = 0; word < 4; word++) {
    const bytes = own.getInt32(4 * word, true);
    view.setInt32(offset + 4 * word, bytes, true);
    words16[4 * slot + word] = bytes;
  }
  written16[slot] = text.length > longestWhole ? copy(own, 0, 16) : text;
}

/** The place of a text: by three of its characters, as many as names differ in. */
function slotOfText(text: string): number {
  const { length } = text;
  if (length === 0) return 0;
  const ends = Math.imul(text.charCodeAt(0), 31) + Math.imul(text.charCodeAt(length - 1), 7);
  return (ends + Math.imul(text.charCodeAt(length >>> 1), 101) + length) & (cachedStrings - 1);
}

/** The place of the strings with `hash`: by its high bits, which all of the bytes are in. */
function slotOf(hash: number): number {
  return Math.imul(hash, odd) >>> (32 - slotBits);
}

/** Makes a string, which takes the place of the one that was there. */
function kept(
  view: DataView,
  offset: number,
  length: number,
  slot: number,
  make: (view: DataView, offset: number, length: number) => string,
): string {
  copyWords(view, offset, length);
  const text = make(own, 0, length);
  const key = slot * (wordsEach + 1);
  for (let at = 0; at < length; at += 4) keys[key + (at >>> 2)] = own.getInt32(at, true);
  keys[key + wordsEach] = length;
  texts[slot] = text;
  return text;
}
