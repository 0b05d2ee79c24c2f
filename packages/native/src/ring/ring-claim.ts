import type { RingClaim, RingMemory, WaitOptions, Wake } from "@rbgen/runtime/backend";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { BlockingWait } from "./blocking-wait.ts";
import type { MappedRing } from "./ring-memory.ts";
import { WakeUp } from "./wake-ups.ts";

/** What a claim is made on. */
export interface ClaimSource {
  readonly fd: number;
  /** Keeps `fd` open. */
  readonly owner: object;
  readonly mapId: number;
  readonly name: string;
  /** EPOLLIN for a reader, EPOLLOUT for a writer. */
  readonly events: number;
  map(): MappedRing;
  released(): void;
}

/** The hold of one reader or writer on a map of the kernel. */
export class NativeRingClaim implements RingClaim {
  readonly memory: RingMemory;
  onClose: (() => void) | undefined;
  readonly #source: ClaimSource;
  readonly #token: Handle;
  readonly #mapped: MappedRing;
  readonly #wakeUp: WakeUp;
  #blocking: BlockingWait | undefined;
  #open = true;
  #referenced = true;
  /** A wake-up came while nobody waited. */
  #woken = false;
  #settle: ((wake: Wake) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = 0;

  /** @throws RingBufError EBUSY if the map is claimed anywhere in this process, or what mmap refuses with. */
  constructor(source: ClaimSource) {
    const addon = loadAddon();
    const token = addon.claim(source.mapId);
    if (token === null) {
      throw ringError("EBUSY", `map "${source.name}" has a reader or writer in this process already`);
    }
    if (typeof token === "number") throw kernelError(token, "malloc", "no memory for a claim");
    this.#source = source;
    this.#token = token;
    let mapped: MappedRing | undefined;
    try {
      mapped = source.map();
      this.#mapped = mapped;
      this.memory = mapped.memory;
      this.#wakeUp = new WakeUp(source.fd, source.owner, source.events, () => this.#wake());
    } catch (error) {
      mapped?.unmap();
      addon.release(token);
      throw error;
    }
  }

  get open(): boolean {
    return this.#open;
  }

  wait(options: WaitOptions): Promise<Wake> {
    const { timeoutMs, signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (!this.#open) return Promise.resolve("woken");
    if (this.#settle !== undefined) {
      return Promise.reject(ringError("EBUSY", `map "${this.#source.name}" is waited for already`));
    }
    if (timeoutMs <= 0 && !this.#woken) this.#wakeUp.take();
    if (this.#woken) {
      this.#woken = false;
      return Promise.resolve("woken");
    }
    if (timeoutMs <= 0) return Promise.resolve("timeout");
    return new Promise<Wake>((resolve, reject) => {
      let aborted: (() => void) | undefined;
      this.#settle = (wake) => {
        this.#settle = undefined;
        this.#wakeUp.wait(false);
        if (aborted !== undefined) signal?.removeEventListener("abort", aborted);
        resolve(wake);
      };
      if (signal !== undefined) {
        aborted = () => {
          this.#settle = undefined;
          this.#wakeUp.wait(false);
          reject(signal.reason);
        };
        signal.addEventListener("abort", aborted, { once: true });
      }
      this.#wakeUp.wait(true, this.#referenced);
      if (timeoutMs !== Number.POSITIVE_INFINITY) this.#startTimer(timeoutMs);
      else this.#stopTimer();
    });
  }

  waitSync(timeoutMs: number): Wake {
    if (!this.#open) return "woken";
    this.#blocking ??= new BlockingWait([this.#source.fd], this.#source.events);
    return this.#blocking.wait(timeoutMs) ? "woken" : "timeout";
  }

  ref(): void {
    this.#referenced = true;
    if (this.#settle !== undefined) this.#wakeUp.wait(true, true);
  }

  unref(): void {
    this.#referenced = false;
    this.#wakeUp.wait(this.#settle !== undefined, false);
  }

  release(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#end();
    this.#source.released();
  }

  /** The map closes under the claim. */
  terminate(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.onClose?.();
    } finally {
      this.#end();
    }
  }

  #end(): void {
    this.#stopTimer();
    this.#wakeUp.end();
    this.#blocking?.end();
    this.#mapped.unmap();
    loadAddon().release(this.#token);
    this.#settle?.("woken");
  }

  #wake(): void {
    if (this.#settle === undefined) this.#woken = true;
    else this.#settle("woken");
  }

  /**
   * One timer per claim, put off at each wait: what keeps the process alive is the watch. One that is left over from an
   * earlier wait of the same length is only moved.
   */
  #startTimer(timeoutMs: number): void {
    if (this.#timer !== undefined && this.#timerMs === timeoutMs) {
      this.#timer.refresh();
      return;
    }
    this.#stopTimer();
    this.#timerMs = timeoutMs;
    // Node's timers hold 31 bits of milliseconds; a longer wait ends as a spurious timeout after 24 days.
    // A claim that was forgotten after its wait is not kept by what is left of it.
    const weak = new WeakRef(this);
    const passed = (): void => {
      const claim = weak.deref();
      if (claim !== undefined) claim.#settle?.("timeout");
    };
    this.#timer = setTimeout(passed, Math.min(timeoutMs, 2 ** 31 - 1));
    this.#timer.unref();
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
