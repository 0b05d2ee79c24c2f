import type { NatsConnection } from "@nats-io/transport-node";
import type { LayoutDescriptor } from "@rbgen/btf";
import { DecodeError, type RecordCodec } from "@rbgen/runtime";
import { samplePrefix } from "../chunk/format.ts";
import { ChunkError, sampleTimes } from "../chunk/index.ts";
import { RelayError, refuse } from "../relay-error.ts";
import { LayoutStore } from "../stream/layout-store.ts";
import { beginning, type ReadFrom } from "./beginning.ts";
import { checkpointOf, type RelayCheckpoint } from "./checkpoint.ts";
import { ChunkSource } from "./chunk-source.ts";
import { DriftCheck, type DriftPolicy } from "./drift.ts";
import { Durable } from "./durable.ts";
import { type HostStats, type PastStats, ReaderAccount } from "./reader-account.ts";
import type { Delivery, NumberingState, Sequencer } from "./sequencer.ts";

/** How a ring is read. */
export interface RelayReaderOptions<Out> {
  /** The client's connection, which stays its owner's. */
  readonly connection: NatsConnection;
  /** The ring's name, as its relays have it. */
  readonly ring: string;
  /** Decodes the records. */
  readonly codec: RecordCodec<Out, never>;
  /** The hosts whose records are read; all unless told. */
  readonly hosts?: "*" | readonly string[] | undefined;
  /** "new" unless told; of a durable reader that was there before, where it was. */
  readonly from?: ReadFrom | undefined;
  /** The server keeps under this name how far the reader has come: one that dies is followed by one that goes on there. */
  readonly durable?: string | undefined;
  /** "error" unless told. */
  readonly onDrift?: DriftPolicy | undefined;
  /** Samples that do not decode: "throw" (default; reading again goes on behind it) or "skip" (counted). */
  readonly onDecodeError?: "throw" | "skip" | undefined;
  /** Records that the stream lost or removed before they were read: "error" (default; reading again goes on) or "count". */
  readonly onMissing?: "error" | "count" | undefined;
  /** Servers that hold a copy of durable state and layouts: 1 unless told. */
  readonly replicas?: number | undefined;
}

/** A record of a host. */
export interface RelayRecord<Out> {
  /** The host that it comes from. */
  readonly host: string;
  /** What the codec decoded. */
  readonly record: Out;
  /** Nanoseconds since 1970: the record's own time where the relay was told its member, else when its chunk was begun; by the host's clock. */
  readonly time: bigint;
  /** The record's number in its ring, from 0; dropped ones have numbers too. */
  readonly number: bigint;
}

/** What became of a ring's records so far. */
export interface RelayReaderStats {
  /** The same by host. */
  readonly hosts: readonly HostStats[];
  /** What this reader has forgotten of `hosts` but for its sums. */
  readonly past: readonly PastStats[];
  /** Chunks that were read. */
  readonly chunks: number;
  /** Chunks that were none. */
  readonly refusedChunks: number;
  /** Messages in the stream behind the last one that was read, as far as the server knew. */
  readonly lag: number;
  /** Chunks that wait for one before them. */
  readonly waiting: number;
}

/** A chunk that is being handed out. */
interface Current {
  readonly delivery: Delivery<number>;
  index: number;
}

const checkpointMs = 1000;
const maxBatch = 1024;

/**
 * The records of a ring of many hosts, decoded by the same codec as on the host: each once, in order within each host and
 * ring, with an account of every number in between.
 */
export class RelayReader<Out> implements AsyncIterable<RelayRecord<Out>> {
  readonly #options: RelayReaderOptions<Out>;
  readonly #source: ChunkSource;
  readonly #sequencer: Sequencer<number>;
  readonly #drift: DriftCheck;
  readonly #durable: Durable | undefined;
  readonly #hosts: ReadonlySet<string> | undefined;
  readonly #account: ReaderAccount;
  /** A chunk in its turn that is not begun. */
  #next: Delivery<number> | undefined;
  #current: Current | undefined;
  /** Sequence of the last chunk that was taken from the stream. */
  #sequence: number;
  #lag = 0;
  #chunks = 0;
  #refusedChunks = 0;
  #busy = false;
  #open = true;
  #stored = performance.now();

