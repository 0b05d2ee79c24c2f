/** Percentiles over what was added since the last look. */
export class Latency {
  readonly #values: number[] = [];

  /** Milliseconds from the commit of a record until it was decoded here. */
  add(ms: number): void {
    // Two clocks of one machine may differ by the resolution that a browser gives.
    this.#values.push(Math.max(0, ms));
  }

  /** The shares of `shares`, from 0 to 1, in order; undefined where nothing was added. Begins anew. */
  take(shares: readonly number[]): readonly number[] | undefined {
    const sorted = Float64Array.from(this.#values).sort();
    this.#values.length = 0;
    if (sorted.length === 0) return undefined;
    return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  }
}
