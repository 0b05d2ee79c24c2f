import { hostname } from "node:os";
import { deflateRawSync } from "node:zlib";
import { hashLayout } from "@rbgen/btf";
import { BPF_F_RB_OVERWRITE } from "@rbgen/runtime";
import { claimFor, type RingBufMap, type RingClaim, RingConsumer } from "@rbgen/runtime/backend";
import { type ChunkIdentity, headerLengthOf } from "../chunk/encode-chunk.ts";
import { type ChunkHeader, endOf, numberingOf, readHeader } from "../chunk/index.ts";
import { CommandPort } from "../command/command-port.ts";
import { RelayError, refuse } from "../relay-error.ts";
import { FileStore, type Recovered } from "../spool/file-store.ts";
import { MemoryStore } from "../spool/memory-store.ts";
import { Spool } from "../spool/spool.ts";
import type { SpoolStore } from "../spool/spool-store.ts";
import { layoutOf } from "../stream/described.ts";
import { LayoutStore } from "../stream/layout-store.ts";
import { ensureStream, lastStored } from "../stream/relay-stream.ts";
import { sendWindow } from "../stream/send-window.ts";
import { bootId } from "./boot-id.ts";
import { hostClock } from "./host-clock.ts";
import { Numbering } from "./numbering.ts";
import { Publisher } from "./publisher.ts";
import type { RelayedRing, RelayStats, RingRelayOptions } from "./relay-options.ts";
import { RingCapture } from "./ring-capture.ts";
import { timeMember } from "./time-member.ts";

/** Room in a message for its subject and headers. */
const messageOverhead = 2048;
/** Longer ones end at once. */
const longestTimer = 2 ** 31 - 1;
/** A spool's folder has this many files at least, so that it shrinks as it is sent. */
const segments = 16;

interface Captured {
  readonly name: string;
  readonly capture: RingCapture;
  readonly numbering: Numbering;
  readonly dropped: () => bigint;
}

/**
 * Relays this host's rings: raw samples, in chunks, through a bounded spool, to a stream that acknowledges them.
 *
 * A record leaves its ring only for the spool, and the spool only for the stream (or, by `onFull: "drop-oldest"`, counted).
 */
export class RingRelay {
  readonly #spool: Spool;
  readonly #publisher: Publisher;
  readonly #captured: readonly Captured[];
  readonly #claims: readonly RingClaim[];
  readonly #commands: CommandPort;
  readonly #tornBytes: number;
  readonly #limit: number;
  readonly #stop: AbortController;
  /** The time is over in which a closing relay waits for room in its spool. */
  readonly #late: AbortController = new AbortController();
  readonly #capturing: Promise<unknown>;
  readonly #publishing: Promise<void>;
  /** Why a ring is no longer captured. */
  #failure: unknown;
  #closing: Promise<void> | undefined;
  #last: RelayStats | undefined;
  /** Resolves when a ring cannot be captured any further, which `close` then throws, or when the relay closes. */
  readonly ended: Promise<void>;

