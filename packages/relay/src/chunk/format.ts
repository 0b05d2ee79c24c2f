// docs/relay-format.md says what each field means. Offsets in bytes; all integers little-endian.

/** "RBGC" as the first four bytes. */
export const magic = 0x4347_4252;
/** The one version that there is. */
export const version = 1;

export const flag: { readonly deflated: 1; readonly bigEndian: 2; readonly boottime: 4 } = {
  deflated: 1,
  bigEndian: 2,
  boottime: 4,
};
export const knownFlags = 7;

/** Where each field of the header begins. */
export const at: { readonly [Field in FieldName]: number } = {
  magic: 0,
  version: 4,
  flags: 6,
  byteLength: 8,
  headerLength: 12,
  count: 16,
  bodyLength: 20,
  bodyCrc: 24,
  timeOffset: 28,
  first: 32,
  acked: 40,
  droppedKernel: 48,
  droppedSpool: 56,
  droppedRestart: 64,
  droppedSize: 72,
  lostBytes: 80,
  position: 88,
  instance: 96,
  layoutHash: 104,
  clockOffset: 112,
  firstTime: 120,
  lastTime: 128,
  boot: 136,
  hostLength: 152,
  ringLength: 154,
  names: 156,
};

type FieldName =
  | "magic"
  | "version"
  | "flags"
  | "byteLength"
  | "headerLength"
  | "count"
  | "bodyLength"
  | "bodyCrc"
  | "timeOffset"
  | "first"
  | "acked"
  | "droppedKernel"
  | "droppedSpool"
  | "droppedRestart"
  | "droppedSize"
  | "lostBytes"
  | "position"
  | "instance"
  | "layoutHash"
  | "clockOffset"
  | "firstTime"
  | "lastTime"
  | "boot"
  | "hostLength"
  | "ringLength"
  | "names";

/** The header's own checksum follows the names. */
export const checksumBytes = 4;
/** Before each sample: its length, 32 bits, and as many that say nothing. A ring has the same, so that runs are copied whole. */
export const samplePrefix = 8;
/** Bytes that a sample takes in a body, with what is before it and up to the next one, which begins at a multiple of 8. */
export function sampleRoom(byteLength: number): number {
  return samplePrefix + Math.ceil(byteLength / 8) * 8;
}
/** `timeOffset` of records whose time no member tells. */
export const noTime: number = 0xffff_ffff;

/** Longest host or ring name, bytes of UTF-8. */
export const maxName = 255;
/** Longest chunk, and longest body when inflated. */
export const maxChunk: number = 64 * 1024 * 1024;

/** Nanoseconds below which a number is a time of a host's clock: with an offset it is within 64 bits, signed. */
export const maxTime: bigint = 2n ** 62n;
