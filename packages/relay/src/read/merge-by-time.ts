import { refuse } from "../relay-error.ts";
import type { RelayRecord } from "./relay-reader.ts";

/** How records of several hosts are put in order. */
export interface MergeOptions {
  /** How long a record waits for earlier ones of other hosts, milliseconds: more than clocks and relays are apart. */
  readonly windowMs: number;
}

/** A record in the order of time. */
export interface MergedRecord<Out> extends RelayRecord<Out> {
  /** It came after one that is later than it was handed out: the window was too short for it. */
  readonly late: boolean;
}

/**
 * Records of all hosts by their corrected time, each as soon as one came that is later by the window, or as nothing came
 * for as long as the window. What comes too late for its place is handed out at once, and says so. A time that is further
 * ahead of this process' clock than the window says nothing of the others, and is handed out at once, too: no host puts all
 * of them out of order.
 */
export async function* mergeByTime<Out>(
  records: AsyncIterable<RelayRecord<Out>>,
  { windowMs }: MergeOptions,
): AsyncGenerator<MergedRecord<Out>, undefined> {
  if (!(windowMs >= 0)) refuse(`windowMs is ${windowMs}`);
  const windowNs = BigInt(Math.round(windowMs * 1e6));
  const heap = new TimeHeap<Out>();
  const iterator = records[Symbol.asyncIterator]();
  let latest: bigint | undefined;
  /** Time of the last record that was handed out in order. */
  let given: bigint | undefined;
  let pending = iterator.next();
  try {
    for (;;) {
      const result = heap.size === 0 ? await pending : await orTimeout(pending, windowMs);
      if (result === "timeout" || result.done) {
        for (let record = heap.pop(); record !== undefined; record = heap.pop()) {
          given = record.time;
          yield { ...record, late: false };
        }
        if (result === "timeout") continue;
        return undefined;
      }
      pending = iterator.next();
      // it is awaited in the next turn, which a consumer that stops here never asks for
      pending.catch(() => undefined);
      const record = result.value;
      if (given !== undefined && record.time < given) {
        yield { ...record, late: true };
        continue;
      }
      if (record.time > BigInt(Date.now()) * 1_000_000n + windowNs) {
        yield { ...record, late: false };
        continue;
      }
      heap.push(record);
      if (latest === undefined || record.time > latest) latest = record.time;
      while (heap.size > 0 && heap.first!.time <= latest - windowNs) {
        const due = heap.pop()!;
        given = due.time;
        yield { ...due, late: false };
      }
    }
  } finally {
    await iterator.return?.();
  }
}

async function orTimeout<T>(promise: Promise<T>, ms: number): Promise<T | "timeout"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Records by time; those of one time as they came. */
class TimeHeap<Out> {
  readonly #entries: { readonly record: RelayRecord<Out>; readonly order: number }[] = [];
  #pushed = 0;

  get size(): number {
    return this.#entries.length;
  }

  get first(): RelayRecord<Out> | undefined {
    return this.#entries[0]?.record;
  }

  push(record: RelayRecord<Out>): void {
    const entries = this.#entries;
    let place = entries.push({ record, order: this.#pushed++ }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#before(place, parent)) break;
      this.#swap(place, parent);
      place = parent;
    }
  }

  pop(): RelayRecord<Out> | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined || entries.length === 0) return top?.record;
    entries[0] = last;
    for (let place = 0; ; ) {
      const left = 2 * place + 1;
      let least = left < entries.length && this.#before(left, place) ? left : place;
      if (left + 1 < entries.length && this.#before(left + 1, least)) least = left + 1;
      if (least === place) return top.record;
      this.#swap(place, least);
      place = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.#entries[a]!, this.#entries[b]!];
    return left.record.time < right.record.time || (left.record.time === right.record.time && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const entries = this.#entries;
    [entries[a], entries[b]] = [entries[b]!, entries[a]!];
  }
}
