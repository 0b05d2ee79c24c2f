import { type Chunk, type ChunkHeader, totalOf } from "./chunk.ts";
import { ChunkError } from "./chunk-error.ts";
import { crc32 } from "./crc32.ts";
import {
  at,
  checksumBytes,
  flag,
  knownFlags,
  magic,
  maxChunk,
  maxName,
  maxTime,
  noTime,
  samplePrefix,
  sampleRoom,
  version,
} from "./format.ts";

/** Expands raw DEFLATE to no more than `maxLength` bytes; throws for anything else. */
export type Inflate = (bytes: Uint8Array, maxLength: number) => Uint8Array;

/** Largest number that a record may have: sums with it stay within 64 bits. */
const maxNumber = 2n ** 62n;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Header of a chunk, and where its body is. */
export interface ChunkOutline {
  /** What is told of the samples. */
  readonly header: ChunkHeader;
  /** Bytes of the header. */
  readonly headerLength: number;
  /** Bytes of the whole chunk. */
  readonly byteLength: number;
  /** Bytes of the body when inflated. */
  readonly bodyLength: number;
  /** Checksum of the body, as the header tells it. */
  readonly bodyCrc: number;
  /** Whether the body is compressed. */
  readonly deflated: boolean;
}

/**
 * Reads the header of a chunk that begins `bytes`; the body may be cut off.
 * @throws ChunkError for anything that the format does not allow.
 */
export function readHeader(bytes: Uint8Array): ChunkOutline {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refuse = (field: keyof typeof at, reason: string): never => {
    throw new ChunkError(field, at[field], reason);
  };
  if (bytes.length < at.names + checksumBytes) refuse("byteLength", `${bytes.length} bytes hold no header`);
  if (view.getUint32(at.magic, true) !== magic) refuse("magic", "no chunk begins here");
  const found = view.getUint16(at.version, true);
  if (found !== version)
    refuse("version", `version ${found} of the format is not known, ${version} is: update @rbgen/relay`);
  const flags = view.getUint16(at.flags, true);
  if ((flags & ~knownFlags) !== 0)
    refuse("flags", `0x${flags.toString(16)} has bits that are not known: update @rbgen/relay`);
  const [hostLength, ringLength] = [view.getUint16(at.hostLength, true), view.getUint16(at.ringLength, true)];
  if (hostLength === 0 || hostLength > maxName) refuse("hostLength", `${hostLength}`);
  if (ringLength === 0 || ringLength > maxName) refuse("ringLength", `${ringLength}`);
  const headerLength = view.getUint32(at.headerLength, true);
  const namesEnd = at.names + hostLength + ringLength;
  if (headerLength !== namesEnd + checksumBytes)
    refuse("headerLength", `${headerLength} in place of ${namesEnd + checksumBytes}`);
  if (headerLength > bytes.length) refuse("headerLength", `${headerLength} bytes, there are ${bytes.length}`);
  const sum = crc32(bytes.subarray(0, namesEnd));
  if (view.getUint32(namesEnd, true) !== sum) throw new ChunkError("headerCrc", namesEnd, "the checksum is another");

  const byteLength = view.getUint32(at.byteLength, true);
  if (byteLength < headerLength || byteLength > maxChunk) refuse("byteLength", `${byteLength}`);
  const bodyLength = view.getUint32(at.bodyLength, true);
  const deflated = (flags & flag.deflated) !== 0;
  const stored = byteLength - headerLength;
  if (bodyLength > maxChunk || (deflated ? stored >= bodyLength : stored !== bodyLength)) {
    refuse("bodyLength", `${bodyLength} bytes, stored in ${stored}`);
  }
  const count = view.getUint32(at.count, true);
  if (count > bodyLength / samplePrefix || (count === 0 && bodyLength > 0)) {
    refuse("count", `${count} samples in ${bodyLength} bytes`);
  }
  const word = (field: keyof typeof at): bigint => view.getBigUint64(at[field], true);
  const dropped = {
    kernel: word("droppedKernel"),
    spool: word("droppedSpool"),
    restart: word("droppedRestart"),
    size: word("droppedSize"),
  };
  const first = word("first");
  const acked = word("acked");
  if (first > maxNumber) refuse("first", `${first}`);
  if (totalOf(dropped) > first) refuse("droppedKernel", `${totalOf(dropped)} records dropped before record ${first}`);
  if (acked > first) refuse("acked", `${acked} is after the first record, ${first}`);
  const [firstTime, lastTime] = [word("firstTime"), word("lastTime")];
  if (firstTime >= maxTime || lastTime >= maxTime) refuse("firstTime", `${firstTime} to ${lastTime}`);
  const clockOffset = view.getBigInt64(at.clockOffset, true);
  if (clockOffset > maxNumber || clockOffset < -maxNumber) refuse("clockOffset", `${clockOffset}`);
  const timeOffset = view.getUint32(at.timeOffset, true);
  if (timeOffset !== noTime && timeOffset > maxChunk) refuse("timeOffset", `${timeOffset}`);
  return {
    header: {
      host: text("host", bytes, at.names, hostLength),
      ring: text("ring", bytes, at.names + hostLength, ringLength),
      boot: uuid(bytes.subarray(at.boot, at.boot + 16)),
      instance: word("instance"),
      layoutHash: word("layoutHash").toString(16).padStart(16, "0"),
      endian: (flags & flag.bigEndian) !== 0 ? "big" : "little",
      first,
      count,
      acked,
      dropped,
      lostBytes: word("lostBytes"),
      position: word("position"),
      clock: (flags & flag.boottime) !== 0 ? "boottime" : "monotonic",
      clockOffset,
      firstTime,
      lastTime,
      timeOffset: timeOffset === noTime ? undefined : timeOffset,
    },
    headerLength,
    byteLength,
    bodyLength,
    bodyCrc: view.getUint32(at.bodyCrc, true),
    deflated,
  };
}

