/** Names to be told in place of one that there is not. */
const most = 3;

/**
 * `; did you mean …?` with the names of `candidates` that come closest to `name`, or nothing where none does. Of many
 * thousands, those of other lengths are passed over unseen.
 */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const allowed = Math.max(1, Math.floor(name.length / 3));
  const found = new Map<string, number>();
  for (const candidate of candidates) {
    if (candidate === name || found.has(candidate)) continue;
    const holds = name.length >= 3 && candidate.includes(name);
    const distance = holds ? candidate.length - name.length : editsBetween(name, candidate, allowed);
    if (holds || distance <= allowed) found.set(candidate, distance);
  }
  const nearest = [...found].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).slice(0, most);
  return nearest.length === 0 ? "" : `; did you mean ${nearest.map(([other]) => `"${other}"`).join(", ")}?`;
}

/** Characters to add, leave out or change between the two; anything above `limit` once that is sure. */
function editsBetween(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    if (Math.min(...row) > limit) return limit + 1;
    before = row;
  }
  return before[b.length] ?? limit + 1;
}
