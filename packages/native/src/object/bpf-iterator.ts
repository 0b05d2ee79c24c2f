import { setImmediate as turn } from "node:timers/promises";
import type { RecordHandler } from "@rbgen/runtime";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { shown } from "../kernel/arguments.ts";
import { ringError } from "../kernel/errno.ts";
import type { Items } from "./iterator-items.ts";
import { outputOf } from "./iterator-output.ts";

/** The program and its link, which end with their object. */
export interface IteratorGround {
  /** How messages name it. */
  readonly what: string;
  readonly fd: number;
  readonly owner: Handle;
  alive(): boolean;
  /** It is closed. */
  closed(iterator: { close(): void }): void;
}

let make: <Item>(ground: IteratorGround, items: () => Items<Item>) => BpfIterator<Item>;

/** A program of SEC("iter/…"), bound to what it goes over. Each walk begins anew; one that is left early ends there. */
export class BpfIterator<Item> implements Iterable<Item>, AsyncIterable<Item> {
  readonly #ground: IteratorGround;
  readonly #items: () => Items<Item>;
  #open = true;

  static {
    make = (ground, items) => new BpfIterator(ground, items);
  }

  private constructor(ground: IteratorGround, items: () => Items<Item>) {
    this.#ground = ground;
    this.#items = items;
  }

  /**
   * One walk, at once.
   * @throws RingBufError ERR_RINGBUF_CLOSED; what the kernel ends the walk with; DecodeError where its output ends within a record.
   */
  *[Symbol.iterator](): Generator<Item, undefined> {
    for (const item of this.#walk()) if (item !== pause) yield item;
    return undefined;
  }

  /**
   * One walk, in which others have their turn between two reads.
   * @throws as the other.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, undefined> {
    for (const item of this.#walk()) {
      if (item !== pause) yield item;
      else await turn();
    }
    return undefined;
  }

  /**
   * One walk; `false` of the handler ends it. The number of items handed out.
   * @throws as the others, and what `handler` throws.
   */
  consume(handler: RecordHandler<Item>): number {
    if (typeof handler !== "function") throw ringError("EINVAL", `the handler is a function, not ${shown(handler)}`);
    let count = 0;
    for (const item of this) {
      count += 1;
      if (handler(item) === false) break;
    }
    return count;
  }

  /** Gives the link back. Again: nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    loadAddon().disown(this.#ground.owner);
    this.#ground.closed(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Items, and a pause behind each read. User code runs at each of them, which may have closed the iterator. */
  *#walk(): Generator<Item | typeof pause, undefined> {
    this.#check();
    const items = this.#items();
    for (const chunk of outputOf(this.#ground.fd, this.#ground.what)) {
      for (const item of items.take(chunk)) {
        yield item;
        this.#check();
      }
      yield pause;
      this.#check();
    }
    yield* items.end();
    return undefined;
  }

  #check(): void {
    if (this.#open && this.#ground.alive()) return;
    throw ringError("ERR_RINGBUF_CLOSED", `the iterator of ${this.#ground.what} is closed`);
  }
}

const pause: unique symbol = Symbol("pause");

/** An iterator on `ground`, whose output `items` cuts, anew for each walk. */
export function iteratorOf<Item>(ground: IteratorGround, items: () => Items<Item>): BpfIterator<Item> {
  return make(ground, items);
}
