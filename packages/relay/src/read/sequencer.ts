import { type Chunk, ChunkError, type ChunkHeader, type Dropped, endOf, totalOf } from "../chunk/index.ts";
import { sendWindow } from "../stream/send-window.ts";

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
  readonly header: ChunkHeader;
  readonly tag: Tag;
  /** Its samples; undefined while it waits. */
  chunk: Chunk | undefined;
  /** Reads it again from the form in which it came, which is what is kept of one that waits. */
  readonly again: () => Chunk;
}

interface Lane<Tag> {
  readonly state: NumberingState;
  /** Chunks that were not given out yet, by their first number. */
  readonly held: Held<Tag>[];
  /** Everything before this number is in the stream by now, or never will be. */
  settled: bigint;
  /** How many chunks of its host had come with its last one. */
  touched: number;
}

/** The numberings of a host, that of the latest chunk last. */
interface Host<Tag> {
  readonly lanes: Map<string, Lane<Tag>>;
  chunks: number;
}

/** Numberings of an earlier boot end with it: what is left of one comes within so many chunks, which may each be stored again. */
const reach = 4 * sendWindow;

/** Rings of one name that a host may have at a time: the numbering that no chunk came of for longest is forgotten beyond. */
const maxNumberings = 64;

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
 * still come, and it waits, in the form in which it came; from then on it never will, and neither where more waits than a
 * relay sends at a time. Numberings that are over are forgotten: a stream outlives any number of restarts.
 */
export class Sequencer<Tag> {
  readonly #hosts: Map<string, Host<Tag>> = new Map();
  readonly #fromStart: boolean;
  #seek: Seek | undefined;
  /** Lanes whose chunks wait no longer, though no chunk of theirs came, and that of the last chunk: no other can have a turn. */
  #ready: Lane<Tag>[] = [];
  #latest: Lane<Tag> | undefined;
  #forgotten: NumberingState[] = [];

  /** @param fromStart whether the stream is read from its start, so that first chunks are waited for. */
  constructor(fromStart: boolean, states: Iterable<NumberingState> = [], seek?: Seek) {
    this.#fromStart = fromStart;
    this.#seek = seek;
    for (const state of states) this.#hostOf(state.host).lanes.set(laneOf(state), laneAt(state, 0n));
  }

  /** States of all numberings that are not forgotten, as far as chunks were given out. */
  *states(): Generator<NumberingState, undefined> {
    for (const { lanes } of this.#hosts.values()) for (const { state } of lanes.values()) yield state;
  }

  /** States of the numberings that were forgotten since this was asked for last. */
  forgotten(): NumberingState[] {
    const states = this.#forgotten;
    if (states.length > 0) this.#forgotten = [];
    return states;
  }

  /** Tags of the chunks that were not given out yet. */
  *waiting(): Generator<Tag, undefined> {
    for (const { lanes } of this.#hosts.values())
      for (const { held } of lanes.values()) for (const { tag } of held) yield tag;
  }

  /**
   * Takes the next chunk of the stream, once all are given out whose turn it is.
   * @param again reads it once more, where it has to wait.
   */
  accept(chunk: Chunk, tag: Tag, again: () => Chunk): void {
    const { header } = chunk;
    if (this.#seek !== undefined && !this.#found(this.#seek, header)) return;
    const lane = this.#lane(header);
    const { state, held } = lane;
    this.#latest = lane;
    if (header.acked > lane.settled) lane.settled = header.acked;
    if (isOld(header, state) || held.some((other) => isSame(other.header, header))) {
      state.duplicates += 1;
      return;
    }
    const place = held.findIndex((other) => comesBefore(header, other.header));
    held.splice(place < 0 ? held.length : place, 0, { header, tag, chunk, again });
    const [first] = held;
    if (held.length > sendWindow && first !== undefined && first.header.first > lane.settled)
      lane.settled = first.header.first;
  }

  /**
   * Gives out the next chunk whose turn it is.
   * @throws ChunkError for numbers that do not add up with those before; it is passed over.
   */
  next(): Delivery<Tag> | undefined {
    for (let lane = this.#ready[0]; lane !== undefined; lane = this.#ready[0]) {
      const turn = turnOf(lane);
      if (turn !== undefined) return turn;
      this.#ready.shift();
      this.#forget(lane);
    }
    return this.#latest === undefined ? undefined : turnOf(this.#latest);
  }

  #hostOf(name: string): Host<Tag> {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = { lanes: new Map(), chunks: 0 };
      this.#hosts.set(name, host);
    }
    return host;
  }

  #lane(header: ChunkHeader): Lane<Tag> {
    const key = laneOf(header);
    const host = this.#hostOf(header.host);
    host.chunks += 1;
    let lane = host.lanes.get(key);
    if (lane === undefined) {
      // nothing of this numbering was settled when it was sent: all before it is to come
      const awaited = this.#fromStart && header.acked === 0n;
      lane = laneAt(awaited ? stateBefore(header, 0n, none, 0n) : stateAt(header, header.first), header.acked);
      host.lanes.set(key, lane);
    } else if (host.lanes.size > 1) {
      host.lanes.delete(key);
      host.lanes.set(key, lane);
    }
    lane.touched = host.chunks;
    if (host.lanes.size > 1) this.#endPast(host, lane);
    return lane;
  }

  /** Ends the numberings of a host that are over: what waits in one is given out, and its state is forgotten. */
  #endPast({ lanes, chunks }: Host<Tag>, latest: Lane<Tag>): void {
    let excess = lanes.size - maxNumberings;
    for (const lane of lanes.values()) {
      excess -= 1;
      const isOver = lane.state.boot !== latest.state.boot && chunks - lane.touched >= reach;
      if (lane === latest || !(isOver || excess >= 0)) continue;
      lane.settled = lastNumber;
      if (lane.held.length === 0) this.#forget(lane);
      else if (!this.#ready.includes(lane)) this.#ready.push(lane);
    }
  }

  #forget({ state }: Lane<Tag>): void {
    this.#hostOf(state.host).lanes.delete(laneOf(state));
    this.#forgotten.push(state);
  }

  /** Whether reading begins with this chunk, which has the record or is the first behind it. */
  #found(seek: Seek, header: ChunkHeader): boolean {
    if (laneOf(seek) !== laneOf(header) || endOf(header) <= seek.record) return false;
    const within = header.first <= seek.record;
    const state = stateAt(header, within ? seek.record : header.first);
    this.#hostOf(header.host).lanes.set(laneOf(header), laneAt(state, header.acked));
    this.#seek = undefined;
    return true;
  }
}

/** Above every number that a chunk may have. */
const lastNumber = 2n ** 64n;

function laneAt<Tag>(state: NumberingState, settled: bigint): Lane<Tag> {
  return { state, held: [], settled, touched: 0 };
}

/** The next chunk of a lane, if nothing has to come before it. */
function turnOf<Tag>({ state, held, settled }: Lane<Tag>): Delivery<Tag> | undefined {
  for (let first = held[0]; first !== undefined; first = held[0]) {
    const { header } = first;
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
  for (const waiting of held) waiting.chunk = undefined;
  return undefined;
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

function advance<Tag>(state: NumberingState, held: Held<Tag>, missing: bigint): Delivery<Tag> {
  const { header, tag, chunk = held.again() } = held;
  const skip = state.next > header.first ? Number(state.next - header.first) : 0;
  state.missing += missing;
  state.next = endOf(header);
  if (skip === 0) {
    state.dropped = header.dropped;
    state.lostBytes = header.lostBytes;
  }
  return { chunk, tag, skip, missing, state };
}
