import type { RingClaim } from "./ring-claim.ts";

/** What several waits on rings are begun anew for: rings that come and go, waiters that come and go. */
export class Change {
  #next = new AbortController();

  /** Ends the wait that is pending. */
  notify(): void {
    this.#next.abort();
  }

  /**
   * Waits until one of `claims` is woken, there is a change, or the time is over.
   * @throws the signal's reason; what a claim fails with.
   */
  async wait(claims: readonly Pick<RingClaim, "wait">[], timeoutMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const next = new AbortController();
    this.#next = next;
    const abort = (): void => next.abort();
    signal?.addEventListener("abort", abort);
    const changed = new Promise<void>((resolve, reject) => {
      next.signal.addEventListener("abort", () => (signal?.aborted ? reject(signal.reason) : resolve()));
    });
    // a controller each: one signal with a listener per ring would warn of a leak
    const ends = claims.map(() => new AbortController());
    const waits = claims.map(async (claim, i): Promise<unknown> => {
      try {
        return await claim.wait({ timeoutMs, signal: ends[i]?.signal });
      } catch (error) {
        if (ends[i]?.signal.aborted) return changed;
        throw error;
      }
    });
    try {
      await Promise.race([changed, ...waits]);
    } finally {
      signal?.removeEventListener("abort", abort);
      changed.catch(() => {});
      next.abort();
      for (const end of ends) end.abort();
    }
  }
}
