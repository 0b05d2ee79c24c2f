import type { Handle } from "../addon/addon.ts";
import { engine } from "../addon/engine.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError } from "../kernel/errno.ts";

/** Of `epoll_event.events`; edge-triggered: a wake-up is reported once, however long the ring stays ready after it. */
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
const EPOLLET = 0x8000_0000;

/** One descriptor in the set of a thread. */
interface Place {
  readonly fd: number;
  /** Owns the descriptor: its number means this file as long as the set has it. */
  readonly owner: object;
  /** Weak, so that a claim that is forgotten is collected: nothing else leads from the set to it. */
  readonly member: WeakRef<WakeUp>;
  /** The same while somebody waits: who waits is not forgotten, though only its wake-up leads to it. */
  waiting: WakeUp | undefined;
}

/**
 * The wake-ups of every ring that this thread claims: one epoll set with each ring's descriptor in it, edge-triggered,
 * and one watch on the set. The watch itself is level-triggered, but sees only edges that have not been taken: a busy
 * record at the head of a ring, or space in a user ring, wakes nobody twice (a watch on the descriptor itself spins).
 */
class WakeUps {
  readonly #places = new Map<number, Place>();
  /** Ids of those whose readiness ends by being looked at. */
  readonly #toldOnce = new Set<number>();
  readonly #set: number;
  readonly #watch: Handle;
  /** The event loop has not looked at the set yet. */
  #unwatched: boolean;
  #nextId = 1;
  #refs = 0;

  constructor(onThread: boolean) {
    const addon = loadAddon();
    this.#set = addon.epollCreate();
    if (this.#set < 0) throw kernelError(this.#set, "epoll_create1", "no set to wait in");
    const watch = addon.watch(this.#set, (...ids) => this.#dispatch(ids), onThread);
    if (typeof watch === "number") throw kernelError(watch, "eventfd", "nothing can watch for wake-ups");
    this.#watch = watch;
    this.#unwatched = !onThread;
  }

  add(fd: number, owner: object, events: number, member: WakeUp): number {
    const id = this.#nextId++;
    const result = loadAddon().epollAdd(this.#set, fd, (events | EPOLLET) >>> 0, id);
    if (result < 0) {
      this.#endIfUnused();
      throw kernelError(result, "epoll_ctl", "the map cannot be waited for");
    }
    this.#places.set(id, { fd, owner, member: new WeakRef(member), waiting: undefined });
    forgotten.register(member, { wakeUps: this, id }, member);
    if (member.unread !== undefined) {
      this.#toldOnce.add(id);
      if (this.#unwatched) this.#askAfterFirstLook();
    }
    return id;
  }

  /** Of one that is gone already: nothing. */
  remove(id: number): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#places.delete(id);
    this.#toldOnce.delete(id);
    loadAddon().epollDelete(this.#set, place.fd);
    this.#endIfUnused();
  }

  /** Keeps `member` for as long as somebody waits for it. */
  keep(id: number, member: WakeUp | undefined): void {
    const place = this.#places.get(id);
    if (place !== undefined) place.waiting = member;
  }

  /** Takes the edges that are there now, before the event loop would. */
  take(): void {
    const ids = loadAddon().epollWait(this.#set, 0);
    if (typeof ids !== "number" && ids.length > 0) this.#dispatch(ids);
  }

  ref(): void {
    if (this.#refs++ === 0) loadAddon().watchRef(this.#watch, true);
  }

  unref(): void {
    if (--this.#refs === 0) loadAddon().watchRef(this.#watch, false);
  }

  /**
   * libuv puts the set into its own only when it polls next, and the kernel asks whoever is in the set already when that
   * happens: a perf event that was ready until then has been asked once, and is not ready when libuv waits. The second turn's
   * immediate comes after a poll for certain: the first one's does not if this runs from a poll's own callbacks.
   */
  #askAfterFirstLook(): void {
    this.#unwatched = false;
    setImmediate(() => setImmediate(() => this.#ask()));
  }

  #endIfUnused(): void {
    if (this.#places.size > 0) return;
    loadAddon().watchEnd(this.#watch);
    if (current === this) current = undefined;
  }

  #dispatch(ids: readonly number[]): void {
    for (const id of ids) this.#places.get(id)?.member.deref()?.woken();
    this.#ask();
  }

  /** Wakes those whose readiness may have been told to the watch on the set, which says only that there was one. */
  #ask(): void {
    for (const id of this.#toldOnce) {
      const wakeUp = this.#places.get(id)?.member.deref();
      if (wakeUp?.unread?.()) wakeUp.woken();
    }
  }
}

/** Takes the descriptors of claims that were collected out of their sets; mappings and claims end by the addon. */
const forgotten = new FinalizationRegistry<{ readonly wakeUps: WakeUps; readonly id: number }>(({ wakeUps, id }) =>
  wakeUps.remove(id),
);

let current: WakeUps | undefined;

/** How this thread waits: on the event loop's own poll, or by a thread; measured in `bench`, see docs/native.md. */
export const wakeUpPolicy: { onThread: boolean } = { onThread: !engine.polls };

/** One ring's place among the wake-ups of its thread. */
export class WakeUp {
  readonly woken: () => void;
  readonly unread: (() => boolean) | undefined;
  readonly #wakeUps: WakeUps;
  readonly #id: number;
  #holding = false;

  /**
   * Wake-ups of `fd`, which `owner` keeps open, from now on call `woken`; at once (in a later turn) if the ring is ready
   * already. `unread`, where readiness ends by being looked at, as a perf event's does: whether there is something to be told of.
   */
  constructor(fd: number, owner: object, events: number, woken: () => void, unread?: () => boolean) {
    this.woken = woken;
    this.unread = unread;
    current ??= new WakeUps(wakeUpPolicy.onThread);
    this.#wakeUps = current;
    this.#id = current.add(fd, owner, events, this);
  }

  take(): void {
    this.#wakeUps.take();
  }

  /** Somebody waits, or nobody any more; whether that keeps the process alive. */
  wait(waiting: boolean, referenced = false): void {
    this.#wakeUps.keep(this.#id, waiting ? this : undefined);
    const hold = waiting && referenced;
    if (hold === this.#holding) return;
    this.#holding = hold;
    if (hold) this.#wakeUps.ref();
    else this.#wakeUps.unref();
  }

  end(): void {
    this.wait(false);
    forgotten.unregister(this);
    this.#wakeUps.remove(this.#id);
  }
}
