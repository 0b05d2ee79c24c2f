import { Session } from "node:inspector";

/** A part of a script, and how often it ran since it was last asked about. Parts lie inside of each other. */
export interface CountedRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** A script that ran. The first range of a function is the whole of it. */
export interface CountedScript {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly CountedRange[] }[];
}

/** V8's counters of what runs in this thread. Nothing else may collect them at the same time. */
export class PreciseCoverage {
  readonly #session = new Session();

  /** @param parts whether parts of functions are counted too; only those of scripts that are loaded from now on. */
  constructor(parts: boolean) {
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: parts });
  }

  /** What ran since the last call. */
  take(): readonly CountedScript[] {
    return this.#post<{ readonly result: readonly CountedScript[] }>("Profiler.takePreciseCoverage").result;
  }

  close(): void {
    this.#session.disconnect();
  }

  #post<Result>(method: string, parameters: object = {}): Result {
    let result: Result | undefined;
    this.#session.post(method, parameters, (error, value) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`);
      result = value as Result;
    });
    return result as Result;
  }
}
