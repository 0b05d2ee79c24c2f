import type { ChunkHeader } from "./chunk.ts";
import { ChunkError } from "./chunk-error.ts";
import { crc32 } from "./crc32.ts";
import {
  at,
  checksumBytes,
  flag,
  magic,
  maxChunk,
  maxName,
  maxTime,
  noTime,
  samplePrefix,
  sampleRoom,
  version,
} from "./format.ts";

const encoder = new TextEncoder();

/** What is known of a chunk before its samples are. */
export type ChunkIdentity = Pick<
  ChunkHeader,
  "host" | "ring" | "boot" | "instance" | "layoutHash" | "endian" | "clock" | "timeOffset"
>;
/** What is known when it ends. */
export type ChunkEnd = Omit<ChunkHeader, keyof ChunkIdentity | "count">;

/** Compresses a body by raw DEFLATE. */
export type Deflate = (bytes: Uint8Array) => Uint8Array;

/**
 * Bytes before the first sample.
 * @throws ChunkError for a name that no chunk can carry.
 */
export function headerLengthOf(identity: Pick<ChunkHeader, "host" | "ring">): number {
  return at.names + nameBytes("host", identity.host).length + nameBytes("ring", identity.ring).length + checksumBytes;
}

function nameBytes(field: string, name: string): Uint8Array {
  const bytes = encoder.encode(name);
  if (bytes.length === 0 || bytes.length > maxName) {
    throw new ChunkError(field, at.names, `"${name}" has ${bytes.length} bytes, from 1 to ${maxName} fit`);
  }
  return bytes;
}

/** Collects samples behind room for the header, so that a chunk is made without a copy. It makes one chunk after the other. */
export class ChunkBuilder {
  /** A header that says what all chunks of this identity do. */
  readonly #template: Uint8Array;
  readonly #littleEndian: boolean;
  readonly #timeOffset: number;
  /** Length from which a sample has a time. */
  readonly #timeEnd: number;
  /** Bytes of memory left free before the chunk, so that its body is at a multiple of 8: from shared memory the engine copies to no other place word by word. */
  readonly #lead: number;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  #end = 0;
  /** Where the first and the last sample begin that have a time; none is -1. */
  #firstTimed = -1;
  #lastTimed = -1;
  /** Samples so far. */
  count = 0;

  /** @param capacity bytes of the whole chunk that are set aside; it grows for a sample that is longer. */
  constructor(identity: ChunkIdentity, capacity: number) {
    this.#template = headerOf(identity);
    this.#lead = -this.#template.length & 7;
    this.#littleEndian = identity.endian === "little";
    this.#timeOffset = identity.timeOffset ?? 0;
    this.#timeEnd = identity.timeOffset === undefined ? Number.POSITIVE_INFINITY : identity.timeOffset + 8;
    this.begin(new ArrayBuffer(capacity));
  }

  /** Begins a chunk in `memory`, or in more where that is too short. */
  begin(memory: ArrayBuffer): void {
    const headerLength = this.#template.length;
    const least = this.#lead + headerLength;
    this.#lie(memory.byteLength < least ? new ArrayBuffer(least) : memory);
    this.#bytes.set(this.#template);
    this.#end = headerLength;
    this.#firstTimed = this.#lastTimed = -1;
    this.count = 0;
  }

  /** Bytes of the chunk so far. */
  get byteLength(): number {
    return this.#end;
  }

