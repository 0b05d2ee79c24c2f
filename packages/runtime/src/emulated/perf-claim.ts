import type { WaitOptions, Wake } from "../backend.ts";
import { PendingWait } from "../pending-wait.ts";
import type { PerfClaim, PerfRing, PerfRingOptions } from "../perf-backend.ts";
import type { Clock } from "./clock.ts";
import { EmulatedPerfRing, type PerfEventArrayContext } from "./perf-ring.ts";

/** User space's hold on the rings of an emulated perf event array. */
export class EmulatedPerfClaim implements PerfClaim {
  readonly rings: readonly EmulatedPerfRing[];
  onRing: ((ring: PerfRing) => void) | undefined;
  /** What the slots hold: the ring of each CPU that has been online meanwhile. */
  readonly #slots = new Map<number, EmulatedPerfRing>();
  readonly #make: (cpu: number) => EmulatedPerfRing;
  readonly #waits: PendingWait;
  readonly #clock: Clock;
  readonly #released: () => void;
  #woken = false;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  open = true;
  onClose: (() => void) | undefined;

  constructor(map: PerfEventArrayContext, options: PerfRingOptions, online: ReadonlySet<number>, released: () => void) {
    this.#clock = map.clock;
    this.#released = released;
    const wake = (): void => {
      if (this.#waits.pending) this.#waits.wake();
      else this.#woken = true;
    };
    this.#make = (cpu) => {
      const ring = new EmulatedPerfRing(cpu, map, options, wake);
      this.#slots.set(cpu, ring);
      return ring;
    };
    this.rings = [...online].sort((one, other) => one - other).map(this.#make);
    const claim = this;
    this.#waits = new PendingWait({
      name: map.name,
      get open() {
        return claim.open;
      },
      take: () => {
        const woken = this.#woken;
        this.#woken = false;
        return woken;
      },
      arm: () => true,
      schedule: (callback, ms) => map.clock.schedule(callback, ms),
      changed: (pending, referenced) => this.#stayAlive(pending && referenced),
    });
  }

  /** What is in slot `index`, if there is something. */
  slot(index: number): EmulatedPerfRing | undefined {
    return this.#slots.get(index);
  }

  /** CPU `cpu` came online: an event of a CPU that was offline is dead, and its slot gets another. */
  cameOnline(cpu: number): void {
    this.onRing?.(this.#make(cpu));
  }

  /** Emulated memory goes with who has it. */
  retire(): void {}

  now(): number {
    return this.#clock.now();
  }

  wait(options: WaitOptions): Promise<Wake> {
    return this.#waits.wait(options);
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
    this.open = false;
    this.onClose?.();
    this.open = true;
    this.release();
  }

  #stayAlive(on: boolean): void {
    if (on) this.#keepAlive ??= setInterval(() => {}, 0x7fffffff);
    else {
      clearInterval(this.#keepAlive);
      this.#keepAlive = undefined;
    }
  }
}
