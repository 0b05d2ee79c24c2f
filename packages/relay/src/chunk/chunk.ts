import { readUint64 } from "@rbgen/runtime/codegen/v1";
import { maxTime, samplePrefix } from "./format.ts";

/** Why records are not in any chunk, counted since the ring's numbering began. */
export interface Dropped {
  /** The kernel side had no room in the ring (or could not take its lock). */
  readonly kernel: bigint;
  /** The spool was full and gave up its oldest. */
  readonly spool: bigint;
  /** In the memory of a relay that ended. */
  readonly restart: bigint;
  /** Longer than what a message of the server may be. */
  readonly size: bigint;
}

/** Why a record was lost. */
export type DropReason = keyof Dropped;

/** Reasons in the order of the format. */
export const dropReasons: readonly DropReason[] = ["kernel", "spool", "restart", "size"];

/** What a chunk says of its samples. */
export interface ChunkHeader {
  /** The host that sent them. */
  readonly host: string;
  /** The ring that they come from. */
  readonly ring: string;
  /** The kernel's boot id, a UUID in lower case. */
  readonly boot: string;
  /** Which ring of this name in this boot: the kernel's id of the map. With host, ring and boot, what numbers belong to. */
  readonly instance: bigint;
  /** Hash of the records' layout, 16 hexadecimal digits. */
  readonly layoutHash: string;
  /** Byte order of the records. */
  readonly endian: "little" | "big";
  /** Number of the first sample. Dropped records have numbers too, from 0 at the ring's start. */
  readonly first: bigint;
  /** Samples in the chunk. */
  readonly count: number;
  /** All records before this number were in the stream before this chunk was sent, or never come; 0 as long as the numbering's first chunk was not. */
  readonly acked: bigint;
  /** Records before these that were lost, by reason. */
  readonly dropped: Dropped;
  /** Ring bytes that a relay had consumed when it ended and that no chunk has; records among them that nobody counted are in no number. */
  readonly lostBytes: bigint;
  /** Consumer position of the ring after the last sample, bytes. */
  readonly position: bigint;
  /** Which of the kernel's clocks the times below are of. */
  readonly clock: "monotonic" | "boottime";
  /** CLOCK_REALTIME less that clock, nanoseconds. */
  readonly clockOffset: bigint;
  /** Of the first and last sample, nanoseconds of that clock; when they were taken, where no member of the record tells. */
  readonly firstTime: bigint;
  /** Time of the last sample, nanoseconds since 1970. */
  readonly lastTime: bigint;
  /** Where in each sample its time stands, 64 bits; undefined where no member tells. */
  readonly timeOffset: number | undefined;
}

/** A chunk whose bounds were checked: every sample lies within `view`. */
export interface Chunk {
  /** What is told of the samples. */
  readonly header: ChunkHeader;
  /** The body: lengths and samples. */
  readonly view: DataView;
  /** Where each sample begins in `view`; its length is the 32 bits eight bytes before. */
  readonly offsets: Uint32Array;
}

/** Bytes of sample `index`. */
export function sampleLength(chunk: Chunk, index: number): number {
  return chunk.view.getUint32(chunk.offsets[index]! - samplePrefix, true);
}

/** A copy of sample `index`. */
export function sampleBytes(chunk: Chunk, index: number): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = chunk.view;
  const copy = new Uint8Array(sampleLength(chunk, index));
  copy.set(new Uint8Array(buffer, byteOffset + chunk.offsets[index]!, copy.length));
  return copy;
}

/** Time of sample `index`: nanoseconds since 1970 by the host's clock. */
export function sampleTime(chunk: Chunk, index: number): bigint {
  return sampleTimes(chunk)(chunk.offsets[index]!, sampleLength(chunk, index));
}

/** Times of a chunk's samples, each by where it begins and its length: what they have in common is looked at once. */
export function sampleTimes({ header, view }: Chunk): (offset: number, byteLength: number) => bigint {
  const { firstTime, timeOffset, clockOffset } = header;
  const begun = firstTime + clockOffset;
  if (timeOffset === undefined) return () => begun;
  const least = timeOffset + 8;
  const littleEndian = header.endian === "little";
  return (offset, byteLength) => {
    if (byteLength < least) return begun;
    const own = readUint64(view, offset + timeOffset, littleEndian);
    // a chunk's clock offset is within 63 bits, and so is the sum
    return own < maxTime ? BigInt.asIntN(64, own + clockOffset) : begun;
  };
}

/** What identifies the numbering that a chunk's numbers belong to, among those of its host. */
export function numberingOf({ ring, boot, instance }: Pick<ChunkHeader, "ring" | "boot" | "instance">): string {
  return `${boot}/${instance}/${ring}`;
}

/** Number after the chunk's last record. */
export function endOf(header: Pick<ChunkHeader, "first" | "count">): bigint {
  return header.first + BigInt(header.count);
}

/** Records that are in no chunk, for whatever reason. */
export function totalOf(dropped: Dropped): bigint {
  return dropped.kernel + dropped.spool + dropped.restart + dropped.size;
}
