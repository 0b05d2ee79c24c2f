import { type CountedRange, PreciseCoverage } from "@rbgen/testkit/precise-coverage";

/** What one execution did to the code that is watched. */
export interface Step {
  /** Whether a place ran that had not, or one ran an order of magnitude more often than it had. */
  readonly fresh: boolean;
  /** How often blocks ran: the work that was done, whatever the machine was busy with. */
  readonly work: number;
}

/**
 * V8's precise coverage: which blocks ran since it was last asked, and how often. Only scripts that are loaded after the
 * start are counted by block, so targets are imported after it.
 */
export class Coverage {
  readonly #counters = new PreciseCoverage(true);
  readonly #watched: (url: string) => boolean;
  /** By script, per character: which orders of magnitude of its count were seen, as bits. */
  readonly #seen = new Map<string, Uint8Array>();
  #places = 0;
  #orders = true;

  constructor(watched: (url: string) => boolean) {
    this.#watched = watched;
  }

  /** Blocks seen so far, each order of magnitude of its count by itself: only ever compared with itself. */
  get places(): number {
    return this.#places;
  }

  /**
   * Forgets what was seen: everything is fresh again.
   * @param orders whether how often a place ran matters from now on
   */
  forget(orders: boolean): void {
    this.take();
    this.#seen.clear();
    this.#places = 0;
    this.#orders = orders;
  }

  /** What ran since the last call. */
  take(): Step {
    let fresh = false;
    let work = 0;
    for (const { url, functions } of this.#counters.take()) {
      if (!this.#watched(url)) continue;
      for (const { ranges } of functions) {
        for (const { start, end, count } of innermost(ranges)) {
          if (count === 0) continue;
          work += count;
          if (this.#note(url, start, end, count)) fresh = true;
        }
      }
    }
    return { fresh, work };
  }

  #note(url: string, start: number, end: number, count: number): boolean {
    let seen = this.#seen.get(url);
    if (seen === undefined || seen.length < end) {
      const longer = new Uint8Array(Math.max(end, 2 * (seen?.length ?? 1 << 14)));
      if (seen !== undefined) longer.set(seen);
      this.#seen.set(url, longer);
      seen = longer;
    }
    const bit = this.#orders ? orderOf(count) : 1;
    let fresh = false;
    for (let at = start; at < end; at += 1) {
      if ((seen[at]! & bit) !== 0) continue;
      seen[at]! |= bit;
      fresh = true;
    }
    if (fresh) this.#places += 1;
    return fresh;
  }
}

/** Once, twice, a few times, …: loops that run a little longer are nothing new. */
function orderOf(count: number): number {
  if (count < 3) return count === 1 ? 1 : 2;
  return count < 8 ? 4 : count < 32 ? 8 : count < 256 ? 16 : count < 4096 ? 32 : count < 1 << 17 ? 64 : 128;
}

/** Ranges lie inside of each other; these are the parts that no inner one covers, with their counts. */
function* innermost(ranges: readonly CountedRange[]): Generator<{ start: number; end: number; count: number }> {
  const open: CountedRange[] = [];
  let at = 0;
  for (const range of [...ranges, undefined]) {
    const until = range?.startOffset ?? Number.POSITIVE_INFINITY;
    while (open.length > 0 && open.at(-1)!.endOffset <= until) {
      const { endOffset, count } = open.pop()!;
      if (at < endOffset) yield { start: at, end: endOffset, count };
      at = Math.max(at, endOffset);
    }
    if (range === undefined) return;
    if (open.length > 0 && at < until) yield { start: at, end: until, count: open.at(-1)!.count };
    at = until;
    open.push(range);
  }
}
