import { abortReason } from "./abort-reason.ts";
import { RingBufError } from "./errors.ts";
import type { WaitOptions, Wake } from "./ring-claim.ts";

/** What a claim is made on. */
export interface ClaimSource {
  /** Of the map, for errors. */
  readonly name: string;
  /** What timeouts go by. */
  readonly timer: {
    /** Calls back once after `ms`; the result cancels it. */
    schedule(callback: () => void, ms: number): () => void;
  };
  /** The map may be claimed again. */
  released(): void;
}

/**
 * What the claims of all backends do alike: they last until they are released or their map closes, and one wait at a time
 * is ended by a wake-up, its timeout, its signal or the end of the claim.
 */
export abstract class Claim {
  readonly #source: ClaimSource;
  #open = true;
  #referenced = true;
  /** Ends the wait that is pending. */
  #settle: ((wake: Wake) => void) | undefined;
  /** A wake-up came while nobody waited. */
  #woken = false;
  /** As `RingClaim.onClose`. */
  onClose: (() => void) | undefined;

  constructor(source: ClaimSource) {
    this.#source = source;
  }

  /** Whether the map is lent. */
  get open(): boolean {
    return this.#open;
  }

  /**
   * As `RingClaim.wait`.
   * @throws the signal's reason; RingBufError EBUSY while another wait is pending.
   */
  wait({ timeoutMs, signal }: WaitOptions): Promise<Wake> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (!this.#open) {
        resolve("woken");
        return;
      }
      if (this.#settle !== undefined) {
        throw new RingBufError(`${this.#source.name} is waited for already`, { code: "EBUSY" });
      }
      if (this.take(timeoutMs <= 0) || (timeoutMs > 0 && !this.arm())) {
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
        this.waited(false, this.#referenced);
      };
      const abort = (): void => {
        end();
        reject(abortReason(signal));
      };
      const settle = (wake: Wake): void => {
        end();
        resolve(wake);
      };
      const { timer } = this.#source;
      const cancel =
        timeoutMs < Number.POSITIVE_INFINITY ? timer.schedule(() => settle("timeout"), timeoutMs) : undefined;
      signal?.addEventListener("abort", abort);
      this.#settle = settle;
      this.waited(true, this.#referenced);
    });
  }

  /** A pending wait keeps the process alive (the default). */
  ref(): void {
    this.#reference(true);
  }

  /** A pending wait lets the process end. */
  unref(): void {
    this.#reference(false);
  }

  /** Ends the claim; a pending wait ends as woken. Again: nothing. */
  release(): void {
    if (!this.#open) return;
    this.#open = false;
    this.onClose = undefined;
    this.#end();
  }

  /** The map closes under the claim, which tells by `onClose` while what it lends is there. */
  terminate(): void {
    if (!this.#open) return;
    this.#open = false;
    const { onClose } = this;
    this.onClose = undefined;
    try {
      onClose?.();
    } finally {
      this.#end();
    }
  }

  /** Whether somebody waits. */
  protected get pending(): boolean {
    return this.#settle !== undefined;
  }

  /** There was a wake-up: ends the wait, or the next one. */
  protected woken(): void {
    if (this.#settle === undefined) this.#woken = true;
    else this.#settle("woken");
  }

  /** Takes the wake-up that came since the last one that was told of; `last` as for {@link look}. */
  protected take(last: boolean): boolean {
    if (!this.#woken) this.look(last);
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  /**
   * Calls {@link woken} for a wake-up that nobody has told of yet. `last`: nobody waits for one that is on its way, so that
   * it is looked for now.
   */
  protected look(_last: boolean): void {}

  /** Has the next wake-up told by {@link woken}; false where one came just now. */
  protected arm(): boolean {
    return true;
  }

  /** Whether somebody waits, or whether that keeps the process alive, is another from now on. */
  protected abstract waited(pending: boolean, referenced: boolean): void;

  /** Gives back what was lent. */
  protected abstract giveBack(): void;

  #reference(on: boolean): void {
    this.#referenced = on;
    this.waited(this.pending, on);
  }

  #end(): void {
    this.giveBack();
    this.#settle?.("woken");
    this.#source.released();
  }
}
