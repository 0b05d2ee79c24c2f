import type { RingBufMap } from "./backend.ts";
import { Change } from "./change.ts";
import { count, real, shown } from "./checked-number.ts";
import { callable, object } from "./checked-object.ts";
import type { RecordCodec } from "./codec.ts";
import { invalid, RingBufError } from "./errors.ts";
import { Iteration, type IterationOptions, worked } from "./iteration.ts";
import { type PerfOptions, PerfSource } from "./perf/perf-source.ts";
import type { PerfReaderStats } from "./perf/perf-stats.ts";
import type { PerfEventArrayMap } from "./perf-backend.ts";
import type { RecordMap, RecordSource, SourceOptions } from "./record-source.ts";
import { RingSource } from "./ring-source.ts";
import { skipped } from "./sample-decoder.ts";
import type { ReaderStats } from "./stats.ts";

/** How a group takes turns. */
export interface RingBufGroupOptions extends SourceOptions {
  /**
   * Member of every record (a time, usually) that decides who is next: of the records that are there, the one with the
   * least. A ring that is empty at that moment is not waited for. Of a perf event array it is the order of the CPUs, too.
   */
  readonly mergeBy?: string | undefined;
  /** Most records of one ring before the next one's turn; 256 unless told. */
  readonly fairness?: number | undefined;
  /** A look at the rings without a wake-up, milliseconds; 100 unless told, `Infinity` never. */
  readonly safetyPollMs?: number | undefined;
}

/** A record and the map that it came from. */
export interface GroupRecord<Out = unknown, Maps extends RecordMap = RingBufMap> {
  /** Where it came from. */
  readonly map: Maps;
  /** What its codec decoded. */
  readonly record: Out;
}

/** Statistics of what a map's records became. */
export type StatsOf<Maps extends RecordMap> = Maps extends PerfEventArrayMap ? PerfReaderStats : ReaderStats;

/** How the rings of a perf event array of a group are made. */
export type GroupPerfOptions = Omit<PerfOptions, "mergeBy" | "mergeWindowMs">;

interface Member {
  readonly source: RecordSource<unknown>;
  readonly handler: ((record: unknown) => void) | undefined;
  /** A record that was taken out of the ring to be compared, and not handed out yet. */
  head: { readonly record: unknown } | undefined;
}

/**
 * Many rings, one wait; `Out` is what their records have in common, `Maps` what maps they come from: `RingBufMap | PerfEventArrayMap`
 * takes both kinds. Rings come and go while it is iterated; a map that closes leaves by itself.
 */
