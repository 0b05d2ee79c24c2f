import { abortReason } from "./abort-reason.ts";
import { Change } from "./change.ts";
import type { RingClaim } from "./ring-claim.ts";
import type { Deadline } from "./waiting.ts";

/** One who waits for room in a ring. */
export interface RoomWaiter {
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
  /** Tries to take the room: false where there is too little. What it throws ends the waiter. */
  attempt(): boolean;
  /** What it fails with when the time is over. */
  expired(): unknown;
  failed(error: unknown): void;
}

/**
 * Waiters for room, served strictly in order: a large one at the head is not overtaken by small ones behind it. One
 * wait on the ring serves them all, until the nearest deadline.
 */
export class RoomQueue {
  readonly #claim: RingClaim;
  /** In their order, each with what listens to its signal. */
  readonly #waiters = new Map<RoomWaiter, () => void>();
  #running = false;
  readonly #change = new Change();

  constructor(claim: RingClaim) {
    this.#claim = claim;
  }

  /** Waits with the others; ends by one of the waiter's calls. */
  add(waiter: RoomWaiter): void {
    const abort = (): void => {
      this.#fail(waiter, abortReason(waiter.signal));
      // who is first now may find room, and a deadline may be gone
      this.#change.notify();
    };
    waiter.signal?.addEventListener("abort", abort);
    this.#waiters.set(waiter, abort);
    if (this.#running) this.#change.notify();
    else void this.#run();
  }

  /** Ends every waiter. */
  fail(error: unknown): void {
    for (const waiter of this.#waiters.keys()) this.#fail(waiter, error);
    this.#change.notify();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (;;) {
      this.#serve();
      this.#expire();
      if (this.#waiters.size === 0) break;
      const timeoutMs = Math.min(...Array.from(this.#waiters.keys(), ({ deadline }) => deadline.remaining));
      await this.#change.wait([this.#claim], timeoutMs).catch((error: unknown) => this.fail(error));
    }
    this.#running = false;
  }

  #serve(): void {
    for (const waiter of this.#waiters.keys()) {
      try {
        if (!waiter.attempt()) return;
        this.#remove(waiter);
      } catch (error) {
        this.#fail(waiter, error);
      }
    }
  }

  #expire(): void {
    for (const waiter of this.#waiters.keys()) {
      if (waiter.deadline.remaining <= 0) this.#fail(waiter, waiter.expired());
    }
  }

  #fail(waiter: RoomWaiter, error: unknown): void {
    this.#remove(waiter);
    waiter.failed(error);
  }

  #remove(waiter: RoomWaiter): void {
    const abort = this.#waiters.get(waiter);
    if (abort) waiter.signal?.removeEventListener("abort", abort);
    this.#waiters.delete(waiter);
  }
}
