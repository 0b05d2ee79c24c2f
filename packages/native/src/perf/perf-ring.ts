import type { PerfRing, PerfRingOptions } from "@rbgen/runtime/backend";
import type { Handle } from "../addon/addon.ts";
import { engine } from "../addon/engine.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError } from "../kernel/errno.ts";
import { forcedCopies } from "../ring/ring-memory.ts";
import { lostBy, type OutputEvent, pause } from "./perf-event.ts";

/** Of `struct perf_event_mmap_page`: where the positions are. */
const headAt = 1024;
const tailAt = 1032;

/** One CPU's ring as perf_event_open(2) maps it: a page of positions, and the data once. */
export class NativePerfRing implements PerfRing {
  readonly cpu: number;
  readonly size: number;
  readonly data: DataView;
  readonly #event: OutputEvent;
  readonly #backwards: boolean;
  #looked = 0;
  readonly #page: number;
  readonly #handle: Handle;
  readonly #buffer: ArrayBuffer | undefined;
  /** The positions in the ring's own memory; absent where that cannot be lent, and is copied. */
  readonly #words: BigUint64Array | undefined;

  /** @throws RingBufError EPERM where the memory that the user may lock is used up, ENOMEM. */
  constructor(cpu: number, event: OutputEvent, { pagesPerCpu: pages, overwritable }: PerfRingOptions) {
    const addon = loadAddon();
    this.cpu = cpu;
    this.#event = event;
    this.#backwards = overwritable;
    this.#page = addon.pageSize();
    this.size = pages * this.#page;
    const lend = engine.readsReadOnly && process.env[forcedCopies] === undefined;
    // a mapping that cannot be written to is what makes a ring overwritable
    const mapped = addon.map(event.fd, 0, this.#page + this.size, !overwritable, lend);
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
    const words = this.#words;
    // pairs with the kernel's store of the head after the bytes before it
    const stored = words === undefined ? loadAddon().load(this.#handle, headAt, 8) : Atomics.load(words, headAt / 8);
    const head = this.#distance(stored);
    this.#looked = head;
    if (words !== undefined) return head;
    if (this.#backwards) {
      // newest first, from the head on
      const start = (this.size - (head % this.size)) % this.size;
      this.#fetch(start, start + Math.min(head - known, this.size));
    } else if (head - known <= this.size) {
      // as far as it is a head at all, which the reader looks at next
      this.#fetch(known, head);
    }
    return head;
  }

  pause(paused: boolean): void {
    pause(this.#event, paused, this.cpu);
  }

  release(tail: number): void {
    // pairs with the kernel's load of the tail before it writes: what was read before is read
    if (this.#words !== undefined) Atomics.store(this.#words, tailAt / 8, BigInt(tail));
    else loadAddon().store(this.#handle, tailAt, 8, BigInt(tail));
  }

  /** Whether it holds what was not released, or, where nothing is, not looked at. */
  unread(): boolean {
    const words = this.#words;
    const load = (at: number): bigint =>
      words === undefined ? loadAddon().load(this.#handle, at, 8) : Atomics.load(words, at / 8);
    return this.#distance(load(headAt)) !== (this.#backwards ? this.#looked : Number(load(tailAt)));
  }

  lost(): number | undefined {
    return lostBy(this.#event);
  }

  unmap(): void {
    loadAddon().unmap(this.#handle, this.#buffer);
  }

  /** Bytes written, by a head that counts up, or down from 0. */
  #distance(head: bigint): number {
    return Number(this.#backwards ? BigInt.asUintN(64, -head) : head);
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
