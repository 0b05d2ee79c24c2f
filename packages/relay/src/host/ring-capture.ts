import { type Lease, type RingClaim, RingConsumer } from "@rbgen/runtime/backend";
import { ChunkBuilder, type ChunkIdentity, type Deflate } from "../chunk/encode-chunk.ts";
import { type ChunkHeader, readHeader } from "../chunk/index.ts";
import type { Spool } from "../spool/spool.ts";
import type { HostClock } from "./host-clock.ts";
import type { Numbering } from "./numbering.ts";

/** What a ring is captured with. */
export interface CaptureOptions {
  readonly claim: RingClaim;
  readonly identity: ChunkIdentity;
  readonly clock: HostClock;
  readonly spool: Spool;
  readonly numbering: Numbering;
  /** Longest chunk, unless one sample is longer. */
  readonly chunkBytes: number;
  /** Longest time that a sample waits for others to fill a chunk. */
  readonly chunkMs: number;
  /** Longest sample that a message of the server has room for. */
  readonly maxSample: number;
  readonly deflate: Deflate | undefined;
  /** Records that the kernel side dropped so far, since the ring was made. */
  readonly dropped: () => bigint;
}

/** Work without a pause, milliseconds, after which sockets and timers get their turn. */
const sliceMs = 5;
/** Longest sleep at an empty ring, which silent records do not end. */
const idleMs = 100;
/** Looks at a ring that fills: it wakes nobody while there is something in it. */
const fillingMs = 5;

/**
 * Copies a ring's samples into chunks, and publishes the ring's consumer position only when they are in the spool: a
 * relay that is killed leaves in the ring what it had not stored.
 */
export class RingCapture {
  readonly #options: CaptureOptions;
  readonly #ring: RingConsumer;
  readonly #lease: Lease;
  readonly #memory: Uint8Array;
  /** Bytes in the ring that are worth a chunk without waiting for more. */
  readonly #enough: number;
  /** A chunk that found no room; the ring's position is still before it. */
  #waiting: { readonly bytes: Uint8Array; readonly header: ChunkHeader } | undefined;
  /** Since when there is something in the ring. */
  #since: number | undefined;
  #flushed = 0;
  records = 0;
  bytes = 0;
  chunks = 0;
  /** Times that a chunk found no room in the spool. */
  held = 0;

  constructor(options: CaptureOptions) {
    const { memory } = options.claim;
    this.#options = options;
    this.#ring = new RingConsumer(memory);
    this.#lease = this.#ring.lend();
    this.#memory = new Uint8Array(memory.data.buffer, memory.data.byteOffset, 2 * memory.size);
    this.#enough = Math.min(options.chunkBytes, memory.size / 2);
  }

  /** Bytes in the ring that are in no chunk yet. */
  get lagBytes(): number {
    return this.#options.claim.open ? Number(this.#ring.available) : 0;
  }

  /** Captures until `signal` aborts; what is in the ring by then is spooled as there is room, until `late` aborts. @throws CorruptRingError */
  async run(signal: AbortSignal, late: AbortSignal): Promise<void> {
    const { claim, spool } = this.#options;
    let slice = performance.now();
    while (claim.open) {
      if (this.#waiting !== undefined && !this.#store()) {
        if (late.aborted) return;
        this.held += 1;
        await spool.changed(idleMs);
        continue;
      }
      const now = performance.now();
      const waitMs = signal.aborted ? 0 : this.#waitMs(now);
      if (waitMs === 0 && this.#take(signal.aborted)) {
        if (now - slice < sliceMs) continue;
        await new Promise(setImmediate);
      } else if (signal.aborted) {
        return;
      } else {
        await claim.wait({ timeoutMs: waitMs || fillingMs, signal }).catch(() => undefined);
      }
      slice = performance.now();
    }
  }

  /** Milliseconds to wait before a chunk is taken; 0 when one is due. */
  #waitMs(now: number): number {
    const { chunkMs, numbering, dropped } = this.#options;
    const available = this.lagBytes;
    if (available === 0) {
      this.#since = undefined;
      return numbering.hasNews(dropped()) && now - this.#flushed >= chunkMs ? 0 : idleMs;
    }
    this.#since ??= now;
    const left = chunkMs - (now - this.#since);
    return available >= this.#enough || left <= 0 ? 0 : Math.min(left, fillingMs);
  }

  /** Makes a chunk of what is there and spools it; whether anything was done. */
  #take(ending: boolean): boolean {
    const { numbering, clock, identity, chunkBytes, chunkMs, deflate, dropped } = this.#options;
    const ring = this.#ring;
    const start = ring.position;
    ring.look();
    const startTime = clock.now();
    const builder = new ChunkBuilder(identity, Math.min(this.lagBytes, chunkBytes) + 1024);
    const times = this.#fill(builder, startTime);
    const { position } = ring;
    const kernel = dropped();
    const newsDue = numbering.hasNews(kernel) && (ending || performance.now() - this.#flushed >= chunkMs);
    if (builder.count === 0 && !newsDue) {
      // discarded records, samples that are in chunks already, or a busy one
      ring.commit();
      return position !== start;
    }
    const { first, dropped: gone, lostBytes } = numbering.take(builder.count, kernel);
    const clockOffset = clock.offset();
    const end = { first, acked: 0n, dropped: gone, lostBytes, position, clockOffset, ...times };
    const made = builder.finish(end, deflate);
    // memory that is set aside counts as the spool's: a chunk that was compressed takes no more than it is long
    const bytes = made.buffer.byteLength > 1.25 * made.length ? made.slice() : made;
    this.records += builder.count;
    this.chunks += 1;
    this.#flushed = performance.now();
    this.#since = undefined;
    this.#waiting = { bytes, header: readHeader(bytes).header };
    if (!this.#store()) this.held += 1;
    return true;
  }

  /** Puts the waiting chunk into the spool, and only then gives its bytes of the ring back. */
  #store(): boolean {
    const waiting = this.#waiting!;
    if (!this.#options.spool.append(waiting.bytes, waiting.header)) return false;
    this.#waiting = undefined;
    this.#ring.commit();
    return true;
  }

  /** Copies samples into `builder` until it is full or the last look is used up; their first and last time. */
  #fill(builder: ChunkBuilder, now: bigint): { readonly firstTime: bigint; readonly lastTime: bigint } {
    const { numbering, chunkBytes, maxSample, identity } = this.#options;
    const { timeOffset } = identity;
    const little = identity.endian === "little";
    const ring = this.#ring;
    const lease = this.#lease;
    const view = lease.view as DataView;
    const { skipTo } = numbering;
    const start = ring.position;
    const skips = start < skipTo;
    let [firstTime, lastTime] = [now, now];
    while (ring.next(lease)) {
      const { offset, byteLength } = lease;
      if (skips && ring.position <= skipTo) continue;
      if (byteLength > maxSample) {
        numbering.tooLong();
        continue;
      }
      if (builder.count > 0 && builder.byteLength + 4 + byteLength > chunkBytes) {
        ring.back(byteLength);
        break;
      }
      if (timeOffset !== undefined && byteLength >= timeOffset + 8) {
        lastTime = view.getBigUint64(offset + timeOffset, little);
        if (builder.count === 0) firstTime = lastTime;
      }
      builder.add(this.#memory, offset, byteLength);
      this.bytes += byteLength;
    }
    return { firstTime, lastTime };
  }
}
