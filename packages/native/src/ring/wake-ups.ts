import type { Handle } from "../addon/addon.ts";
import { engine } from "../addon/engine.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError } from "../kernel/errno.ts";

/** Of `epoll_event.events`; edge-triggered: a wake-up is reported once, however long the ring stays ready after it. */
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
const EPOLLET = 0x8000_0000;

/** The calls of one ring: what happens when the kernel woke it. */
type Woken = () => void;

/**
 * The wake-ups of every ring that this thread claims: one epoll set with each ring's descriptor in it, edge-triggered,
 * and one watch on the set. The watch itself is level-triggered, but sees only edges that have not been taken: a busy
 * record at the head of a ring, or space in a user ring, wakes nobody twice (a watch on the descriptor itself spins).
 */
class WakeUps {
  readonly #rings = new Map<number, Woken>();
  readonly #set: number;
  readonly #watch: Handle;
  #nextId = 1;
  #refs = 0;

  constructor(onThread: boolean) {
    const addon = loadAddon();
    this.#set = addon.epollCreate();
    if (this.#set < 0) throw kernelError(this.#set, "epoll_create1", "no set to wait in");
    this.#watch = addon.watch(this.#set, (...ids) => this.#dispatch(ids), onThread);
  }

  add(fd: number, events: number, woken: Woken): number {
    const id = this.#nextId++;
    const result = loadAddon().epollAdd(this.#set, fd, events | EPOLLET, id);
    if (result < 0) throw kernelError(result, "epoll_ctl", "the map cannot be waited for");
    this.#rings.set(id, woken);
    return id;
  }

  /** Returns whether no ring is left, and the watch has ended. */
  remove(id: number, fd: number): boolean {
    const addon = loadAddon();
    this.#rings.delete(id);
    addon.epollDelete(this.#set, fd);
    if (this.#rings.size > 0) return false;
    addon.watchEnd(this.#watch);
    return true;
  }

  /** Takes the edges that are there now, before the event loop would. */
  take(): void {
    const ids = loadAddon().epollWait(this.#set, 0);
    if (typeof ids !== "number") this.#dispatch(ids);
  }

  ref(): void {
    if (this.#refs++ === 0) loadAddon().watchRef(this.#watch, true);
  }

  unref(): void {
    if (--this.#refs === 0) loadAddon().watchRef(this.#watch, false);
  }

  #dispatch(ids: readonly number[]): void {
    for (const id of ids) this.#rings.get(id)?.();
  }
}

let current: WakeUps | undefined;

/** How this thread waits: on the event loop's own poll, or by a thread; measured in `bench`, see docs/native.md. */
export const wakeUpPolicy: { onThread: boolean } = { onThread: !engine.polls };

/** One ring's place among the wake-ups of its thread. */
export class WakeUp {
  readonly #wakeUps: WakeUps;
  readonly #fd: number;
  readonly #id: number;
  #holding = false;

  /** Wake-ups of `fd` from now on call `woken`; at once (in a later turn) if the ring is ready already. */
  constructor(fd: number, events: number, woken: Woken) {
    current ??= new WakeUps(wakeUpPolicy.onThread);
    this.#wakeUps = current;
    this.#fd = fd;
    this.#id = current.add(fd, events, woken);
  }

  take(): void {
    this.#wakeUps.take();
  }

  /** Whether this ring keeps the process alive. */
  hold(on: boolean): void {
    if (on === this.#holding) return;
    this.#holding = on;
    if (on) this.#wakeUps.ref();
    else this.#wakeUps.unref();
  }

  end(): void {
    this.hold(false);
    if (this.#wakeUps.remove(this.#id, this.#fd) && current === this.#wakeUps) current = undefined;
  }
}
