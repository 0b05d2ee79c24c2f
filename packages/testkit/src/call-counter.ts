import { PreciseCoverage } from "./precise-coverage.ts";

/**
 * Counts calls of functions in files whose URL `counted` takes: what a piece of work costs, whatever else the machine
 * does meanwhile. Close it, for code that is counted is slower.
 */
export class CallCounter {
  readonly #coverage = new PreciseCoverage(false);
  readonly #counted: (url: string) => boolean;

  constructor(counted: (url: string) => boolean) {
    this.#counted = counted;
    this.#coverage.take();
  }

  /** Calls since the last look. */
  take(): number {
    let calls = 0;
    for (const { url, functions } of this.#coverage.take()) {
      if (this.#counted(url)) for (const { ranges } of functions) calls += ranges[0]?.count ?? 0;
    }
    return calls;
  }

  [Symbol.dispose](): void {
    this.#coverage.close();
  }
}
