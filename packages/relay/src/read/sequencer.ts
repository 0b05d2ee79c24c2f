import { type Chunk, ChunkError, type ChunkHeader, type Dropped, endOf, totalOf } from "../chunk/index.ts";

/** Where the reading of one numbering is: what the next chunk has to follow. */
export interface NumberingState {
  readonly host: string;
  readonly ring: string;
  readonly boot: string;
  readonly instance: bigint;
  /** Number of the next record. */
  next: bigint;
  dropped: Dropped;
  lostBytes: bigint;
  /** Records before the first one that was asked for. */
  before: bigint;
  /** Records that no chunk had and nobody dropped. */
  missing: bigint;
  /** Chunks that came again. */
  duplicates: number;
}

/** A chunk in its turn. */
export interface Delivery<Tag> {
  readonly chunk: Chunk;
  readonly tag: Tag;
  /** Samples at its start that were handed out before. */
  readonly skip: number;
  /** Records between it and the one before that no relay dropped. */
  readonly missing: bigint;
  readonly state: NumberingState;
}

interface Held<Tag> {
  readonly chunk: Chunk;
  readonly tag: Tag;
}

interface Lane<Tag> {
  readonly state: NumberingState;
  /** Chunks that were not given out yet, by their first number. */
  readonly held: Held<Tag>[];
  /** Everything before this number is in the stream by now, or never will be. */
  settled: bigint;
}

/** A record to begin at. */
export interface Seek extends Pick<ChunkHeader, "host" | "ring" | "boot" | "instance"> {
  readonly record: bigint;
}

/** Identifies a numbering among all hosts. */
export function laneOf({
  host,
  ring,
  boot,
  instance,
}: Pick<ChunkHeader, "host" | "ring" | "boot" | "instance">): string {
  return `${boot}/${instance}/${ring}/${host}`;
}

/**
 * Puts chunks into the order of their numbers, each once, and accounts for every number.
 *
 * A relay sends several chunks at a time, and one that failed goes out again behind its successors. Each tells up to
 * where all before was settled when it was sent: as long as that is less than its first number, what is missing may
 * still come, and it waits; from then on it never will. No more waits than a relay sends at a time.
 */
export class Sequencer<Tag> {
  readonly #lanes: Map<string, Lane<Tag>> = new Map();
  readonly #fromStart: boolean;
  #seek: Seek | undefined;
  /** The lane that the last chunk was of: no other can have a turn. */
  #latest: Lane<Tag> | undefined;

  /** @param fromStart whether the stream is read from its start, so that first chunks are waited for. */
  constructor(fromStart: boolean, states: Iterable<NumberingState> = [], seek?: Seek) {
    this.#fromStart = fromStart;
    this.#seek = seek;
    for (const state of states) this.#lanes.set(laneOf(state), { state, held: [], settled: 0n });
  }