  private constructor(
    options: RelayReaderOptions<Out>,
    parts: {
      readonly source: ChunkSource;
      readonly sequencer: Sequencer<number>;
      readonly drift: DriftCheck;
      readonly durable: Durable | undefined;
      readonly sequence: number;
    },
  ) {
    const { hosts = "*" } = options;
    this.#options = options;
    this.#source = parts.source;
    this.#sequencer = parts.sequencer;
    this.#drift = parts.drift;
    this.#durable = parts.durable;
    this.#sequence = parts.sequence;
    this.#hosts = hosts === "*" ? undefined : new Set(hosts);
    this.#account = new ReaderAccount(parts.sequencer.states());
  }

  /**
   * Opens a ring's records, of all hosts or some.
   * @throws RelayError EINVAL, ERR_RELAY_STREAM
   */
  static async open<Out>(options: RelayReaderOptions<Out>): Promise<RelayReader<Out>> {
    const { connection, ring, codec, hosts = "*", durable: name, onDrift = "error", replicas = 1 } = options;
    if (hosts !== "*" && hosts.length === 0) refuse("hosts is empty: nothing would come");
    if (!["error", "skip", "decode-unaffected"].includes(onDrift)) refuse(`onDrift is ${onDrift}`);
    const durable = name === undefined ? undefined : await Durable.open(connection, ring, name, replicas);
    const from = durable?.checkpoint === undefined ? (options.from ?? "new") : { checkpoint: durable.checkpoint };
    const { start, sequencer, host } = await beginning(connection, ring, from);
    if (host !== undefined && hosts !== "*" && !(hosts.length === 1 && hosts[0] === host)) {
      refuse(`reading begins at a record of ${host}: hosts has to be that one`);
    }
    const drift = new DriftCheck(
      codec.layout as LayoutDescriptor,
      onDrift,
      await LayoutStore.open(connection, replicas),
    );
    const onlyHost = host ?? (hosts !== "*" && hosts.length === 1 ? hosts[0] : undefined);
    const source = await ChunkSource.open(connection, ring, start, onlyHost);
    const sequence = start.kind === "sequence" ? start.sequence - 1 : 0;
    const reader = new RelayReader(options, { source, sequencer, drift, durable, sequence });
    // one that dies at once has begun here all the same
    if (durable !== undefined && start.kind !== "time") await durable.store(reader.checkpoint());
    return reader;
  }

