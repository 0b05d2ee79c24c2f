import { decoder } from "../checked-codec.ts";
import { checkMap, checkWaits } from "../checked-map.ts";
import { integer, real, shown } from "../checked-number.ts";
import { choice } from "../checked-object.ts";
import type { RecordCodec } from "../codec.ts";
import { invalid } from "../errors.ts";
import { claimPerfRings, type PerfClaim, type PerfEventArrayMap, type PerfRingOptions } from "../perf-backend.ts";
import { RecordSource, type SourceOptions } from "../record-source.ts";
import { SampleDecoder } from "../sample-decoder.ts";
import { ByMember } from "./by-member.ts";
import { InTurn } from "./in-turn.ts";
import { memberKey } from "./member-key.ts";
import type { PerfOrder } from "./perf-order.ts";
import { PerfRun } from "./perf-run.ts";
import type { PerfReaderStats } from "./perf-stats.ts";

/** How the rings of a perf event array are made, and in which order they are read. */
export interface PerfOptions {
  /** Pages of data per CPU, a power of two; 8 unless told. */
  readonly pagesPerCpu?: number | undefined;
  /** Samples of one CPU after which the reader is woken; 1 unless told. */
  readonly wakeupEvents?: number | undefined;
  /** Bytes waiting on one CPU at which the reader is woken, in place of `wakeupEvents`. */
  readonly watermarkBytes?: number | undefined;
  /**
   * New samples are written over the oldest ones that were not read, as a flight recorder does; false unless told, when what
   * finds no room is lost. Samples that are sent while a ring is looked at are lost.
   */
  readonly overwritable?: boolean | undefined;
  /**
   * Integer member of every record (a time, usually) by which those of all CPUs are put in order, least first; by its path
   * where it is in a struct (`"hdr.ts"`). Unless told, records come CPU by CPU.
   */
  readonly mergeBy?: string | undefined;
  /**
   * With `mergeBy`: how long a record may be held back for one that has yet to come from a CPU that has none now,
   * milliseconds; 0 unless told, when only records that are there are compared. What comes later all the same is handed out
   * when it comes, and counted as `late`.
   */
  readonly mergeWindowMs?: number | undefined;
}

/** A claimed perf event array. */
export class PerfSource<Out, View = unknown, Columns = unknown> extends RecordSource<
  Out,
  View,
  Columns,
  PerfReaderStats
> {
  readonly heldBytes: number = Number.POSITIVE_INFINITY;
  readonly syscall = "perf_buffer__consume";
  readonly #run: PerfRun;
  readonly #decoder: SampleDecoder;

  /** @throws RingBufError EBUSY if the map is claimed, EINVAL for an option or a map that it cannot be. */
  constructor(
    map: PerfEventArrayMap,
    codec: RecordCodec<Out, never, View, unknown, Columns>,
    options: SourceOptions & PerfOptions,
  ) {
    const rings = ringOptions(options);
    const samples = new SampleDecoder(decoder(codec), options.onDecodeError, options.oversized);
    const order = orderOf(codec, options);
    checkMap(map, "perf_event_array", codec, claimPerfRings);
    const claim = checkWaits<PerfClaim>(map[claimPerfRings](rings), map.name);
    const { layout, size } = codec;
    const run = new PerfRun({
      endian: map.endian,
      overwritable: rings.overwritable,
      judge: samples,
      fixed: layout.leaves.some((leaf) => leaf.count === 0) ? 0 : size,
      order: order(() => claim.now?.() ?? performance.now()),
      retire: (ring) => claim.retire(ring),
    });
    for (const ring of claim.rings) run.add(ring);
    claim.onRing = (ring) => run.add(ring);
    super(map, codec, claim, run, samples);
    this.#run = run;
    this.#decoder = samples;
  }

  get cpus(): readonly number[] {
    return this.#run.cpus.stats().map(({ cpu }) => cpu);
  }

  override get heldMs(): number {
    return this.#run.heldMs;
  }

  stats(): PerfReaderStats {
    const cpus = this.#run.cpus.stats();
    const { errored, oversized } = this.#decoder;
    const lost = cpus.reduce((sum, cpu) => sum + (cpu.lost ?? cpu.reportedLost), 0);
    return { delivered: this.#run.delivered, errored, oversized, lost, late: this.#run.late, cpus };
  }
}

function ringOptions(options: PerfOptions): PerfRingOptions {
  const { pagesPerCpu = 8, wakeupEvents = 1, watermarkBytes } = options;
  const overwritable = choice(options.overwritable, "overwritable") ?? false;
  integer(pagesPerCpu, "pagesPerCpu", 1, 2 ** 18);
  if (!Number.isInteger(Math.log2(pagesPerCpu))) throw invalid(`pagesPerCpu is ${pagesPerCpu}, not a power of two`);
  integer(wakeupEvents, "wakeupEvents", 1, 2 ** 32 - 1);
  if (watermarkBytes !== undefined) integer(watermarkBytes, "watermarkBytes", 1, 2 ** 32 - 1);
  return { pagesPerCpu, wakeupEvents, watermarkBytes, overwritable };
}

type MakeOrder = (now: () => number) => PerfOrder;

function orderOf(codec: Pick<RecordCodec<unknown, never>, "layout">, options: PerfOptions): MakeOrder {
  const { mergeBy, mergeWindowMs } = options;
  if (mergeWindowMs !== undefined) real(mergeWindowMs, "mergeWindowMs", 0, 2 ** 31 - 1);
  if (mergeBy === undefined) {
    if (mergeWindowMs !== undefined) throw invalid("mergeWindowMs is for records that are put in order: say mergeBy");
    return () => new InTurn();
  }
  if (typeof mergeBy !== "string") throw invalid(`mergeBy is ${shown(mergeBy)}: the name of a member is taken`);
  const key = memberKey(codec.layout, mergeBy);
  return (now) => new ByMember(key, mergeWindowMs ?? 0, now);
}
