/** Values over the last while, for a chart: the times, and a row for each series; a gap is null. */
export class TimeSeries {
  readonly #most: number;
  readonly #rows: (number | null)[][];

  /** @param series how many; @param most points that are kept. */
  constructor(series: number, most: number) {
    this.#most = most;
    this.#rows = Array.from({ length: series + 1 }, () => []);
  }

  /** @param time seconds. */
  add(time: number, values: readonly (number | null)[]): void {
    for (const [index, row] of this.#rows.entries()) {
      row.push(index === 0 ? time : (values[index - 1] ?? null));
      if (row.length > this.#most) row.shift();
    }
  }

  clear(): void {
    for (const row of this.#rows) row.length = 0;
  }

  /** Times first. */
  get rows(): readonly (readonly (number | null)[])[] {
    return this.#rows;
  }

  /** The last value of a series. */
  last(series: number): number | null {
    return this.#rows[series + 1]?.at(-1) ?? null;
  }
}
