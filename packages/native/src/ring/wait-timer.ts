/** Node's timers hold 31 bits of milliseconds; a longer wait ends as a spurious timeout after 24 days. */
const longest = 2 ** 31 - 1;

/**
 * The timeouts of a claim's waits, one at a time: a single timer, which is left running when a wait ends, and only moved
 * where the next one is of the same length. It keeps neither the process alive, which is for the watch to do, nor a claim
 * that was forgotten after its wait.
 */
export class WaitTimer {
  #timer: NodeJS.Timeout | undefined;
  #ms = 0;
  #due: (() => void) | undefined;

  /** Calls `due` once after `ms`; the result cancels it. */
  schedule(due: () => void, ms: number): () => void {
    this.#due = due;
    if (this.#timer !== undefined && this.#ms === ms) this.#timer.refresh();
    else this.#start(ms);
    return () => {
      if (this.#due === due) this.#due = undefined;
    };
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(ms: number): void {
    this.stop();
    this.#ms = ms;
    const weak = new WeakRef(this);
    const passed = (): void => {
      const timer = weak.deref();
      if (timer !== undefined) timer.#pass();
    };
    this.#timer = setTimeout(passed, Math.min(ms, longest));
    this.#timer.unref();
  }

  #pass(): void {
    const due = this.#due;
    this.#due = undefined;
    due?.();
  }
}
