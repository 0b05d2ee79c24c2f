import type { RingMemory } from "../backend.ts";
import { Claim, type ClaimSource } from "../claim.ts";
import type { KernelCounters, RingClaim, Wake } from "../ring-claim.ts";
import type { Clock } from "./clock.ts";
import { KeepAlive } from "./keep-alive.ts";
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

/** User space's hold on an emulated map: sleeps until the wake-up count of the private page moves. */
export class EmulatedClaim extends Claim implements RingClaim {
  readonly memory: RingMemory;
  readonly #ring: SharedRing;
  readonly #clock: Clock;
  readonly #waited: (claim: EmulatedClaim | undefined) => void;
  readonly #keepAlive = new KeepAlive();
  /** Wake-ups before this count have been told of. */
  #seen: number;
  #armed = false;
  readonly waitSync?: (timeoutMs: number) => Wake;

  /** @param waited is told when a wait on the claim begins, and when none is pending any more */
  constructor(
    ring: SharedRing,
    source: ClaimSource & { readonly timer: Clock },
    waited: (claim: EmulatedClaim | undefined) => void,
  ) {
    super(source);
    this.memory = ring.memory;
    this.#ring = ring;
    this.#clock = source.timer;
    this.#waited = waited;
    this.#seen = Atomics.load(ring.words, word.wake);
    if (ring.shared && mayBlock()) this.waitSync = (timeoutMs) => this.#block(timeoutMs);
  }

  now(): number {
    return this.#clock.now();
  }

  counters(): KernelCounters {
    return this.#ring.counters();
  }

  /** A wake-up on this thread; those of other threads come by the wake-up count. */
  wake(): void {
    if (this.#moved()) this.woken();
  }

  protected override look(): void {
    this.wake();
  }

  protected override waited(pending: boolean, referenced: boolean): void {
    this.#waited(pending ? this : undefined);
    this.#keepAlive.hold(pending && referenced);
  }

  /** Emulated memory goes with who has it. */
  protected override giveBack(): void {}

  /** Whether there was a wake-up since the last one told of. */
  #moved(): boolean {
    // pairs with the waker's add, which is after its store of the header or position
    const count = Atomics.load(this.#ring.words, word.wake);
    if (count === this.#seen) return false;
    this.#seen = count;
    return true;
  }

  /** Has wake-ups of other threads told; false if there was one just now. One wait of the engine serves many of ours. */
  protected override arm(): boolean {
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
      this.#moved();
      return false;
    }
    this.#armed = true;
    void waiting.value.then(() => {
      this.#armed = false;
      Atomics.sub(words, word.sleepers, 1);
      if (this.#moved()) this.woken();
      else if (this.pending && !this.arm()) this.woken();
    });
    return true;
  }

  #poll(): void {
    const timer = setTimeout(() => {
      this.#armed = false;
      if (this.#moved()) this.woken();
      else if (this.pending) this.arm();
    }, fallbackPollMs);
    (timer as { unref?(): void }).unref?.();
  }

  #block(timeoutMs: number): Wake {
    if (!this.open || this.take(true)) return "woken";
    const { words } = this.#ring;
    Atomics.add(words, word.sleepers, 1);
    const outcome = Atomics.wait(words, word.wake, this.#seen, timeoutMs);
    Atomics.sub(words, word.sleepers, 1);
    if (outcome === "timed-out") return "timeout";
    this.#moved();
    return "woken";
  }
}
