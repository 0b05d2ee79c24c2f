import { real } from "../checked-number.ts";
import { callable, members } from "../checked-object.ts";

/** Time as an emulated kernel has it: timeouts, delayed wake-ups and `ktimeGetNs` go by it. */
export interface Clock {
  /** Milliseconds, growing. */
  now(): number;
  /** Calls `callback` once after `ms`; the result cancels it. */
  schedule(callback: () => void, ms: number): () => void;
}

const longestTimer = 0x7fffffff;

/** The machine's monotonic clock. */
export const machineClock: Clock = {
  now: () => performance.now(),
  schedule(callback, ms) {
    const timer = setTimeout(callable(callback, "the callback"), Math.min(real(ms, "ms", 0), longestTimer));
    return () => clearTimeout(timer);
  },
};

/**
 * `clock`; one of a caller's own is held to what a clock is at each call.
 * @throws RingBufError EINVAL
 */
export function checkedClock(clock: Clock): Clock {
  if (clock === machineClock || clock instanceof ManualClock) return clock;
  members(clock, "clock", { now: "function", schedule: "function" });
  return {
    now: () => real(clock.now(), "now() of the clock", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    schedule: (callback, ms) => callable(clock.schedule(callback, ms), "what schedule() of the clock gives"),
  };
}

/** A clock that stands still until it is advanced: tests of timeouts take no time. */
export class ManualClock implements Clock {
  #now = 0;
  #sequence = 0;
  readonly #timers: { readonly at: number; readonly sequence: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  schedule(callback: () => void, ms: number): () => void {
    callable(callback, "the callback");
    this.#sequence += 1;
    const timer = { at: this.#now + real(ms, "ms", 0), sequence: this.#sequence, callback };
    this.#timers.push(timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Moves on by `ms`, calling what falls due on the way, in order. */
  advance(ms: number): void {
    const until = this.#now + real(ms, "ms", 0, Number.MAX_VALUE);
    for (;;) {
      const due = this.#timers
        .filter(({ at }) => at <= until)
        .sort((a, b) => a.at - b.at || a.sequence - b.sequence)[0];
      if (due === undefined) break;
      this.#timers.splice(this.#timers.indexOf(due), 1);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = until;
  }
}