/**
 * The chunk that `bytes` are. What `view` shows is `bytes` themselves, unless they were deflated.
 * @throws ChunkError for anything that the format does not allow, and for a deflated chunk where `inflate` is absent.
 */
export function decodeChunk(bytes: Uint8Array, inflate?: Inflate): Chunk {
  const outline = readHeader(bytes);
  const stored = storedBody(bytes, outline);
  if (!outline.deflated) return chunkOf(outline, stored);
  if (inflate === undefined) throw new ChunkError("flags", at.flags, "the body is deflated, which readChunk undoes");
  let body: Uint8Array;
  try {
    body = inflate(stored, outline.bodyLength);
  } catch (error) {
    throw new ChunkError("body", outline.headerLength, `it does not inflate: ${(error as Error).message}`);
  }
  return chunkOf(outline, body);
}

/**
 * The same on any platform that has `DecompressionStream`, browsers among them.
 * @throws ChunkError
 */
export async function readChunk(bytes: Uint8Array): Promise<Chunk> {
  const outline = readHeader(bytes);
  const stored = storedBody(bytes, outline);
  return chunkOf(outline, outline.deflated ? await inflateStream(stored, outline) : stored);
}

async function inflateStream(stored: Uint8Array, { bodyLength, headerLength }: ChunkOutline): Promise<Uint8Array> {
  const fail = (reason: string): ChunkError => new ChunkError("body", headerLength, `it does not inflate: ${reason}`);
  const body = new Uint8Array(bodyLength);
  let length = 0;
  const source = new Blob([Uint8Array.from(stored)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = source.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return length === bodyLength ? body : body.subarray(0, length);
      if (length + value.length > bodyLength) throw new RangeError(`more than ${bodyLength} bytes`);
      body.set(value, length);
      length += value.length;
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw fail((error as Error).message);
  }
}

function storedBody(bytes: Uint8Array, { headerLength, byteLength, bodyCrc }: ChunkOutline): Uint8Array {
  if (byteLength !== bytes.length)
    throw new ChunkError("byteLength", at.byteLength, `${byteLength}, there are ${bytes.length}`);
  const stored = bytes.subarray(headerLength);
  if (crc32(stored) !== bodyCrc) throw new ChunkError("bodyCrc", at.bodyCrc, "the checksum is another");
  return stored;
}

function chunkOf({ header, headerLength, bodyLength }: ChunkOutline, body: Uint8Array): Chunk {
  const refuse = (offset: number, reason: string): never => {
    throw new ChunkError("body", headerLength + offset, reason);
  };
  if (body.length !== bodyLength) refuse(0, `${body.length} bytes in place of ${bodyLength}`);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const offsets = new Uint32Array(header.count);
  let end = 0;
  for (let index = 0; index < header.count; index += 1) {
    if (bodyLength - end < samplePrefix) refuse(end, `sample ${index} of ${header.count} has no length`);
    const byteLength = view.getUint32(end, true);
    const next = end + sampleRoom(byteLength);
    if (next > bodyLength) refuse(end, `sample ${index} of ${byteLength} bytes reaches beyond the end`);
    offsets[index] = end + samplePrefix;
    end = next;
  }
  if (end !== bodyLength) refuse(end, `${bodyLength - end} bytes behind the last sample`);
  return { header, view, offsets };
}

function text(field: string, bytes: Uint8Array, start: number, length: number): string {
  try {
    return decoder.decode(bytes.subarray(start, start + length));
  } catch {
    throw new ChunkError(field, start, "not UTF-8");
  }
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
/** Bytes before which a UUID has a dash. */
const dashes: ReadonlySet<number> = new Set([4, 6, 8, 10]);

function uuid(bytes: Uint8Array): string {
  let digits = "";
  for (let index = 0; index < 16; index += 1) digits += (dashes.has(index) ? "-" : "") + hex[bytes[index]!]!;
  return digits;
}
