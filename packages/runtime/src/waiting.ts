import { real } from "./checked-number.ts";
import { UnsupportedError } from "./errors.ts";
import type { RingClaim } from "./ring-claim.ts";

/** How long an operation may wait. */
export interface PollOptions {
  /** Milliseconds; negative or left out: for ever; 0: what is there. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait, which then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Of a claim, what waits. */
type Waiting = Pick<RingClaim, "wait" | "waitSync" | "now">;

/** A timeout that goes on over several waits, by the claim's clock. */
export class Deadline {
  readonly #claim: Waiting;
  readonly #at: number;
  /** Whether a wait was woken. */
  waited = false;
  /** Whether there is no time left to wait. */
  passed: boolean;

  constructor(claim: Waiting, timeoutMs = -1) {
    real(timeoutMs, "timeoutMs", Number.NEGATIVE_INFINITY);
    this.#claim = claim;
    this.#at = timeoutMs < 0 ? Number.POSITIVE_INFINITY : this.#now() + timeoutMs;
    this.passed = timeoutMs === 0;
  }

  /**
   * For waits that block.
   * @throws UnsupportedError where this thread may not.
   */
  static blocking(claim: Waiting, timeoutMs?: number): Deadline {
    if (!claim.waitSync) throw new UnsupportedError("this thread may not block");
    return new Deadline(claim, timeoutMs);
  }

  /**
   * Waits for a wake-up, `most` milliseconds at most.
   * @throws the signal's reason.
   */
  async wait(signal?: AbortSignal, most: number = Number.POSITIVE_INFINITY): Promise<void> {
    const { remaining } = this;
    this.#took(await this.#claim.wait({ timeoutMs: Math.min(remaining, most), signal }), remaining <= most);
  }

  waitSync(most: number = Number.POSITIVE_INFINITY): void {
    const { remaining } = this;
    this.#took(this.#claim.waitSync?.(Math.min(remaining, most)) ?? "timeout", remaining <= most);
  }

  /** Milliseconds to go. */
  get remaining(): number {
    return Math.max(0, this.#at - this.#now());
  }

  #took(wake: "woken" | "timeout", whole: boolean): void {
    if (wake === "woken") this.waited = true;
    else if (whole) this.passed = true;
  }

  #now(): number {
    return this.#claim.now?.() ?? performance.now();
  }
}
