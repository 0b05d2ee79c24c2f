import type { PerfSamples } from "./perf-samples.ts";
import type { PerfCpuStats } from "./perf-stats.ts";

/**
 * The rings of a claim. A CPU that went offline and came back has a ring more: the one before is read to its end and given
 * back, and what became of its samples counts on.
 */
export class PerfCpus {
  readonly #samples: PerfSamples[] = [];
  /** Rings that are not written any more. */
  readonly #ended = new Set<PerfSamples>();
  /** By CPU, what rings that were given back have counted. */
  readonly #before = new Map<number, PerfCpuStats>();
  #passedBefore = 0;

  /** Those that are read, which `add` and `retire` change. */
  get samples(): readonly PerfSamples[] {
    return this.#samples;
  }

  /** Bytes passed, of all rings. */
  get position(): number {
    return this.#samples.reduce((sum, { position }) => sum + position, this.#passedBefore);
  }

  /** Bytes that wait, of all rings, as of the last look. */
  get available(): number {
    return this.#samples.reduce((sum, { available }) => sum + available, 0);
  }

  /** A ring, and the last one that is written for its CPU. */
  add(samples: PerfSamples): void {
    for (const old of this.#samples) if (old.ring.cpu === samples.ring.cpu) this.#ended.add(old);
    this.#samples.push(samples);
  }

  /** Takes out those that are neither written any more nor have anything to read. */
  retire(): readonly PerfSamples[] {
    const retired = [...this.#ended].filter(({ available }) => available === 0);
    for (const samples of retired) {
      this.#ended.delete(samples);
      this.#samples.splice(this.#samples.indexOf(samples), 1);
      this.#passedBefore += samples.position;
      const { cpu } = samples.ring;
      const before = this.#before.get(cpu);
      this.#before.set(cpu, before === undefined ? statsOf(samples) : sumOf(before, statsOf(samples)));
    }
    return retired;
  }

  /** One for each CPU, in their order. */
  stats(): readonly PerfCpuStats[] {
    const byCpu = new Map(this.#before);
    for (const samples of this.#samples) {
      const { cpu } = samples.ring;
      const before = byCpu.get(cpu);
      byCpu.set(cpu, before === undefined ? statsOf(samples) : sumOf(before, statsOf(samples)));
    }
    return [...byCpu.values()].sort((one, other) => one.cpu - other.cpu);
  }
}

function statsOf({ ring, samples, reportedLost, overwrittenBytes, available }: PerfSamples): PerfCpuStats {
  return {
    cpu: ring.cpu,
    samples,
    lost: ring.lost(),
    reportedLost,
    overwrittenBytes,
    remainingBytes: available,
    size: ring.size,
  };
}

function sumOf(one: PerfCpuStats, other: PerfCpuStats): PerfCpuStats {
  return {
    cpu: one.cpu,
    samples: one.samples + other.samples,
    lost: one.lost === undefined || other.lost === undefined ? undefined : one.lost + other.lost,
    reportedLost: one.reportedLost + other.reportedLost,
    overwrittenBytes: one.overwrittenBytes + other.overwrittenBytes,
    remainingBytes: one.remainingBytes + other.remainingBytes,
    size: other.size,
  };
}
