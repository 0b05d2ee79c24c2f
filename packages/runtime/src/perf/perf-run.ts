import type { CorruptRingError } from "../errors.ts";
import type { PerfRing } from "../perf-backend.ts";
import type { SampleJudge } from "../ring/consumer.ts";
import { Lease, type TakenLease } from "../ring/lease.ts";
import type { SampleRun } from "../sample-run.ts";
import { PerfConsumer } from "./perf-consumer.ts";
import { PerfCpus } from "./perf-cpus.ts";
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
  readonly order: PerfOrder;
  /** Takes back a ring that is not written any more, and is read to its end. */
  readonly retire: (ring: PerfRing) => void;
}

/** The samples of all CPUs, one after another. Each CPU's room is given back as its samples are passed. */
export class PerfRun implements SampleRun {
  readonly #cpus = new PerfCpus();
  readonly #samplesOf: (ring: PerfRing) => PerfSamples;
  readonly #retire: (ring: PerfRing) => void;
  readonly #order: PerfOrder;
  readonly #judge: SampleJudge;
  readonly #least: number;
  readonly #most: number;
  #stopAt = Number.POSITIVE_INFINITY;
  /** Whose sample was handed out last. */
  #cpu: PerfSamples | undefined;
  /** The lease that was moved last, and its offset when all was counted: every stride of it is a sample more. */
  #lease = new Lease(null);
  #from = 0;
  #passed = 0;
  failure: CorruptRingError | undefined;

  constructor({ endian, overwritable, judge, fixed, order, retire }: PerfRunOptions) {
    const corrupt = (error: CorruptRingError): never => {
      this.failure = error;
      throw error;
    };
    const Samples = overwritable ? PerfSnapshot : PerfConsumer;
    this.#samplesOf = (ring) => new Samples(ring, { endian, fixed, corrupt });
    this.#retire = retire;
    this.#judge = judge;
    this.#least = judge.least;
    this.#most = judge.most;
    this.#order = order;
  }

  /** A CPU has a ring, in place of the one that it had before. */
  add(ring: PerfRing): void {
    this.#pauseLease();
    const samples = this.#samplesOf(ring);
    this.#cpus.add(samples);
    this.#order.add(samples);
  }

  get cpus(): PerfCpus {
    this.#settle();
    return this.#cpus;
  }

  /** Samples handed out so far. */
  get delivered(): number {
    this.#settle();
    return this.#passed;
  }

  get position(): number {
    return this.cpus.position;
  }

  get available(): number {
    return this.cpus.available;
  }

  get heldMs(): number {
    return this.#order.heldMs;
  }

  get late(): number {
    return this.#order.late;
  }

  lend(): Lease {
    return new Lease(null);
  }

  look(): boolean {
    this.#pauseLease();
    const grown = this.#order.look();
    for (const samples of this.#cpus.retire()) {
      if (this.#cpu === samples) this.#cpu = undefined;
      this.#order.remove(samples);
      this.#retire(samples.ring);
    }
    return grown;
  }

  begin(max: number = Number.POSITIVE_INFINITY): void {
    this.#pauseLease();
    this.#stopAt = this.#passed + max;
  }

  halt(): void {
    this.#pauseLease();
    this.#stopAt = -1;
  }

  next(lease: Lease): lease is TakenLease {
    return lease.moveTo(lease.offset + lease.stride) || this.#step(lease);
  }

  /** What `next` does where more than a header is to be looked at: whose turn it is, and samples that are none of the record's. */
  #step(lease: Lease): lease is TakenLease {
    this.#pauseLease();
    while (this.#passed < this.#stopAt) {
      const cpu = this.#order.take(lease);
      if (cpu === undefined) return false;
      const { offset, byteLength } = lease;
      this.#cpu = cpu;
      this.#lease = lease;
      this.#from = offset;
      if (byteLength < this.#least || byteLength > this.#most) {
        lease.last = 0;
        if (!this.#judge.odd(lease)) continue;
      }
      this.#passed += 1;
      lease.last = Math.min(lease.last, offset + (this.#stopAt - this.#passed) * lease.stride);
      return true;
    }
    return false;
  }

  /** Counts the samples that the lease was moved over since it was led to one. */
  #settle(): void {
    const lease = this.#lease;
    const bytes = lease.offset - this.#from;
    if (bytes === 0) return;
    this.#from += bytes;
    this.#passed += bytes / lease.stride;
    this.#cpu?.pass(bytes, bytes / lease.stride);
  }

  /** The same, and before it moves on there is something to ask. */
  #pauseLease(): void {
    this.#settle();
    this.#lease.last = 0;
  }

  failed(error: unknown, lease: Lease): void {
    this.#passed -= 1;
    this.#judge.failed(error, lease);
  }

  back(_byteLength: number, failed = false): void {
    this.#pauseLease();
    const cpu = this.#cpu;
    if (cpu !== undefined) {
      cpu.pass(-this.#lease.stride, -1);
      this.#order.back(cpu);
    }
    if (!failed) this.#passed -= 1;
  }

  commit(): boolean {
    this.#pauseLease();
    let moved = false;
    for (const cpu of this.#cpus.samples) if (cpu.commit()) moved = true;
    return moved;
  }
}
