// Names of processes, interfaces and devices come again and again: a string that was made before costs a look at its
// bytes. Exact, since all of them are compared; bounded, since a string takes the place of another with its hash.

/** Strings that are kept: so many, of at most {@link longestCached} bytes. */
export const cachedStrings = 256;
/** Longest array whose strings are kept, bytes. */
export const longestCached = 32;

const wordsEach = longestCached / 4;
/** Bytes of each string's array, and in the last word its length. */
const keys = new Int32Array(cachedStrings * (wordsEach + 1));
const texts: string[] = new Array<string>(cachedStrings).fill("");
let enabled = true;

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
  let hash = length;
  for (let at = 0; at < length; at += 4)
    hash = Math.imul(hash ^ view.getInt32(offset + at, true), 0x9e3779b1) ^ (hash >>> 15);
  const slot = (hash ^ (hash >>> 16)) & (cachedStrings - 1);
  const key = slot * (wordsEach + 1);
  let same = keys[key + wordsEach] === length;
  for (let at = 0; same && at < length; at += 4) same = keys[key + (at >>> 2)] === view.getInt32(offset + at, true);
  if (same) return texts[slot]!;
  const text = make(view, offset, length);
  for (let at = 0; at < length; at += 4) keys[key + (at >>> 2)] = view.getInt32(offset + at, true);
  keys[key + wordsEach] = length;
  texts[slot] = text;
  return text;
}
