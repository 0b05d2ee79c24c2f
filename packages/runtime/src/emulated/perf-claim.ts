import { Claim } from "../claim.ts";
import type { PerfClaim, PerfRing, PerfRingOptions } from "../perf-backend.ts";
import type { Clock } from "./clock.ts";
import { KeepAlive } from "./keep-alive.ts";
import { EmulatedPerfRing, type PerfEventArrayContext } from "./perf-ring.ts";

/** User space's hold on the rings of an emulated perf event array. */
export class EmulatedPerfClaim extends Claim implements PerfClaim {
  readonly rings: readonly EmulatedPerfRing[];
  onRing: ((ring: PerfRing) => void) | undefined;
  /** What the slots hold: the ring of each CPU that has been online meanwhile. */
  readonly #slots = new Map<number, EmulatedPerfRing>();
  readonly #make: (cpu: number) => EmulatedPerfRing;
  readonly #clock: Clock;
  readonly #keepAlive = new KeepAlive();

  constructor(map: PerfEventArrayContext, options: PerfRingOptions, online: ReadonlySet<number>, released: () => void) {
    super({ name: map.name, timer: map.clock, released });
    this.#clock = map.clock;
    this.#make = (cpu) => {
      const ring = new EmulatedPerfRing(cpu, map, options, () => this.woken());
      this.#slots.set(cpu, ring);
      return ring;
    };
    this.rings = [...online].sort((one, other) => one - other).map(this.#make);
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

  protected override waited(pending: boolean, referenced: boolean): void {
    this.#keepAlive.hold(pending && referenced);
  }

  /** Emulated memory goes with who has it. */
  protected override giveBack(): void {}
}
