import type { KernelCounters, RingClaim, RingMemory, WaitOptions, Wake } from "../backend.ts";
import { PendingWait } from "../pending-wait.ts";
import type { Clock } from "./clock.ts";
import { type SharedRing, word } from "./shared-ring.ts";

/** `Atomics.waitAsync` (ES2024), where the engine has it. */
type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
) => { readonly async: false } | { readonly async: true; readonly value: Promise<unknown> };

const waitAsync = (Atomics as { waitAsync?: WaitAsync }).waitAsync;

/** How often a ring of other threads is looked at where the engine cannot wait for it. */
const fallbackPollMs = 2;

/** Whether this thread may block: a browser's main thread may not. */
function mayBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** What a claim is of. */
export interface ClaimOwner {
  readonly name: string;
  readonly clock: Clock;
  /** The claim has ended. */
  released(): void;
  /** A wait on the claim began, or ended. */
  waited(claim: EmulatedClaim | undefined): void;
}

/** User space's hold on an emulated map: sleeps until the wake-up count of the private page moves. */
export class EmulatedClaim implements RingClaim {
  readonly memory: RingMemory;
  readonly #ring: SharedRing;
  readonly #clock: Clock;
  readonly #released: () => void;
  /** Wake-ups before this count have been told of. */
  #seen: number;
  #armed = false;
  readonly #waits: PendingWait;
  #keepAlive: (() => void) | undefined;
  open = true;
  onClose: (() => void) | undefined;
  readonly waitSync?: (timeoutMs: number) => Wake;

  constructor(ring: SharedRing, { name, clock, released, waited }: ClaimOwner) {
    this.memory = ring.memory;
    this.#ring = ring;
    this.#clock = clock;
    this.#released = released;
    this.#seen = Atomics.load(ring.words, word.wake);
    const claim = this;
    this.#waits = new PendingWait({
      name,
      get open() {
        return claim.open;
      },
      take: () => this.#woken(),
      arm: () => this.#arm(),
      schedule: (callback, ms) => clock.schedule(callback, ms),
      changed: (pending, referenced) => {
        waited(pending ? this : undefined);
        this.#stayAlive(pending && referenced);
      },
    });
    if (ring.shared && mayBlock()) this.waitSync = (timeoutMs) => this.#block(timeoutMs);
  }

  now(): number {
    return this.#clock.now();
  }

  counters(): KernelCounters {
    return this.#ring.counters();
  }

  wait(options: WaitOptions): Promise<Wake> {
    return this.#waits.wait(options);
  }

  /** A wake-up on this thread; those of other threads come by the wake-up count. */
  wake(): void {
    if (this.#woken()) this.#waits.wake();
  }

  ref(): void {
    this.#waits.reference(true);
  }

  unref(): void {
    this.#waits.reference(false);
  }

  release(): void {
    if (!this.open) return;
    this.open = false;
    this.onClose = undefined;
    this.#waits.wake();
    this.#released();
  }

  /** The map closes. */
  end(): void {
    if (!this.open) return;
    const { onClose } = this;
    this.open = false;
    this.onClose = undefined;
    onClose?.();
    this.#waits.wake();
    this.#released();
  }

  /** Whether there was a wake-up since the last one told of. */
  #woken(): boolean {
    // pairs with the waker's add, which is after its store of the header or position
    const count = Atomics.load(this.#ring.words, word.wake);
    if (count === this.#seen) return false;
    this.#seen = count;
    return true;
  }

  /** Has wake-ups of other threads told; false if there was one just now. One wait of the engine serves many of ours. */
  #arm(): boolean {
    if (this.#armed || !this.#ring.shared) return true;
    const { words } = this.#ring;
    if (waitAsync === undefined) {
      this.#armed = true;
      this.#poll();
      return true;
    }
    // before the wait: pairs with the waker's load of the sleepers after its add
    Atomics.add(words, word.sleepers, 1);
    const waiting = waitAsync(words, word.wake, this.#seen);
    if (!waiting.async) {
      Atomics.sub(words, word.sleepers, 1);
      this.#woken();
      return false;
    }
    this.#armed = true;
    void waiting.value.then(() => {
      this.#armed = false;
      Atomics.sub(words, word.sleepers, 1);
      if (this.#woken()) this.#waits.wake();
      else if (this.#waits.pending && !this.#arm()) this.#waits.wake();
    });
    return true;
  }

  #poll(): void {
    const timer = setTimeout(() => {
      this.#armed = false;
      if (this.#woken()) this.#waits.wake();
      else if (this.#waits.pending && this.open) this.#arm();
    }, fallbackPollMs);
    (timer as { unref?(): void }).unref?.();
  }

  #block(timeoutMs: number): Wake {
    if (!this.open || this.#woken()) return "woken";
    const { words } = this.#ring;
    Atomics.add(words, word.sleepers, 1);
    const outcome = Atomics.wait(words, word.wake, this.#seen, timeoutMs);
    Atomics.sub(words, word.sleepers, 1);
    if (outcome === "timed-out") return "timeout";
    this.#woken();
    return "woken";
  }

  #stayAlive(on: boolean): void {
    if (on && this.#keepAlive === undefined) {
      const timer = setInterval(() => {}, 0x7fffffff);
      this.#keepAlive = () => clearInterval(timer);
    } else if (!on) {
      this.#keepAlive?.();
      this.#keepAlive = undefined;
    }
  }
}
