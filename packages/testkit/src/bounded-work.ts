import { CallCounter } from "./call-counter.ts";

/** Inputs between two looks at the counters: a look costs more than most inputs. */
const batchLength = 128;

/**
 * Fails if one input costs more calls than it may. What a batch cost is looked at together: as long as all of it costs no
 * more than one input may, none did; else each of the batch is run again by itself.
 */
export class BoundedWork {
  readonly #counter: CallCounter;
  readonly #mostCalls: number;
  readonly #waiting: { readonly work: (input: Uint8Array) => void; readonly input: Uint8Array }[] = [];

  /** @param counted the files whose calls count, by URL. */
  constructor(counted: (url: string) => boolean, mostCalls: number) {
    this.#counter = new CallCounter(counted);
    this.#mostCalls = mostCalls;
  }

  /** `work`, which counts. What it throws passes through. */
  wrap(work: (input: Uint8Array) => void): (input: Uint8Array) => void {
    return (input) => {
      this.#waiting.push({ work, input: input.slice() });
      try {
        work(input);
      } finally {
        if (this.#waiting.length >= batchLength) this.settle();
      }
    };
  }

  /** Looks at what ran since the last look. @throws Error for an input that cost too much, or where nothing was counted. */
  settle(): void {
    const waiting = this.#waiting.splice(0);
    const calls = this.#counter.take();
    if (waiting.length > 0 && calls === 0) throw new Error("nothing was counted");
    if (calls <= this.#mostCalls) return;
    for (const { work, input } of waiting) {
      try {
        work(input);
      } catch {
        // what an input is refused with was looked at when it came
      }
      const own = this.#counter.take();
      if (own > this.#mostCalls) throw new Error(`${input.length} bytes took ${own} calls`);
    }
  }

  [Symbol.dispose](): void {
    this.#counter[Symbol.dispose]();
  }
}