export class RingBufGroup<Out = unknown, Maps extends RecordMap = RingBufMap>
  implements AsyncIterable<GroupRecord<Out, Maps>>
{
  readonly #mergeBy: string | undefined;
  readonly #fairness: number;
  readonly #safetyPollMs: number;
  readonly #options: SourceOptions;
  readonly #members: Member[] = [];
  #turn = 0;
  #budget: number;
  #busy = false;
  #open = true;
  readonly #change = new Change();

  /** @throws RingBufError EINVAL for a fairness below 1 or a safety poll that is not positive. */
  constructor(options: RingBufGroupOptions = {}) {
    const { mergeBy, fairness = 256, safetyPollMs = 100, onDecodeError, oversized } = object(options, "options");
    if (mergeBy !== undefined && typeof mergeBy !== "string") {
      throw invalid(`mergeBy is ${shown(mergeBy)}: the name of a member is taken`);
    }
    count(fairness, "fairness", 1);
    real(safetyPollMs, "safetyPollMs", Number.MIN_VALUE);
    this.#mergeBy = mergeBy;
    this.#fairness = fairness;
    this.#budget = fairness;
    this.#safetyPollMs = safetyPollMs;
    this.#options = { onDecodeError, oversized };
  }

  /**
   * Takes a ring in, as its reader. Its records go to `handler` if there is one, and to the iteration if there is none.
   * @param options of the rings of a perf event array
   * @throws RingBufError EEXIST if the map is in the group, EBUSY if it has another reader, EINVAL if the codec's byte order is not the map's.
   */
  add<Own extends Out>(
    map: Maps,
    codec: RecordCodec<Own, never, unknown>,
    handler?: (record: Own) => void,
    options: GroupPerfOptions = {},
  ): void {
    this.#check();
    if (handler !== undefined) callable(handler, "the handler");
    object(map, "the map");
    if (this.#members.some(({ source }) => source.map === map)) {
      throw new RingBufError(`${map.name} is in the group`, { code: "EEXIST", syscall: "ring_buffer__add" });
    }
    const source =
      map.type === "perf_event_array"
        ? new PerfSource(map, codec, { ...object(options, "options"), ...this.#options, mergeBy: this.#mergeBy })
        : new RingSource(map, codec, this.#options);
    const member: Member = { source, handler: handler as ((record: unknown) => void) | undefined, head: undefined };
    source.claim.onClose = () => this.#leave(member);
    this.#members.push(member);
    this.#change.notify();
  }

  /** Lets a ring go; false if it was not in the group. What was not handed out stays in the ring. */
  remove(map: RecordMap): boolean {
    const member = this.#members.find(({ source }) => source.map === map);
    if (member === undefined) return false;
    this.#leave(member);
    member.source.claim.release();
    return true;
  }

  /** What became of each ring, by map. */
  stats(): Map<Maps, StatsOf<Maps>> {
    return new Map(this.#members.map(({ source }) => [source.map as Maps, source.stats() as StatsOf<Maps>]));
  }

  /** Records of the rings without handlers, for ever; handlers are called in their turn meanwhile. */
  [Symbol.asyncIterator](): AsyncIterableIterator<GroupRecord<Out, Maps>> {
    return this.iterate();
  }

  /** The same with a signal, whose reason it rejects with. */
  iterate(options: IterationOptions = {}): AsyncIterableIterator<GroupRecord<Out, Maps>> {
    return new Iteration({
      signal: object(options, "options").signal,
      sleep: (signal) => {
        const claims = this.#members.map(({ source }) => source.claim);
        return this.#change.wait(claims, this.#safetyPollMs, signal);
      },
      begin: () => {
        if (this.#busy) throw new RingBufError("the group is being read", { code: "EBUSY" });
        this.#busy = true;
      },
      end: () => {
        this.#busy = false;
        for (const member of this.#members) putBack(member);
      },
      take: () => this.#take(),
      ended: () => !this.#open,
    });
  }

  /** Lets every ring go, and ends the iteration. */
  close(): void {
    this.#open = false;
    for (const { source } of this.#members.slice()) this.remove(source.map);
    this.#change.notify();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #take(): GroupRecord<Out, Maps> | typeof skipped | typeof worked {
    const member = this.#mergeBy === undefined ? this.#next() : this.#least(this.#mergeBy);
    if (member?.head === undefined) return skipped;
    const { source, handler, head } = member;
    member.head = undefined;
    source.run.commit();
    if (handler === undefined) return { map: source.map as Maps, record: head.record as Out };
    handler(head.record);
    return worked;
  }

  /** The ring whose turn it is, of those that have something. */
  #next(): Member | undefined {
    for (let looked = 0; looked <= this.#members.length; looked += 1) {
      const member = this.#members[this.#turn % this.#members.length];
      if (member === undefined) return undefined;
      if (this.#budget > 0 && peek(member)) {
        this.#budget -= 1;
        return member;
      }
      this.#turn = (this.#turn + 1) % this.#members.length;
      this.#budget = this.#fairness;
    }
    return undefined;
  }

  #least(mergeBy: string): Member | undefined {
    let least: Member | undefined;
    let key: number | bigint = 0;
    // a copy: a decode error's handler may take a ring out
    for (const member of this.#members.slice()) {
      if (!peek(member)) continue;
      const candidate = (member.head?.record as Record<string, number | bigint> | undefined)?.[mergeBy];
      if (typeof candidate !== "number" && typeof candidate !== "bigint") {
        throw invalid(`records of ${member.source.map.name} have no number ${mergeBy}`);
      }
      if (least === undefined || candidate < key) {
        least = member;
        key = candidate;
      }
    }
    return least;
  }

  #leave(member: Member): void {
    const index = this.#members.indexOf(member);
    if (index < 0) return;
    putBack(member);
    this.#members.splice(index, 1);
    this.#turn = 0;
    this.#budget = this.#fairness;
    this.#change.notify();
  }

  #check(): void {
    if (!this.#open) throw new RingBufError("the group is closed", { code: "ERR_RINGBUF_CLOSED" });
  }
}

/** Whether the ring has a record, which is then its head. */
function peek(member: Member): boolean {
  const { source } = member;
  while (member.head === undefined) {
    if (!source.claim.open || !source.advance()) return false;
    const record = source.decode();
    if (record !== skipped) member.head = { record };
  }
  return true;
}

/** The head was not handed out: it is the first of the ring again. */
function putBack(member: Member): void {
  if (member.head === undefined) return;
  member.head = undefined;
  member.source.putBack();
  member.source.run.commit();
}
