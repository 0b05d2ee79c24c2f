import type { ChunkHeader, Dropped } from "../chunk/index.ts";
import { endOf, totalOf } from "../chunk/index.ts";
import { RelayError } from "../relay-error.ts";
import { laneOf, type NumberingState } from "./sequencer.ts";

/** Of one ring of a host, since its numbering began: `next = before + delivered + skipped + errored + missing + all of dropped`. */
export interface HostStats {
  /** The host. */
  readonly host: string;
  /** Its run since it was started, as the kernel calls it. */
  readonly boot: string;
  /** The run of its relay. */
  readonly instance: bigint;
  /** Number of the next record. */
  readonly next: bigint;
  /** Records before the first one that was read. */
  readonly before: bigint;
  /** Records that were handed out. */
  readonly delivered: bigint;
  /** Of another layout, by `onDrift: "skip"`. */
  readonly skipped: bigint;
  /** Samples that did not decode. */
  readonly errored: bigint;
  /** Records that were lost on the way, by reason. */
  readonly dropped: Dropped;
  /** Records that no chunk had and no relay gave up. */
  readonly missing: bigint;
  /** Ring bytes lost with relays' memory, whose records nobody counted. */
  readonly lostBytes: bigint;
  /** Chunks that came again, and were not handed out again. */
  readonly duplicates: number;
}

/** Of numberings of a host that are over, together: those of earlier boots, whose chunks are out of reach. */
export interface PastStats extends Omit<HostStats, "boot" | "instance" | "next"> {
  readonly numberings: number;
}

interface Counts {
  delivered: bigint;
  skipped: bigint;
  errored: bigint;
}

/** What became of each record that a reader passed, by host and numbering. */
export class ReaderAccount {
  readonly #counts: Map<string, Counts> = new Map();
  readonly #past: Map<string, PastStats> = new Map();

  /** @param states where an earlier reader was, which had handed out all that is not told of otherwise */
  constructor(states: Iterable<NumberingState>) {
    for (const state of states) {
      const delivered = state.next - state.before - state.missing - totalOf(state.dropped);
      this.#counts.set(laneOf(state), { delivered, skipped: 0n, errored: 0n });
    }
  }

  /** The counts of a chunk's numbering, to be counted up. */
  countsOf(header: ChunkHeader): Counts {
    const key = laneOf(header);
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      counts = { delivered: 0n, skipped: 0n, errored: 0n };
      this.#counts.set(key, counts);
    }
    return counts;
  }

  /** What became of a numbering's records before record `next`. */
  of(state: NumberingState, next: bigint): HostStats {
    const { host, boot, instance, before, dropped, missing, lostBytes, duplicates } = state;
    const counts = this.#counts.get(laneOf(state)) ?? { delivered: 0n, skipped: 0n, errored: 0n };
    return { host, boot, instance, next, before, ...counts, dropped, missing, lostBytes, duplicates };
  }

  /** Of a numbering that is over, keeps the sums alone. */
  fold(state: NumberingState, last: bigint): void {
    const { boot, instance, next, ...ended } = this.of(state, last);
    this.#counts.delete(laneOf(state));
    const past = this.#past.get(ended.host);
    this.#past.set(ended.host, past === undefined ? { ...ended, numberings: 1 } : together(past, ended));
  }

  /** The sums of numberings that are over, by host. */
  get past(): readonly PastStats[] {
    return [...this.#past.values()];
  }

  /**
   * At the end of every chunk: whether each number up to there is accounted for.
   * @throws RelayError ERR_RELAY_MISSING
   */
  check(header: ChunkHeader, { before, missing }: NumberingState): void {
    const { delivered, skipped, errored } = this.countsOf(header);
    const told = before + delivered + skipped + errored + missing + totalOf(header.dropped);
    const end = endOf(header);
    if (told === end) return;
    throw new RelayError(
      "ERR_RELAY_MISSING",
      `the account of ${header.host} does not add up: ${told} records told of, ${end} numbered`,
    );
  }
}

function together(past: PastStats, { host, dropped, duplicates, ...ended }: Omit<PastStats, "numberings">): PastStats {
  return {
    host,
    numberings: past.numberings + 1,
    before: past.before + ended.before,
    delivered: past.delivered + ended.delivered,
    skipped: past.skipped + ended.skipped,
    errored: past.errored + ended.errored,
    missing: past.missing + ended.missing,
    lostBytes: past.lostBytes + ended.lostBytes,
    dropped: {
      kernel: past.dropped.kernel + dropped.kernel,
      spool: past.dropped.spool + dropped.spool,
      restart: past.dropped.restart + dropped.restart,
      size: past.dropped.size + dropped.size,
    },
    duplicates: past.duplicates + duplicates,
  };
}
