import type { Lease } from "../ring/lease.ts";
import type { PerfOrder } from "./perf-order.ts";
import type { PerfSamples } from "./perf-samples.ts";

/** CPU by CPU: all that was seen of one, then the next one's; a drain goes on where the last one ended. */
export class InTurn implements PerfOrder {
  readonly heldMs: number = Number.POSITIVE_INFINITY;
  readonly late = 0;
  readonly #cpus: PerfSamples[] = [];
  #at = 0;

  add(cpu: PerfSamples): void {
    this.#cpus.push(cpu);
  }

  remove(cpu: PerfSamples): void {
    this.#cpus.splice(this.#cpus.indexOf(cpu), 1);
    this.#at = 0;
  }

  look(): boolean {
    let grown = false;
    for (const cpu of this.#cpus) if (cpu.look()) grown = true;
    return grown;
  }

  take(lease: Lease): PerfSamples | undefined {
    for (let turn = this.#cpus.length; turn > 0; turn -= 1) {
      const cpu = this.#cpus[this.#at] as PerfSamples;
      if (cpu.find(lease)) {
        cpu.pass(lease.stride, 1);
        return cpu;
      }
      this.#at = (this.#at + 1) % this.#cpus.length;
    }
    return undefined;
  }

  back(): void {}
}
