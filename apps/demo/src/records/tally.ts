/** Counts events of one kind, and their rate over the last second or so. */
export class Tally {
  /** Events since the start. */
  total = 0;
  readonly #samples: { readonly at: number; readonly total: number }[] = [];

  add(count: number): void {
    this.total += count;
  }

  /** Takes a sample at `now` (milliseconds) and gives the events per second over the window before it. */
  rate(now: number, windowMs = 1000): number {
    const samples = this.#samples;
    samples.push({ at: now, total: this.total });
    while (samples.length > 2 && samples[1]!.at <= now - windowMs) samples.shift();
    const first = samples[0]!;
    return now > first.at ? ((this.total - first.total) * 1000) / (now - first.at) : 0;
  }
}
