import type { RingClaim, RingMemory, WaitOptions, Wake } from "@rbgen/runtime/backend";
import { PendingWait } from "@rbgen/runtime/backend";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { BlockingWait } from "./blocking-wait.ts";
import type { MappedRing } from "./ring-memory.ts";
import { WaitTimer } from "./wait-timer.ts";
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
  readonly #waits: PendingWait;
  readonly #timer = new WaitTimer();
  #open = true;
  /** A wake-up came while nobody waited. */
  #woken = false;

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
    const claim = this;
    this.#waits = new PendingWait({
      name: source.name,
      get open() {
        return claim.#open;
      },
      take: (last) => this.#take(last),
      arm: () => true,
      schedule: (due, ms) => this.#timer.schedule(due, ms),
      changed: (pending, referenced) => this.#wakeUp.wait(pending, referenced),
    });
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
    return this.#waits.wait(options);
  }

  waitSync(timeoutMs: number): Wake {
    if (!this.#open) return "woken";
    this.#blocking ??= new BlockingWait([this.#source.fd], this.#source.events);
    return this.#blocking.wait(timeoutMs) ? "woken" : "timeout";
  }

  ref(): void {
    this.#waits.reference(true);
  }

  unref(): void {
    this.#waits.reference(false);
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
    this.#timer.stop();
    this.#wakeUp.end();
    this.#blocking?.end();
    this.#mapped.unmap();
    loadAddon().release(this.#token);
    this.#waits.wake();
  }

  /** What is on its way to the event loop is asked for only where nobody waits until it is there: it takes a call. */
  #take(last: boolean): boolean {
    if (last && !this.#woken) this.#wakeUp.take();
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  #wake(): void {
    if (this.#waits.pending) this.#waits.wake();
    else this.#woken = true;
  }
}