  /** Records, for ever; `break` leaves the reader open, and the next record is the first one not handed out. */
  [Symbol.asyncIterator](): AsyncIterableIterator<RelayRecord<Out>> {
    let batch: RelayRecord<Out>[] = [];
    let at = 0;
    return iterator(async () => {
      if (at === batch.length) {
        batch = (await this.#take(1)) ?? [];
        at = 0;
        if (batch.length === 0) return undefined;
      }
      at += 1;
      return batch[at - 1];
    });
  }

  /** Arrays of what is there, at most `max` records (1024 unless told), of one chunk each. */
  batches(options: { readonly max?: number | undefined } = {}): AsyncIterableIterator<RelayRecord<Out>[]> {
    const { max = maxBatch } = options;
    if (!(max >= 1)) refuse(`max is ${max}`);
    return iterator(() => this.#take(max));
  }

  /** How far the records go that were handed out, to begin there again by `from`. */
  checkpoint(): RelayCheckpoint {
    let sequence = this.#sequence + 1;
    for (const tag of this.#sequencer.waiting()) sequence = Math.min(sequence, tag);
    const begun = this.#begun();
    if (begun !== undefined) sequence = Math.min(sequence, begun.delivery.tag);
    const states = Array.from(this.#sequencer.states(), (state) => ({ ...state, next: this.#nextOf(state) }));
    return checkpointOf(this.#options.ring, sequence, states);
  }

  /** What became of records and chunks so far. */
  stats(): RelayReaderStats {
    const hosts = Array.from(this.#sequencer.states(), (state) => this.#account.of(state, this.#nextOf(state)));
    const { past } = this.#account;
    const waiting = [...this.#sequencer.waiting()].length;
    return { hosts, past, chunks: this.#chunks, refusedChunks: this.#refusedChunks, lag: this.#lag, waiting };
  }

  /** Ends what is pending; a durable reader's position is stored. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#source.close();
    await this.#durable?.store(this.checkpoint());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The chunk that was given out last, as far as it was handed on. */
  #begun(): Current | undefined {
    if (this.#next === undefined) return this.#current;
    return { delivery: this.#next, index: this.#next.skip };
  }

  /** Number of the next record to be handed out. */
  #nextOf(state: NumberingState): bigint {
    const begun = this.#begun();
    if (begun?.delivery.state !== state) return state.next;
    return begun.delivery.chunk.header.first + BigInt(begun.index);
  }

  /** Up to `max` records; undefined when closed. */
  async #take(max: number): Promise<RelayRecord<Out>[] | undefined> {
    if (this.#busy) throw new RelayError("EBUSY", `${this.#options.ring} is being read`);
    this.#busy = true;
    try {
      for (;;) {
        const current = this.#current ?? (await this.#advance());
        if (current === undefined) return undefined;
        const records = this.#decode(current, max);
        if (records.length > 0) return records;
      }
    } finally {
      this.#busy = false;
    }
  }

  /** The next chunk to be handed out, where it has samples that are wanted; undefined when closed. */
  async #advance(): Promise<Current | undefined> {
    for (;;) {
      if (this.#next === undefined) {
        this.#next = this.#sequencer.next();
        for (const state of this.#sequencer.forgotten()) this.#account.fold(state, this.#nextOf(state));
        if (this.#next !== undefined) this.#tellMissing(this.#next);
        else if (!(await this.#arrive())) return undefined;
        continue;
      }
      const { chunk, skip } = this.#next;
      const { host, layoutHash, count } = chunk.header;
      const decodes = await this.#drift.decodes(host, layoutHash);
      const current = { delivery: this.#next, index: decodes ? skip : count };
      if (!decodes) this.#account.countsOf(chunk.header).skipped += BigInt(count - skip);
      this.#next = undefined;
      this.#chunks += 1;
      this.#current = current;
      if (current.index < count) return current;
      this.#finish(current);
    }
  }

  /** @throws RelayError ERR_RELAY_MISSING, once, with the chunk still to come. */
  #tellMissing({ missing, chunk }: Delivery<number>): void {
    if (missing === 0n || this.#options.onMissing === "count") return;
    const { host, first } = chunk.header;
    throw new RelayError(
      "ERR_RELAY_MISSING",
      `${missing} records of ${host} before record ${first} are in no chunk, and no relay dropped them: the stream's limits may have removed them`,
    );
  }

  /**
   * Takes a chunk from the stream; false when closed.
   * @throws ChunkError
   */
  async #arrive(): Promise<boolean> {
    await this.#checkpointInTime();
    try {
      const next = await this.#source.next();
      if (next === undefined) return false;
      const { chunk, again, sequence, pending } = next;
      this.#sequence = sequence;
      this.#lag = pending;
      if (this.#hosts === undefined || this.#hosts.has(chunk.header.host))
        this.#sequencer.accept(chunk, sequence, again);
      return true;
    } catch (error) {
      if (error instanceof ChunkError) this.#refusedChunks += 1;
      throw error;
    }
  }

  async #checkpointInTime(): Promise<void> {
    if (this.#durable === undefined || performance.now() - this.#stored < checkpointMs) return;
    await this.#durable.store(this.checkpoint());
    this.#stored = performance.now();
  }

  #decode(current: Current, max: number): RelayRecord<Out>[] {
    const { codec, onDecodeError = "throw" } = this.#options;
    const { chunk } = current.delivery;
    const { view, offsets, header } = chunk;
    const counts = this.#account.countsOf(chunk.header);
    const records: RelayRecord<Out>[] = [];
    const { host, first, count } = header;
    const timeOf = sampleTimes(chunk);
    let { index } = current;
    // both fit into 64 bits, which the engine adds without a call
    let number = BigInt.asUintN(64, first + BigInt(index));
    try {
      while (index < count && records.length < max) {
        const offset = offsets[index]!;
        const byteLength = view.getUint32(offset - samplePrefix, true);
        try {
          const record = codec.decode(view, offset, byteLength);
          records.push({ host, record, time: timeOf(offset, byteLength), number });
        } catch (error) {
          if (onDecodeError === "throw" && records.length > 0) break; // the records before it come first
          index += 1;
          number = BigInt.asUintN(64, number + 1n);
          counts.errored += 1n;
          if (onDecodeError === "throw" || !(error instanceof DecodeError)) throw error;
          continue;
        }
        index += 1;
        number = BigInt.asUintN(64, number + 1n);
      }
    } finally {
      current.index = index;
      counts.delivered += BigInt(records.length);
      if (index >= count) this.#finish(current);
    }
    return records;
  }

  #finish({ delivery }: Current): void {
    this.#current = undefined;
    this.#account.check(delivery.chunk.header, delivery.state);
  }
}

function iterator<Item>(take: () => Promise<Item | undefined>): AsyncIterableIterator<Item> {
  return {
    async next() {
      const value = await take();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    async return() {
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
