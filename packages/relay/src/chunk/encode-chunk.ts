import type { ChunkHeader } from "./chunk.ts";
import { ChunkError } from "./chunk-error.ts";
import { crc32 } from "./crc32.ts";
import { at, checksumBytes, flag, magic, maxChunk, maxName, noTime, samplePrefix, version } from "./format.ts";

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

/** Bytes before the first sample. @throws ChunkError for a name that no chunk can carry. */
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

/** Collects samples behind room for the header, so that a chunk is made without a copy. */
export class ChunkBuilder {
  readonly #identity: ChunkIdentity;
  readonly #headerLength: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #end: number;
  /** Samples so far. */
  count = 0;

  /** @param capacity bytes of the whole chunk that are set aside; it grows for a sample that is longer. */
  constructor(identity: ChunkIdentity, capacity: number) {
    this.#identity = identity;
    this.#headerLength = headerLengthOf(identity);
    this.#bytes = new Uint8Array(Math.max(capacity, this.#headerLength));
    this.#view = new DataView(this.#bytes.buffer);
    this.#end = this.#headerLength;
  }

  /** Bytes of the chunk so far. */
  get byteLength(): number {
    return this.#end;
  }

  /** Copies a sample in; `offset` is in `source`. @throws ChunkError beyond the longest chunk. */
  add(source: Uint8Array, offset: number, byteLength: number): void {
    const end = this.#end + samplePrefix + byteLength;
    if (end > this.#bytes.length) this.#grow(end);
    this.#view.setUint32(this.#end, byteLength, true);
    this.#bytes.set(source.subarray(offset, offset + byteLength), this.#end + samplePrefix);
    this.#end = end;
    this.count += 1;
  }

  /** The chunk. With `deflate`, its body is compressed where that makes it shorter. The builder is used up. */
  finish(end: ChunkEnd, deflate?: Deflate): Uint8Array<ArrayBuffer> {
    const bodyLength = this.#end - this.#headerLength;
    let flags =
      (this.#identity.endian === "big" ? flag.bigEndian : 0) |
      (this.#identity.clock === "boottime" ? flag.boottime : 0);
    const squeezed = deflate?.(this.#bytes.subarray(this.#headerLength, this.#end));
    if (squeezed !== undefined && squeezed.length < bodyLength) {
      flags |= flag.deflated;
      this.#bytes.set(squeezed, this.#headerLength);
      this.#end = this.#headerLength + squeezed.length;
    }
    const chunk = this.#bytes.subarray(0, this.#end);
    this.#head(chunk, bodyLength, flags, end);
    return chunk;
  }

  #head(chunk: Uint8Array, bodyLength: number, flags: number, end: ChunkEnd): void {
    const { host, ring, boot, instance, layoutHash, timeOffset } = this.#identity;
    const view = this.#view;
    const hostBytes = nameBytes("host", host);
    const ringBytes = nameBytes("ring", ring);
    view.setUint32(at.magic, magic, true);
    view.setUint16(at.version, version, true);
    view.setUint16(at.flags, flags, true);
    view.setUint32(at.byteLength, chunk.length, true);
    view.setUint32(at.headerLength, this.#headerLength, true);
    view.setUint32(at.count, this.count, true);
    view.setUint32(at.bodyLength, bodyLength, true);
    view.setUint32(at.bodyCrc, crc32(chunk.subarray(this.#headerLength)), true);
    view.setUint32(at.timeOffset, timeOffset ?? noTime, true);
    view.setBigUint64(at.first, end.first, true);
    view.setBigUint64(at.acked, end.acked, true);
    view.setBigUint64(at.droppedKernel, end.dropped.kernel, true);
    view.setBigUint64(at.droppedSpool, end.dropped.spool, true);
    view.setBigUint64(at.droppedRestart, end.dropped.restart, true);
    view.setBigUint64(at.droppedSize, end.dropped.size, true);
    view.setBigUint64(at.lostBytes, end.lostBytes, true);
    view.setBigUint64(at.position, end.position, true);
    view.setBigUint64(at.instance, instance, true);
    view.setBigUint64(at.layoutHash, BigInt(`0x${layoutHash}`), true);
    view.setBigInt64(at.clockOffset, end.clockOffset, true);
    view.setBigUint64(at.firstTime, end.firstTime, true);
    view.setBigUint64(at.lastTime, end.lastTime, true);
    chunk.set(uuidBytes(boot), at.boot);
    view.setUint16(at.hostLength, hostBytes.length, true);
    view.setUint16(at.ringLength, ringBytes.length, true);
    chunk.set(hostBytes, at.names);
    chunk.set(ringBytes, at.names + hostBytes.length);
    seal(chunk, this.#headerLength);
  }

  #grow(least: number): void {
    if (least > maxChunk) throw new ChunkError("byteLength", at.byteLength, `${least} bytes, ${maxChunk} are the most`);
    const bytes = new Uint8Array(Math.min(maxChunk, Math.max(least, 2 * this.#bytes.length)));
    bytes.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
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

function seal(chunk: Uint8Array, headerLength: number): void {
  const end = headerLength - checksumBytes;
  new DataView(chunk.buffer, chunk.byteOffset).setUint32(end, crc32(chunk.subarray(0, end)), true);
}

function uuidBytes(uuid: string): Uint8Array {
  const digits = uuid.replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/.test(digits)) throw new ChunkError("boot", at.boot, `"${uuid}" is no UUID`);
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}
