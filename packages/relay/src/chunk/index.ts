export type { Chunk, ChunkHeader, Dropped, DropReason } from "./chunk.ts";
export {
  dropReasons,
  endOf,
  numberingOf,
  sampleBytes,
  sampleLength,
  sampleTime,
  sampleTimes,
  totalOf,
} from "./chunk.ts";
export { ChunkError } from "./chunk-error.ts";
export type { ChunkOutline, Inflate } from "./decode-chunk.ts";
export { decodeChunk, readChunk, readHeader } from "./decode-chunk.ts";
export type { ChunkEnd, ChunkIdentity, Deflate } from "./encode-chunk.ts";
export { ChunkBuilder } from "./encode-chunk.ts";