  private constructor(parts: {
    readonly spool: Spool;
    readonly publisher: Publisher;
    readonly captured: readonly Captured[];
    readonly claims: readonly RingClaim[];
    readonly commands: CommandPort;
    readonly tornBytes: number;
    readonly limit: number;
  }) {
    this.#spool = parts.spool;
    this.#publisher = parts.publisher;
    this.#captured = parts.captured;
    this.#claims = parts.claims;
    this.#commands = parts.commands;
    this.#tornBytes = parts.tornBytes;
    this.#limit = parts.limit;
    this.#stop = new AbortController();
    let end = (): void => undefined;
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    this.#stop.signal.addEventListener("abort", end, { once: true });
    this.#capturing = Promise.all(
      parts.captured.map(({ capture }) =>
        capture.run(this.#stop.signal, this.#late.signal).catch((error: unknown) => {
          this.#failure ??= error;
          end();
        }),
      ),
    );
    this.#publishing = parts.publisher.run();
  }

  /**
   * Takes the rings and begins. Streams and buckets are made where they are not there.
   * @throws RelayError EINVAL, EBUSY (a spool in use), ERR_RELAY_STREAM; RingBufError EBUSY for a ring that has a reader.
   */
  static async start(options: RingRelayOptions): Promise<RingRelay> {
    const {
      connection,
      host = hostname(),
      spool: limits,
      chunk = {},
      onFull = "hold",
      stream,
      clock = "monotonic",
    } = options;
    const { bytes: chunkBytes = 65536, ms: chunkMs = 50, deflate = false } = chunk;
    const maxPayload = (connection.info?.max_payload ?? 1024 * 1024) - messageOverhead;
    check(options, chunkBytes, chunkMs, maxPayload);
    const hostTime = typeof clock === "string" ? hostClock(clock) : clock;
    const layouts = await LayoutStore.open(connection, stream?.replicas);
    const rings = [];
    for (const ring of options.rings) {
      const name = ring.name ?? ring.map.name;
      await ensureStream(connection, name, stream);
      await layouts.put(layoutOf(ring));
      rings.push({ ring, name, stored: (await lastStored(connection, name, host)).headers });
    }
    for (const ring of options.commands ?? []) await layouts.put(layoutOf(ring));

    const claims: RingClaim[] = [];
    let store: SpoolStore = new MemoryStore();
    let recovered: Recovered = { chunks: [], tornBytes: 0 };
    try {
      if (limits.file !== undefined) {
        ({ store, recovered } = FileStore.open(limits.file, Math.max(chunkBytes, limits.bytes / segments)));
      }
      const spool = new Spool(store, limits.bytes, onFull);
      const stored = rings.flatMap((ring) => ring.stored);
      const last = recover(spool, recovered, stored);
      const captured = rings.map(({ ring, name }): Captured => {
        const { map, time } = ring;
        const claim = claimFor(map, "ringbuf", { name, endian: map.endian });
        claims.push(claim);
        const layout = layoutOf(ring);
        const identity: ChunkIdentity = {
          ...{
            host,
            ring: name,
            boot: bootId(),
            instance: ring.instance ?? instanceOf(map),
            layoutHash: hashLayout(layout),
          },
          ...{
            endian: map.endian,
            clock: hostTime.clock,
            timeOffset: time === undefined ? undefined : timeMember(layout, time),
          },
        };
        const dropped = droppedOf(ring, claim);
        const numbering = numberingFor(claim, last.get(numberingOf(identity)));
        const maxSample = maxPayload - headerLengthOf(identity) - 4;
        const capture = new RingCapture({
          ...{ claim, identity, clock: hostTime, spool, numbering, chunkBytes, chunkMs, maxSample, dropped },
          deflate: deflate ? (body) => deflateRawSync(body, { level: 1 }) : undefined,
        });
        return { name, capture, numbering, dropped };
      });
      const commands = new CommandPort(connection, host, options.commands ?? []);
      const publisher = new Publisher(connection, spool, stored);
      return new RingRelay({
        spool,
        publisher,
        captured,
        claims,
        commands,
        tornBytes: recovered.tornBytes,
        limit: limits.bytes,
      });
    } catch (error) {
      for (const claim of claims) claim.release();
      store.close();
      throw error;
    }
  }

  /** What became of records and chunks so far. */
  stats(): RelayStats {
    if (this.#last !== undefined) return this.#last;
    const publisher = this.#publisher;
    const spool = this.#spool;
    return {
      rings: Object.fromEntries(
        this.#captured.map(({ name, capture, numbering, dropped }) => {
          const { records, bytes, chunks, held, lagBytes } = capture;
          return [name, { records, bytes, chunks, held, lagBytes, next: numbering.next, droppedByKernel: dropped() }];
        }),
      ),
      acknowledgedChunks: publisher.acknowledgedChunks,
      acknowledgedRecords: publisher.acknowledgedRecords,
      acknowledgedBytes: publisher.acknowledgedBytes,
      duplicates: publisher.duplicates,
      retries: publisher.retries,
      spooledBytes: spool.usedBytes,
      spooledRecords: spool.records,
      spoolHighWaterBytes: spool.highWaterBytes,
      spoolLimitBytes: this.#limit,
      droppedBySpool: spool.droppedRecords,
      tornBytes: this.#tornBytes,
      commandsApplied: this.#commands.applied,
      commandsRefused: this.#commands.refused,
      lastError: publisher.lastError,
    };
  }

  /**
   * Resolves when all that is in the spool now was acknowledged.
   * @throws RelayError if the relay closes before.
   */
  async flushed(): Promise<void> {
    while (this.#spool.length > 0 && this.#closing === undefined) await this.#spool.changed(100);
  }

  /**
   * Takes what is in the rings, waits for its acknowledgement, and gives the rings back. What is not acknowledged after
   * `timeoutMs` (30 000 unless told; Infinity waits for as long as it takes) stays in a spool that is a folder.
   * @throws RelayError ERR_RELAY_STREAM if that left records in memory, which are lost then; CorruptRingError of a ring.
   */
  close(options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? 30_000);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    this.#commands.close();
    this.#stop.abort();
    const late = timeoutMs > longestTimer ? undefined : setTimeout(() => this.#late.abort(), timeoutMs);
    await this.#capturing;
    clearTimeout(late);
    const spool = this.#spool;
    while (spool.length > 0 && performance.now() < deadline) await spool.changed(Math.min(100, timeoutMs));
    this.#publisher.stop();
    const left = spool.records;
    const { lastError } = this.#publisher;
    this.#last = this.stats();
    for (const claim of this.#claims) claim.release();
    spool.close();
    await this.#publishing;
    if (this.#failure !== undefined) throw this.#failure;
    if (left > 0 && !spool.durable) {
      throw new RelayError(
        "ERR_RELAY_STREAM",
        `${left} records were not acknowledged in ${timeoutMs} ms and are lost: ${lastError ?? "the server is slow"}`,
      );
    }
  }
}

function check(
  { rings, spool, onFull, host }: RingRelayOptions,
  chunkBytes: number,
  chunkMs: number,
  maxPayload: number,
): void {
  if (rings.length === 0) refuse("there are no rings to relay");
  if (host === "") refuse("the host has no name");
  if (!(chunkBytes >= 1024 && chunkBytes <= maxPayload))
    refuse(`chunk.bytes is ${chunkBytes}; from 1024 to ${maxPayload} fit a message of the server`);
  if (!(chunkMs >= 0 && chunkMs <= 60_000)) refuse(`chunk.ms is ${chunkMs}`);
  if (!(spool.bytes >= 4 * chunkBytes))
    refuse(`spool.bytes is ${spool.bytes}; it has to hold four chunks of ${chunkBytes}`);
  if (onFull !== undefined && onFull !== "hold" && onFull !== "drop-oldest") refuse(`onFull is ${onFull}`);
  const names = new Set<string>();
  for (const { map, name = map.name } of rings) {
    if (names.has(name)) refuse(`two rings are called ${name}`);
    names.add(name);
    if ((map.flags & BPF_F_RB_OVERWRITE) !== 0)
      refuse(`${name} is in overwrite mode: nobody counts the records that it loses`);
  }
}

let made = 0n;
const instances = new WeakMap<RingBufMap, bigint>();

/** The kernel's id of a map; for one that has none, a number that it keeps as long as it lives in this process. */
function instanceOf(map: RingBufMap): bigint {
  const { id } = map as { readonly id?: unknown };
  if (typeof id === "number") return BigInt(id);
  let instance = instances.get(map);
  if (instance === undefined) {
    made += 1n;
    instance = (BigInt(Date.now()) << 22n) | (BigInt(process.pid & 0xfff) << 10n) | (made & 0x3ffn);
    instances.set(map, instance);
  }
  return instance;
}

function droppedOf(ring: RelayedRing, claim: RingClaim): () => bigint {
  const { dropped } = ring;
  if (dropped !== undefined) return () => BigInt(dropped());
  return () => {
    let sum = 0;
    for (const count of Object.values(claim.counters?.().dropped ?? {})) sum += count;
    return BigInt(sum);
  };
}

/** Spools again what an earlier relay left, without what the stream is known to have; the last chunk of each numbering. */
function recover(spool: Spool, { chunks }: Recovered, stored: readonly ChunkHeader[]): Map<string, ChunkHeader> {
  const last = new Map(stored.map((header) => [numberingOf(header), header]));
  let kept = 0;
  for (const chunk of chunks) {
    const { header } = readHeader(chunk.load());
    const numbering = numberingOf(header);
    const known = stored.find((other) => numberingOf(other) === numbering);
    if (known !== undefined && endOf(header) <= known.acked) {
      chunk.release();
      continue;
    }
    spool.recover(header, chunk, kept < sendWindow);
    kept += 1;
    const before = last.get(numbering);
    if (before === undefined || endOf(header) >= endOf(before)) last.set(numbering, header);
  }
  return last;
}

/** How the numbering goes on after `last`; how many records were lost with a relay's memory is told where it can be. */
function numberingFor(claim: RingClaim, last: ChunkHeader | undefined): Numbering {
  const ring = new RingConsumer(claim.memory);
  const position = ring.position;
  const counters = claim.counters?.();
  if (last === undefined || counters === undefined) return new Numbering({ last, position });
  const lease = ring.lend();
  let there = 0;
  ring.look();
  while (ring.next(lease)) there += 1;
  // a busy record was counted by the kernel side and is not seen here: then nobody knows
  if (ring.available > 0n) return new Numbering({ last, position });
  const consumed = counters.records - counters.discarded - there;
  const known = Number(endOf(last) - last.dropped.kernel);
  return new Numbering({ last, position, lostRecords: BigInt(Math.max(0, consumed - known)) });
}
