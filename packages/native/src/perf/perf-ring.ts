import type { PerfRing } from "@rbgen/runtime/backend";
import type { Handle } from "../addon/addon.ts";
import { engine } from "../addon/engine.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError } from "../kernel/errno.ts";
import { forcedCopies } from "../ring/ring-memory.ts";
import { lostBy, type OutputEvent } from "./perf-event.ts";

/** Of `struct perf_event_mmap_page`: where the positions are. */
const headAt = 1024;
const tailAt = 1032;

/** One CPU's ring as perf_event_open(2) maps it: a page of positions, and the data once. */
export class NativePerfRing implements PerfRing {
  readonly cpu: number;
  readonly size: number;
  readonly data: DataView;
  readonly #event: OutputEvent;
  readonly #page: number;
  readonly #handle: Handle;
  readonly #buffer: ArrayBuffer | undefined;
  /** The positions in the ring's own memory; absent where that cannot be lent, and is copied. */
  readonly #words: BigUint64Array | undefined;

  /** @throws RingBufError EPERM where the memory that the user may lock is used up, ENOMEM. */
  constructor(cpu: number, event: OutputEvent, pages: number) {
    const addon = loadAddon();
    this.cpu = cpu;
    this.#event = event;
    this.#page = addon.pageSize();
    this.size = pages * this.#page;
    const lend = engine.readsReadOnly && process.env[forcedCopies] === undefined;
    const mapped = addon.map(event.fd, 0, this.#page + this.size, true, lend);
    if (typeof mapped === "number") {
      const hint = "fewer pagesPerCpu, or CAP_IPC_LOCK (kernel.perf_event_mlock_kb, ulimit -l)";
      throw kernelError(mapped, "mmap", `${pages} pages for CPU ${cpu}: ${hint}`);
    }
    this.#handle = mapped.handle;
    this.#buffer = mapped.buffer;
    this.#words = mapped.buffer && new BigUint64Array(mapped.buffer, 0, this.#page / 8);
    this.data = mapped.buffer
      ? new DataView(mapped.buffer, this.#page, this.size)
      : new DataView(new ArrayBuffer(this.size));
  }

  head(known: number): number {
    // pairs with the kernel's store of the head after the bytes before it
    if (this.#words !== undefined) return Number(Atomics.load(this.#words, headAt / 8));
    const head = Number(loadAddon().load(this.#handle, headAt, 8));
    // as far as it is a head at all, which the reader looks at next
    if (head - known <= this.size) this.#fetch(known, head);
    return head;
  }

  release(tail: number): void {
    // pairs with the kernel's load of the tail before it writes: what was read before is read
    if (this.#words !== undefined) Atomics.store(this.#words, tailAt / 8, BigInt(tail));
    else loadAddon().store(this.#handle, tailAt, 8, BigInt(tail));
  }

  /** Whether it holds what was not released. */
  unread(): boolean {
    if (this.#words !== undefined) return Atomics.load(this.#words, headAt / 8) !== this.#words[tailAt / 8];
    const addon = loadAddon();
    return addon.load(this.#handle, headAt, 8) !== addon.load(this.#handle, tailAt, 8);
  }

  lost(): number | undefined {
    return lostBy(this.#event);
  }

  unmap(): void {
    loadAddon().unmap(this.#handle, this.#buffer);
  }

  #fetch(from: number, to: number): void {
    const addon = loadAddon();
    const bytes = new Uint8Array(this.data.buffer);
    for (let at = from; at < to; ) {
      const start = at & (this.size - 1);
      const length = Math.min(to - at, this.size - start);
      addon.read(this.#handle, this.#page + start, bytes.subarray(start, start + length));
      at += length;
    }
  }
}
