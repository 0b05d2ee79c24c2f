import type { RingBufMap } from "./backend.ts";
import { type Leased, type RecordCodec, type RecordLoops, takeLease } from "./codec.ts";
import type { PerfEventArrayMap } from "./perf-backend.ts";
import { loopsOf } from "./record-loops.ts";
import type { Lease } from "./ring/lease.ts";
import type { RingClaim } from "./ring-claim.ts";
import { type DecodeErrorPolicy, type SampleDecoder, skipped } from "./sample-decoder.ts";
import type { SampleRun } from "./sample-run.ts";

/** How samples become records. */
export interface SourceOptions {
  /** A sample that does not decode: "throw" (default; reading again goes on after it), "skip" (counted), or a function. */
  readonly onDecodeError?: DecodeErrorPolicy | undefined;
  /** A sample longer than its record: "count" (default; decoded, counted, warned about once) or "error" (a `DecodeError`). */
  readonly oversized?: "count" | "error" | undefined;
}

/** Maps that records come from. */
export type RecordMap = RingBufMap | PerfEventArrayMap;

/** A claimed map with the codec of what is in it: what readers and groups read from. */
export abstract class RecordSource<Out, View = unknown, Columns = unknown, Stats = unknown> {
  readonly map: RecordMap;
  readonly claim: Omit<RingClaim, "memory">;
  readonly run: SampleRun;
  readonly codec: RecordCodec<Out, never, View, unknown, Columns>;
  readonly loops: RecordLoops<Out, never, View>;
  /** Where the sample lies that the run was moved to, for copies to be made of it. */
  readonly lease: Lease;
  /** Bytes whose records were handed out that a drain may hold back from the producer: a store for each would cost more than a view of it. */
  abstract readonly heldBytes: number;
  /** What consumes such a map in libbpf. */
  abstract readonly syscall: string;
  readonly #samples: SampleDecoder;

  constructor(
    map: RecordMap,
    codec: RecordCodec<Out, never, View, unknown, Columns>,
    claim: Omit<RingClaim, "memory">,
    run: SampleRun,
    samples: SampleDecoder,
  ) {
    this.map = map;
    this.codec = codec;
    this.loops = loopsOf(codec);
    this.claim = claim;
    this.run = run;
    this.lease = run.lend();
    this.#samples = samples;
  }

  abstract stats(): Stats;

  /** Milliseconds after which there is more to hand out, though no wake-up will tell. */
  get heldMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Moves to the next sample, or makes sure that the wake-up for it cannot be missed. */
  advance(): boolean {
    const { run } = this;
    while (!run.next(this.lease)) {
      const moved = run.commit();
      const grown = run.look();
      if (!moved && !grown) return false;
    }
    return true;
  }

  /** Hands the samples from here on to `handler`, decoded, until there is none or it gives `false`. */
  consume(lease: Lease, handler: (record: Out) => unknown): void {
    const { run, loops } = this;
    while (run.next(lease)) if (!loops.consume(lease, handler, run)) return;
  }

  /** The same by `view`, which is moved over them. */
  consumeViews(lease: Lease, view: View, handler: (view: View) => unknown): void {
    const { run, loops } = this;
    (view as Leased)[takeLease](lease);
    while (run.next(lease)) if (!loops.consumeViews(lease, view, handler)) return;
  }

  /** A copy of the record that `advance` moved to, or `skipped` where it did not decode and the policy passed over it. */
  decode(): Out | typeof skipped {
    const { run, lease } = this;
    try {
      return this.codec.decode(lease.view as DataView, lease.offset, lease.byteLength);
    } catch (error) {
      run.failed(error, lease);
      return skipped;
    }
  }

  /** Takes `advance` back, so that its record comes again. */
  putBack(): void {
    this.run.back(this.lease.byteLength);
  }

  /** Takes the failure back that the last record ended in: it comes again, and fails again. */
  putFailureBack(): void {
    this.#samples.forget(this.lease.byteLength);
    this.run.back(this.lease.byteLength, true);
  }

  /** Whether `error` is what the last sample ended the drain with. */
  failedBy(error: unknown): boolean {
    return this.#samples.thrown === error;
  }
}