  /**
   * Copies a sample in; `offset` is in `source`.
   * @throws ChunkError beyond the longest chunk.
   */
  add(source: DataView, offset: number, byteLength: number): void {
    const place = this.#end;
    const end = place + sampleRoom(byteLength);
    if (end > this.#bytes.length) this.#grow(end);
    const start = place + samplePrefix;
    const view = this.#view;
    view.setUint32(place, byteLength, true);
    view.setUint32(place + 4, 0, true);
    this.#bytes.set(new Uint8Array(source.buffer, source.byteOffset + offset, byteLength), start);
    this.#bytes.fill(0, start + byteLength, end);
    this.#timed(place, byteLength);
    this.#end = end;
    this.count += 1;
  }

  /**
   * Copies samples in that lie one behind the other as the ring of a little-endian machine has them, each behind its header.
   * @param run all of them, with headers.
   * @param last where in it the header of the last one is.
   * @throws ChunkError beyond the longest chunk.
   */
  addRun(run: Uint8Array, count: number, last: number): void {
    const place = this.#end;
    const end = place + run.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(run, place);
    this.#end = end;
    this.count += count;
    if (place === this.#template.length) this.#timed(place, this.#view.getUint32(place, true));
    // the last sample that has a time is the last of all, but for records that are too short for the member
    const length = this.#view.getUint32(place + last, true);
    if (length >= this.#timeEnd) this.#timed(place + last, length);
    else if (this.#timeEnd < Number.POSITIVE_INFINITY) this.#search(place, count);
  }

  #search(start: number, count: number): void {
    let place = start;
    for (let index = 0; index < count && place < this.#end; index += 1) {
      const length = this.#view.getUint32(place, true);
      this.#timed(place, length);
      place += sampleRoom(length);
    }
  }

  /** Times of the first and the last sample that have one; `begun`, when the chunk was begun, where none has. */
  times(begun: bigint): { readonly firstTime: bigint; readonly lastTime: bigint } {
    return { firstTime: this.#timeAt(this.#firstTimed, begun), lastTime: this.#timeAt(this.#lastTimed, begun) };
  }

  #timeAt(start: number, begun: bigint): bigint {
    if (start < 0) return begun;
    const own = this.#view.getBigUint64(start + this.#timeOffset, this.#littleEndian);
    return own < maxTime ? own : begun;
  }

  /** Notes a sample that has a time; its length stands at `place`. */
  #timed(place: number, byteLength: number): void {
    if (byteLength < this.#timeEnd) return;
    if (place === this.#template.length) this.#firstTimed = place + samplePrefix;
    this.#lastTimed = place + samplePrefix;
  }

  /** The chunk. With `deflate`, its body is compressed where that makes it shorter. `begin` is next. */
  finish(end: ChunkEnd, deflate?: Deflate): Uint8Array<ArrayBuffer> {
    const headerLength = this.#template.length;
    const bodyLength = this.#end - headerLength;
    const squeezed = deflate?.(this.#bytes.subarray(headerLength, this.#end));
    if (squeezed !== undefined && squeezed.length < bodyLength) {
      const flags = this.#view.getUint16(at.flags, true);
      this.#view.setUint16(at.flags, flags | flag.deflated, true);
      this.#bytes.set(squeezed, headerLength);
      this.#end = headerLength + squeezed.length;
    }
    const chunk = this.#bytes.subarray(0, this.#end);
    this.#head(chunk, bodyLength, end);
    return chunk;
  }

  #head(chunk: Uint8Array, bodyLength: number, end: ChunkEnd): void {
    const view = this.#view;
    const headerLength = this.#template.length;
    view.setUint32(at.byteLength, chunk.length, true);
    view.setUint32(at.count, this.count, true);
    view.setUint32(at.bodyLength, bodyLength, true);
    view.setUint32(at.bodyCrc, crc32(chunk.subarray(headerLength)), true);
    view.setBigUint64(at.first, end.first, true);
    view.setBigUint64(at.acked, end.acked, true);
    view.setBigUint64(at.droppedKernel, end.dropped.kernel, true);
    view.setBigUint64(at.droppedSpool, end.dropped.spool, true);
    view.setBigUint64(at.droppedRestart, end.dropped.restart, true);
    view.setBigUint64(at.droppedSize, end.dropped.size, true);
    view.setBigUint64(at.lostBytes, end.lostBytes, true);
    view.setBigUint64(at.position, end.position, true);
    view.setBigInt64(at.clockOffset, end.clockOffset, true);
    view.setBigUint64(at.firstTime, end.firstTime, true);
    view.setBigUint64(at.lastTime, end.lastTime, true);
    seal(chunk, headerLength);
  }

  #grow(least: number): void {
    if (least > maxChunk) throw new ChunkError("byteLength", at.byteLength, `${least} bytes, ${maxChunk} are the most`);
    const bytes = this.#bytes;
    this.#lie(new ArrayBuffer(this.#lead + Math.min(maxChunk, Math.max(least, 2 * bytes.length))));
    this.#bytes.set(bytes.subarray(0, this.#end));
  }

  /** The chunk lies in `memory`. */
  #lie(memory: ArrayBuffer): void {
    this.#bytes = new Uint8Array(memory, this.#lead);
    this.#view = new DataView(memory, this.#lead);
  }
}

/** What a relay knows only when it sends a chunk, put into one that this package made; the length of its header. */
export function restate(chunk: Uint8Array, news: { readonly acked: bigint; readonly droppedSpool: bigint }): number {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  view.setBigUint64(at.acked, news.acked, true);
  view.setBigUint64(at.droppedSpool, news.droppedSpool, true);
  const headerLength = view.getUint32(at.headerLength, true);
  seal(chunk, headerLength);
  return headerLength;
}

function headerOf({ host, ring, boot, instance, layoutHash, endian, clock, timeOffset }: ChunkIdentity): Uint8Array {
  const hostBytes = nameBytes("host", host);
  const ringBytes = nameBytes("ring", ring);
  const header = new Uint8Array(at.names + hostBytes.length + ringBytes.length + checksumBytes);
  const view = new DataView(header.buffer);
  view.setUint32(at.magic, magic, true);
  view.setUint16(at.version, version, true);
  view.setUint16(at.flags, (endian === "big" ? flag.bigEndian : 0) | (clock === "boottime" ? flag.boottime : 0), true);
  view.setUint32(at.headerLength, header.length, true);
  view.setUint32(at.timeOffset, timeOffset ?? noTime, true);
  view.setBigUint64(at.instance, instance, true);
  view.setBigUint64(at.layoutHash, BigInt(`0x${layoutHash}`), true);
  header.set(uuidBytes(boot), at.boot);
  view.setUint16(at.hostLength, hostBytes.length, true);
  view.setUint16(at.ringLength, ringBytes.length, true);
  header.set(hostBytes, at.names);
  header.set(ringBytes, at.names + hostBytes.length);
  return header;
}

function seal(chunk: Uint8Array, headerLength: number): void {
  const end = headerLength - checksumBytes;
  new DataView(chunk.buffer, chunk.byteOffset).setUint32(end, crc32(chunk.subarray(0, end)), true);
}

function uuidBytes(uuid: string): Uint8Array {
  const digits = uuid.replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/.test(digits)) throw new ChunkError("boot", at.boot, `"${uuid}" is no UUID`);
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}
