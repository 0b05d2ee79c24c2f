import type { RingClaim } from "./backend.ts";
import { skipped } from "./sample-decoder.ts";

/** What `take` gives when it did something that is not for the iterator. */
export const worked: unique symbol = Symbol("worked");

/** What an iterator needs of its reader. */
export interface Iterated<Item> {
  readonly claim: Pick<RingClaim, "wait">;
  readonly safetyPollMs: number;
  /** Takes the reader for this iterator. @throws RingBufError EBUSY */
  begin(): void;
  end(): void;
  /** The next item, or `skipped` when there is none and a wake-up will tell of the next. */
  take(): Item | typeof skipped | typeof worked;
  /** Whether the reader was closed. @throws what it was ended with. */
  ended(): boolean;
}

export interface IterationOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Work without a pause, milliseconds, after which timers and I/O get their turn. */
const sliceMs = 5;

/** An endless iterator over what `take` gives, that sleeps while there is nothing. */
export function iterate<Item>(source: Iterated<Item>, options: IterationOptions): AsyncIterableIterator<Item> {
  const stop = new AbortController();
  const items = run(source, stop, options.signal);
  return {
    next: () => items.next(),
    // a generator would finish its wait first
    return: () => {
      stop.abort();
      return items.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** @param stop ends a sleep, and then the iterator; a signal of the caller's does so by it, and its reason is thrown. */
async function* run<Item>(
  source: Iterated<Item>,
  stop: AbortController,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item, undefined> {
  signal?.throwIfAborted();
  if (source.ended()) return;
  source.begin();
  const abort = (): void => stop.abort();
  signal?.addEventListener("abort", abort);
  try {
    let sliceStart = performance.now();
    while (!source.ended()) {
      signal?.throwIfAborted();
      if (stop.signal.aborted) return;
      const item = source.take();
      if (item !== skipped) {
        if (item !== worked) yield item;
        if (performance.now() - sliceStart > sliceMs) {
          await macrotask();
          sliceStart = performance.now();
        }
        continue;
      }
      const before = performance.now();
      await source.claim.wait({ timeoutMs: source.safetyPollMs, signal: stop.signal }).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
      const after = performance.now();
      if (after - before > 1) sliceStart = after;
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    source.end();
  }
}

/** A turn of the event loop: timers and I/O run, which microtasks would keep waiting. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
