import type { CorruptRingError } from "../errors.ts";
import type { PerfRing } from "../perf-backend.ts";
import type { SampleJudge } from "../ring/consumer.ts";
import type { Lease, TakenLease } from "../ring/lease.ts";
import type { SampleRun } from "../sample-run.ts";
import { PerfConsumer } from "./perf-consumer.ts";
import type { PerfOrder } from "./perf-order.ts";
import type { PerfSamples } from "./perf-samples.ts";
import { PerfSnapshot } from "./perf-snapshot.ts";

/** How the rings of a claim are gone over. */
export interface PerfRunOptions {
  readonly endian: "little" | "big";
  readonly overwritable: boolean;
  readonly judge: SampleJudge;
  /** Bytes of a record whose samples have perf's padding behind it; 0 where the padding cannot be told. */
  readonly fixed: number;
  readonly order: (cpus: readonly PerfSamples[]) => PerfOrder;
}

/** The samples of all CPUs, one after another. Each CPU's room is given back as its samples are passed. */
export class PerfRun implements SampleRun {
  readonly cpus: readonly PerfSamples[];
  readonly #order: PerfOrder;
  readonly #judge: SampleJudge;
  readonly #fixed: number;
  #stopAt = Number.POSITIVE_INFINITY;
  /** Whose sample was handed out last. */
  #last: PerfSamples | undefined;
  delivered = 0;
  failure: CorruptRingError | undefined;

  constructor(rings: readonly PerfRing[], { endian, overwritable, judge, fixed, order }: PerfRunOptions) {
    const corrupt = (error: CorruptRingError): never => {
      this.failure = error;
      throw error;
    };
    const Samples = overwritable ? PerfSnapshot : PerfConsumer;
    this.cpus = rings.map((ring) => new Samples(ring, endian, corrupt));
    this.#judge = judge;
    this.#fixed = fixed;
    this.#order = order(this.cpus);
  }

  get position(): number {
    return this.cpus.reduce((sum, { position }) => sum + position, 0);
  }

  get available(): number {
    return this.cpus.reduce((sum, { available }) => sum + available, 0);
  }

  get heldMs(): number {
    return this.#order.heldMs;
  }

  get late(): number {
    return this.#order.late;
  }

  lend(): Lease {
    return { view: null, offset: 0, byteLength: 0 };
  }

  look(): boolean {
    return this.#order.look();
  }

  begin(max: number = Number.POSITIVE_INFINITY): void {
    this.#stopAt = this.delivered + max;
  }

  halt(): void {
    this.#stopAt = -1;
  }

  next(lease: Lease): lease is TakenLease {
    const { least, most } = this.#judge;
    while (this.delivered < this.#stopAt) {
      const cpu = this.#order.pick();
      if (cpu === undefined) return false;
      cpu.take(lease);
      this.#order.took();
      this.#last = cpu;
      this.#trim(lease);
      const { byteLength } = lease;
      if ((byteLength < least || byteLength > most) && !this.#judge.odd(lease)) continue;
      this.delivered += 1;
      return true;
    }
    return false;
  }

  failed(error: unknown, lease: Lease): void {
    this.delivered -= 1;
    this.#judge.failed(error, lease);
  }

  back(_byteLength: number, failed = false): void {
    this.#last?.back();
    this.#order.back();
    if (!failed) this.delivered -= 1;
  }

  commit(): boolean {
    let moved = false;
    for (const cpu of this.cpus) if (cpu.commit()) moved = true;
    return moved;
  }

  /** Leaves perf's padding, which is no part of a record of fixed length, out of the sample. */
  #trim(lease: Lease): void {
    const beyond = lease.byteLength - this.#fixed;
    if (this.#fixed > 0 && beyond > 0 && beyond < 8) lease.byteLength = this.#fixed;
  }
}