  /** States of all numberings, as far as chunks were given out. */
  *states(): Generator<NumberingState, undefined> {
    for (const { state } of this.#lanes.values()) yield state;
  }

  /** Tags of the chunks that were not given out yet. */
  *waiting(): Generator<Tag, undefined> {
    for (const { held } of this.#lanes.values()) for (const { tag } of held) yield tag;
  }

  /** Takes the next chunk of the stream. */
  accept(chunk: Chunk, tag: Tag): void {
    const { header } = chunk;
    if (this.#seek !== undefined && !this.#found(this.#seek, header)) return;
    const lane = this.#lane(header);
    const { state, held } = lane;
    this.#latest = lane;
    if (header.acked > lane.settled) lane.settled = header.acked;
    if (isOld(header, state) || held.some((other) => isSame(other.chunk.header, header))) {
      state.duplicates += 1;
      return;
    }
    const place = held.findIndex((other) => comesBefore(header, other.chunk.header));
    held.splice(place < 0 ? held.length : place, 0, { chunk, tag });
  }

  /** Gives out the next chunk whose turn it is. @throws ChunkError for numbers that do not add up with those before; it is passed over. */
  next(): Delivery<Tag> | undefined {
    if (this.#latest === undefined) return undefined;
    const { state, held, settled } = this.#latest;
    for (let first = held[0]; first !== undefined; first = held[0]) {
      const { header } = first.chunk;
      if (isOld(header, state)) {
        state.duplicates += 1;
        held.shift();
        continue;
      }
      let missing: bigint;
      try {
        missing = missingBefore(header, state);
      } catch (error) {
        held.shift();
        throw error;
      }
      if (missing > 0n && header.first > settled) break;
      held.shift();
      return advance(state, first, missing);
    }
    return undefined;
  }

  #lane(header: ChunkHeader): Lane<Tag> {
    const key = laneOf(header);
    let lane = this.#lanes.get(key);
    if (lane !== undefined) return lane;
    // nothing of this numbering was settled when it was sent: all before it is to come
    const awaited = this.#fromStart && header.acked === 0n;
    lane = {
      state: awaited ? stateBefore(header, 0n, none, 0n) : stateAt(header, header.first),
      held: [],
      settled: header.acked,
    };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Whether reading begins with this chunk, which has the record or is the first behind it. */
  #found(seek: Seek, header: ChunkHeader): boolean {
    if (laneOf(seek) !== laneOf(header) || endOf(header) <= seek.record) return false;
    const within = header.first <= seek.record;
    const state = stateAt(header, within ? seek.record : header.first);
    this.#lanes.set(laneOf(header), { state, held: [], settled: header.acked });
    this.#seek = undefined;
    return true;
  }
}

const none: Dropped = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };

/** The state of a reader that begins in a chunk. */
function stateAt(header: ChunkHeader, next: bigint): NumberingState {
  return stateBefore(header, next, header.dropped, header.lostBytes);
}

function stateBefore(
  { host, ring, boot, instance }: ChunkHeader,
  next: bigint,
  dropped: Dropped,
  lostBytes: bigint,
): NumberingState {
  const before = next - totalOf(dropped);
  return { host, ring, boot, instance, next, dropped, lostBytes, before, missing: 0n, duplicates: 0 };
}

function isSame(a: ChunkHeader, b: ChunkHeader): boolean {
  return a.first === b.first && a.count === b.count;
}

function comesBefore(a: ChunkHeader, b: ChunkHeader): boolean {
  return a.first < b.first || (a.first === b.first && a.count < b.count);
}

/** Whether all that a chunk tells was told. */
function isOld(header: ChunkHeader, { next, dropped, lostBytes }: NumberingState): boolean {
  if (endOf(header) > next) return false;
  if (header.count > 0) return true;
  return header.first < next || (totalOf(header.dropped) <= totalOf(dropped) && header.lostBytes <= lostBytes);
}

/** Records between what was given out and a chunk, less those that were dropped there. */
function missingBefore(header: ChunkHeader, { next, dropped }: NumberingState): bigint {
  if (header.first < next) {
    // a part of it was handed out before: it goes on within
    if (totalOf(header.dropped) <= totalOf(dropped)) return 0n;
  } else {
    const missing = header.first - next - (totalOf(header.dropped) - totalOf(dropped));
    if (missing >= 0n && regressed(header.dropped, dropped) === undefined) return missing;
  }
  const reason = regressed(header.dropped, dropped) ?? "numbers";
  throw new ChunkError(
    "first",
    32,
    `record ${header.first} of ${header.host} after ${next}: its ${reason} do not add up with the chunk before`,
  );
}

function regressed(now: Dropped, before: Dropped): string | undefined {
  for (const reason of ["kernel", "spool", "restart", "size"] as const) {
    if (now[reason] < before[reason]) return `records dropped by ${reason} (${now[reason]} after ${before[reason]})`;
  }
  return undefined;
}

function advance<Tag>(state: NumberingState, { chunk, tag }: Held<Tag>, missing: bigint): Delivery<Tag> {
  const { header } = chunk;
  const skip = state.next > header.first ? Number(state.next - header.first) : 0;
  state.missing += missing;
  state.next = endOf(header);
  if (skip === 0) {
    state.dropped = header.dropped;
    state.lostBytes = header.lostBytes;
  }
  return { chunk, tag, skip, missing, state };
}
