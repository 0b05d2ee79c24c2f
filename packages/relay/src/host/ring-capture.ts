import { type Lease, type RingClaim, RingConsumer, type RingRun } from "@rbgen/runtime/backend";
import { ChunkBuilder, type ChunkEnd, type ChunkIdentity, type Deflate } from "../chunk/encode-chunk.ts";
import { sampleRoom } from "../chunk/format.ts";
import type { ChunkHeader } from "../chunk/index.ts";
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

/** Whether headers of the ring are what they are in a chunk. */
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
/** Work without a pause, milliseconds, after which sockets and timers get their turn. */
const sliceMs = 1;
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
  readonly #run: RingRun = { offset: 0, byteLength: 0, payload: 0, last: 0 };
  /** The ring's data, twice. */
  readonly #data: Uint8Array;
  readonly #builder: ChunkBuilder;
  /** Bytes in the ring that are worth a chunk without waiting for more. */
  readonly #enough: number;
  /** A chunk that found no room; the ring's position is still before it. */
  #waiting: { readonly bytes: Uint8Array<ArrayBuffer>; readonly header: ChunkHeader } | undefined;
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
    const { buffer, byteOffset } = memory.data;
    this.#ring = new RingConsumer(memory);
    this.#lease = this.#ring.lend();
    this.#data = new Uint8Array(buffer, byteOffset, 2 * memory.size);
    this.#builder = new ChunkBuilder(options.identity, 0);
    this.#enough = Math.min(options.chunkBytes, memory.size / 2);
  }

  /** Bytes in the ring that are in no chunk yet. */
  get lagBytes(): number {
    return this.#options.claim.open ? Number(this.#ring.available) : 0;
  }

  /**
   * Captures until `signal` aborts; what is in the ring by then is spooled as there is room, until `late` aborts.
   * @throws CorruptRingError
   */
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
        spool.rest();
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
    const { numbering, clock, chunkBytes, chunkMs, deflate, dropped, spool } = this.#options;
    const ring = this.#ring;
    const start = ring.position;
    ring.look();
    const begun = clock.now();
    const builder = this.#builder;
    const memory = spool.memory(Math.min(this.lagBytes, chunkBytes) + 1024);
    builder.begin(memory);
    this.#fill();
    const { position } = ring;
    const kernel = dropped();
    const newsDue = numbering.hasNews(kernel) && (ending || performance.now() - this.#flushed >= chunkMs);
    if (builder.count === 0 && !newsDue) {
      // discarded records, samples that are in chunks already, or a busy one
      spool.recycle(memory);
      ring.commit();
      return position !== start;
    }
    const { first, dropped: gone, lostBytes } = numbering.take(builder.count, kernel);
    const clockOffset = clock.offset();
    const end = { first, acked: 0n, dropped: gone, lostBytes, position, clockOffset, ...builder.times(begun) };
    const made = builder.finish(end, deflate);
    // memory that is set aside counts as the spool's: a chunk that was compressed takes no more than it is long
    const loose = made.buffer.byteLength > 1.25 * made.length;
    const bytes = loose ? made.slice() : made;
    if (loose) spool.recycle(made.buffer);
    this.records += builder.count;
    this.chunks += 1;
    this.#flushed = performance.now();
    this.#since = undefined;
    this.#waiting = { bytes, header: this.#headerOf(builder.count, end) };
    if (!this.#store()) this.held += 1;
    return true;
  }

  /** Member by member: a spread of so many takes as long as a hundred samples. */
  #headerOf(count: number, end: ChunkEnd): ChunkHeader {
    const { host, ring, boot, instance, layoutHash, endian, clock, timeOffset } = this.#options.identity;
    const { first, acked, dropped, lostBytes, position, clockOffset, firstTime, lastTime } = end;
    return {
      host,
      ring,
      boot,
      instance,
      layoutHash,
      endian,
      clock,
      timeOffset,
      first,
      count,
      acked,
      dropped,
      lostBytes,
      position,
      clockOffset,
      firstTime,
      lastTime,
    };
  }

  /** Puts the waiting chunk into the spool, and only then gives its bytes of the ring back. */
  #store(): boolean {
    const waiting = this.#waiting!;
    if (!this.#options.spool.append(waiting.bytes, waiting.header)) return false;
    this.#waiting = undefined;
    this.#ring.commit();
    return true;
  }

  /** Copies samples into the chunk until it is full or the last look is used up. */
  #fill(): void {
    const { numbering, chunkBytes, maxSample } = this.#options;
    const { skipTo } = numbering;
    const ring = this.#ring;
    const lease = this.#lease;
    const run = this.#run;
    const builder = this.#builder;
    let skips = ring.position < skipTo;
    for (;;) {
      const room = chunkBytes - builder.byteLength;
      const count = skips || !littleEndian ? 0 : ring.nextRun(run, room, maxSample);
      if (count > 0) {
        const { offset, byteLength, last } = run;
        builder.addRun(this.#data.subarray(offset, offset + byteLength), count, last);
        this.bytes += run.payload;
        continue;
      }
      if (!ring.next(lease)) return;
      const { offset, byteLength } = lease;
      if (skips) {
        const { position } = ring;
        skips = position < skipTo;
        if (position <= skipTo) continue;
      }
      if (byteLength > maxSample) {
        numbering.tooLong();
        continue;
      }
      if (builder.count > 0 && sampleRoom(byteLength) > room) {
        ring.back(byteLength);
        return;
      }
      builder.add(lease.view!, offset, byteLength);
      this.bytes += byteLength;
    }
  }
}
