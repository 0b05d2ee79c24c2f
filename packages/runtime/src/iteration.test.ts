import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Iterated, Iteration } from "./iteration.ts";
import { skipped } from "./sample-decoder.ts";

/** A source that is filled by hand, and counts who holds it. */
class Source implements Iterated<number> {
  readonly signal: AbortSignal | undefined;
  readonly there: (number | Error)[] = [];
  held = 0;
  begun = 0;
  closed = false;
  #wake: () => void = () => undefined;

  constructor(signal?: AbortSignal) {
    this.signal = signal;
  }

  put(...items: (number | Error)[]): void {
    this.there.push(...items);
    this.#wake();
  }

  close(): void {
    this.closed = true;
    this.#wake();
  }

  sleep(stop: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (stop.aborted) reject(stop.reason);
      stop.addEventListener("abort", () => reject(stop.reason));
      this.#wake = resolve;
    });
  }

  begin(): void {
    if (this.held > 0) throw new Error("held");
    this.held += 1;
    this.begun += 1;
  }

  end(): void {
    this.held -= 1;
  }

  take(): number | typeof skipped {
    const item = this.there.shift();
    if (item instanceof Error) throw item;
    return item ?? skipped;
  }

  ended(): boolean {
    return this.closed;
  }
}

const done = { done: true, value: undefined };
const item = (value: number) => ({ done: false, value });

describe("an iteration", () => {
  test("answers calls in their order, those made before there was anything too", async () => {
    const source = new Source();
    source.put(1);
    const items = new Iteration(source);
    const calls = Array.from({ length: 4 }, () => items.next());
    source.put(2);
    await delay(1);
    source.put(3, 4, 5);
    const late = items.next();
    expect(await Promise.all([...calls, late])).toEqual([1, 2, 3, 4, 5].map(item));
  });

  test("holds its source from the first call to its end, and no longer", async () => {
    const source = new Source();
    const items = new Iteration(source);
    expect(source.held).toBe(0);
    source.put(1);
    await items.next();
    expect(source.held).toBe(1);
    expect(await items.return()).toEqual(done);
    expect(source.held).toBe(0);
    expect([await items.next(), await items.return()]).toEqual([done, done]);
    expect(source).toMatchObject({ held: 0, begun: 1 });
  });

  test("that is left before its first call never holds its source", async () => {
    const source = new Source();
    const items = new Iteration(source);
    expect([await items.return(), await items.next()]).toEqual([done, done]);
    expect(source.begun).toBe(0);
  });

  test("ends the calls that wait where it is left", async () => {
    const source = new Source();
    const items = new Iteration(source);
    const calls = [items.next(), items.next(), items.return(), items.next()];
    expect(await Promise.all(calls)).toEqual([done, done, done, done]);
    expect(source.held).toBe(0);
  });

  test("ends with what its source throws, at once and after a sleep, and is over then", async () => {
    for (const wait of [false, true]) {
      const source = new Source();
      const items = new Iteration(source);
      const error = new Error("broken");
      if (!wait) source.put(error, 2);
      const call = items.next();
      if (wait) source.put(error, 2);
      await expect(call).rejects.toBe(error);
      expect(await items.next()).toEqual(done);
      expect(source).toMatchObject({ held: 0, there: [2] });
    }
  });

  test("rejects where its source is held by another, and leaves it to that one", async () => {
    const source = new Source();
    const first = new Iteration(source);
    source.put(1, 2);
    await first.next();
    const second = new Iteration(source);
    await expect(second.next()).rejects.toThrow("held");
    expect(await second.next()).toEqual(done);
    expect(await first.next()).toEqual(item(2));
  });

  test("rejects with the signal's reason: before it began, between two items, and out of a sleep", async () => {
    for (const when of ["before", "between", "asleep"]) {
      const abort = new AbortController();
      const source = new Source(abort.signal);
      const items = new Iteration(source);
      const reason = new Error(when);
      source.put(1, 2);
      if (when === "before") abort.abort(reason);
      else expect(await items.next()).toEqual(item(1));
      if (when === "between") abort.abort(reason);
      if (when === "asleep") expect(await items.next()).toEqual(item(2));
      const call = items.next();
      if (when === "asleep") abort.abort(reason);
      await expect(call).rejects.toBe(reason);
      expect(await items.next()).toEqual(done);
      expect(source.held).toBe(0);
    }
  });

  test("ends where its source does, also in a sleep", async () => {
    const source = new Source();
    const items = new Iteration(source);
    const call = items.next();
    await delay(1);
    source.close();
    expect([await call, await items.next()]).toEqual([done, done]);
    expect(source.held).toBe(0);
  });

  test("that never runs dry lets timers and I/O have their turn", async () => {
    const source = new Source();
    let late = false;
    setTimeout(() => {
      late = true;
    }, 1);
    source.take = () => 1;
    let taken = 0;
    for await (const one of new Iteration(source)) {
      taken += one;
      if (late) break;
    }
    expect(taken).toBeGreaterThan(0);
    expect(source.held).toBe(0);
  });
});
