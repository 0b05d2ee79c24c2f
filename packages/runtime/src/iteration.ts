import { signalOf } from "./checked-object.ts";
import { skipped } from "./sample-decoder.ts";

/** What `take` gives when it did something that is not for the iterator. */
export const worked: unique symbol = Symbol("worked");

/** What an iterator needs of its reader. */
export interface Iterated<Item> {
  /** Ends the iterator; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Resolves when there may be more; rejects when `stop` aborts. */
  sleep(stop: AbortSignal): Promise<unknown>;
  /**
   * Takes the reader for this iterator.
   * @throws RingBufError EBUSY
   */
  begin(): void;
  end(): void;
  /** The next item, or `skipped` when there is none and a wake-up will tell of the next. */
  take(): Item | typeof skipped | typeof worked;
  /**
   * Whether the reader was closed.
   * @throws what it was ended with.
   */
  ended(): boolean;
}

/** How an iteration ends. */
export interface IterationOptions {
  /** Ends the iteration, which then throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Work without a pause, milliseconds, after which timers and I/O get their turn. */
const sliceMs = 5;

/**
 * An endless iterator over what `take` gives, that sleeps while there is nothing. No generator: that takes three turns of
 * the microtasks for each item, and an item that is there needs one.
 */
export class Iteration<Item> implements AsyncIterableIterator<Item> {
  readonly #source: Iterated<Item>;
  /** Ends a sleep. */
  readonly #stop = new AbortController();
  #stopped = false;
  /** Whether the reader is this iterator's; undefined before it was. */
  #holding: boolean | undefined;
  /** Calls that have not ended, and the last of them: they are done in their order. */
  #calls = 0;
  #last: Promise<void> = Promise.resolve();
  #sliceStart = 0;

  constructor(source: Iterated<Item>) {
    signalOf(source.signal);
    this.#source = source;
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    const item = this.#calls === 0 ? this.#take() : skipped;
    return item === skipped ? this.#inTurn(() => this.#wait()) : { done: false, value: item };
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.#halt();
    return this.#inTurn(async () => this.#end());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #halt = (): void => {
    this.#stopped = true;
    this.#stop.abort();
  };

  /** The next item; `skipped` where there is none, or where timers and I/O are due. */
  #take(): Item | typeof skipped {
    const source = this.#source;
    try {
      while (this.#holding !== false) {
        source.signal?.throwIfAborted();
        if (this.#stopped || source.ended()) {
          this.#end();
        } else if (!this.#holding) {
          source.begin();
          this.#holding = true;
          source.signal?.addEventListener("abort", this.#halt);
          this.#sliceStart = performance.now();
        } else {
          if (performance.now() - this.#sliceStart > sliceMs) break;
          const item = source.take();
          if (item !== worked) return item;
        }
      }
      return skipped;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  async #wait(): Promise<IteratorResult<Item, undefined>> {
    for (;;) {
      const item = this.#take();
      if (item !== skipped) return { done: false, value: item };
      if (!this.#holding) return this.#end();
      const start = performance.now();
      const tired = start - this.#sliceStart > sliceMs;
      await (tired ? macrotask() : this.#source.sleep(this.#stop.signal)).catch((error: unknown) => {
        if (this.#stopped) return;
        this.#end();
        throw error;
      });
      // a sleep that was over at once gave nobody else a turn
      if (tired || performance.now() - start > 1) this.#sliceStart = performance.now();
    }
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    const result = this.#last.then(step);
    const done = (): void => {
      this.#calls -= 1;
    };
    this.#last = result.then(done, done);
    return result;
  }

  #end(): IteratorReturnResult<undefined> {
    const source = this.#source;
    if (this.#holding) {
      source.signal?.removeEventListener("abort", this.#halt);
      source.end();
    }
    this.#holding = false;
    return { done: true, value: undefined };
  }
}

/** A turn of the event loop: timers and I/O run, which microtasks would keep waiting. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
    } else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(port1.close());
      port2.postMessage(0);
    }
  });
}
