/** A swap of neighbours is likelier than any other slip: `__u46` is rather `__u64` than `__u16`. */
const swap = 0.9;

/** Edits (insert, delete, replace, swap neighbours) from `a` to `b`, or more than `limit` as soon as that is sure. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, before[j - 2]! + swap);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** Longer names are not compared: nobody mistypes them, and the cost grows with the square. */
const longest = 200;

/**
 * Names of `candidates` that a person may have meant by `name`, nearest first, at most `count`: within a third of its
 * length in edits, holding it whole, or, of three letters, starting with it; letter case does not count.
 */
export function suggest(name: string, candidates: Iterable<string>, count = 3): readonly string[] {
  if (name.length === 0 || name.length > longest) return [];
  const limit = Math.max(1, Math.floor(name.length / 3));
  const lower = name.toLowerCase();
  const found = new Map<string, number>();
  for (const candidate of candidates) {
    if (candidate === name || candidate.length > longest || found.has(candidate)) continue;
    const other = candidate.toLowerCase();
    // A name that holds the whole of what was asked for is worth a mention, after those that are nearer.
    const distance =
      (name.length >= 4 && other.includes(lower)) || (name.length === 3 && other.startsWith(lower))
        ? Math.min(limit, other.length - lower.length)
        : editDistance(lower, other, limit);
    if (distance <= limit) found.set(candidate, distance);
  }
  return [...found]
    .sort(([a, distanceA], [b, distanceB]) => distanceA - distanceB || (a < b ? -1 : a > b ? 1 : 0))
    .slice(0, count)
    .map(([candidate]) => candidate);
}

/** `did you mean "a" or "b"?`, or undefined where nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const near = suggest(name, candidates).map((candidate) => `"${candidate}"`);
  if (near.length === 0) return undefined;
  const last = near.pop();
  return near.length === 0 ? `did you mean ${last}?` : `did you mean ${near.join(", ")} or ${last}?`;
}
