// Names of processes, interfaces and devices come again and again: a string that was made before costs a look at its
// bytes. Exact, since all of them are compared; bounded, since a string takes the place of another with its hash.

const slotBits = 8;
/** Strings that are kept: so many, of at most {@link longestCached} bytes. */
export const cachedStrings: number = 2 ** slotBits;
/** Longest array whose strings are kept, bytes. */
export const longestCached = 32;

const wordsEach = longestCached / 4;
/** Bytes of each string's array, and in the last word its length. */
const keys = new Int32Array(cachedStrings * (wordsEach + 1));
const texts: string[] = new Array<string>(cachedStrings).fill("");
let enabled = true;
/** Multiplied by it, a number's low bits reach its high ones. */
const odd = 0x9e3779b1;

/**
 * Whether decoders keep short strings (arrays of at most 32 bytes, the last 256 of the process) to give the same ones
 * again, which is on unless told. Off, nothing of what was decoded is kept, and what was is let go.
 */
export function cacheStrings(on: boolean): void {
  enabled = on;
  keys.fill(0);
  texts.fill("");
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
  // names of processes and interfaces: four words, each of which is loaded once
  if (length === 16) {
    const first = view.getInt32(offset, true);
    const second = view.getInt32(offset + 4, true);
    const third = view.getInt32(offset + 8, true);
    const fourth = view.getInt32(offset + 12, true);
    const slot = slotOf(Math.imul(Math.imul(Math.imul(first, odd) ^ second, odd) ^ third, odd) ^ fourth);
    const key = slot * (wordsEach + 1);
    if (
      keys[key] === first &&
      keys[key + 1] === second &&
      keys[key + 2] === third &&
      keys[key + 3] === fourth &&
      keys[key + wordsEach] === 16
    ) {
      return texts[slot]!;
    }
    return kept(view, offset, length, slot, make);
  }
  let hash = length;
  for (let at = 0; at < length; at += 4) hash = Math.imul(hash, odd) ^ view.getInt32(offset + at, true);
  const slot = slotOf(hash);
  const key = slot * (wordsEach + 1);
  let same = keys[key + wordsEach] === length;
  for (let at = 0; same && at < length; at += 4) same = keys[key + (at >>> 2)] === view.getInt32(offset + at, true);
  return same ? texts[slot]! : kept(view, offset, length, slot, make);
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
  const text = make(view, offset, length);
  const key = slot * (wordsEach + 1);
  for (let at = 0; at < length; at += 4) keys[key + (at >>> 2)] = view.getInt32(offset + at, true);
  keys[key + wordsEach] = length;
  texts[slot] = text;
  return text;
}
