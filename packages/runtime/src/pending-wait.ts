import { abortReason } from "./abort-reason.ts";
import type { WaitOptions, Wake } from "./backend.ts";
import { RingBufError } from "./errors.ts";

/** What differs from backend to backend about a wait. */
export interface WaitSource {
  /** Of the map, for errors. */
  readonly name: string;
  /** Whether the claim is open: a wait on one that is not is over at once. */
  readonly open: boolean;
  /**
   * Takes the wake-up that came since the last one that was told of; false where there was none. `last`: nobody waits for
   * one that is on its way, so that it is looked for now.
   */
  take(last: boolean): boolean;
  /** Has the next wake-up told by {@link PendingWait.wake}; false where one came just now. */
  arm(): boolean;
  /** Calls back once after `ms`; the result cancels it. */
  schedule(callback: () => void, ms: number): () => void;
  /** Called when either changes: whether somebody waits, and whether that keeps the process alive. */
  changed(pending: boolean, referenced: boolean): void;
}

/** The wait of a claim: a promise that a wake-up, its timeout or its signal ends. There is one at a time. */
export class PendingWait {
  readonly #source: WaitSource;
  #referenced = true;
  #settle: ((wake: Wake) => void) | undefined;

  constructor(source: WaitSource) {
    this.#source = source;
  }

  /**
   * As `RingClaim.wait`.
   * @throws the signal's reason; RingBufError EBUSY while another wait is pending.
   */
  wait({ timeoutMs, signal }: WaitOptions): Promise<Wake> {
    const source = this.#source;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (!source.open) {
        resolve("woken");
        return;
      }
      if (this.#settle !== undefined) {
        throw new RingBufError(`${source.name} is waited for already`, { code: "EBUSY" });
      }
      if (source.take(timeoutMs <= 0) || (timeoutMs > 0 && !source.arm())) {
        resolve("woken");
        return;
      }
      if (timeoutMs <= 0) {
        resolve("timeout");
        return;
      }
      const end = (): void => {
        this.#settle = undefined;
        cancel?.();
        signal?.removeEventListener("abort", abort);
        source.changed(false, this.#referenced);
      };
      const abort = (): void => {
        end();
        reject(abortReason(signal));
      };
      const settle = (wake: Wake): void => {
        end();
        resolve(wake);
      };
      const cancel =
        timeoutMs < Number.POSITIVE_INFINITY ? source.schedule(() => settle("timeout"), timeoutMs) : undefined;
      signal?.addEventListener("abort", abort);
      this.#settle = settle;
      source.changed(true, this.#referenced);
    });
  }

  /** Whether somebody waits. */
  get pending(): boolean {
    return this.#settle !== undefined;
  }

  /** Ends the wait, if somebody waits, as woken. */
  wake(): void {
    this.#settle?.("woken");
  }

  /** A pending wait keeps the process alive from now on (the default), or does not. */
  reference(on: boolean): void {
    this.#referenced = on;
    this.#source.changed(this.pending, on);
  }
}
