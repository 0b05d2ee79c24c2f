import { inflateRawSync } from "node:zlib";
import { ChunkError, decodeChunk, sampleBytes, sampleLength, sampleTime } from "@rbgen/relay/chunk";
import { crc32 } from "../../../packages/relay/src/chunk/crc32.ts";
import { at, checksumBytes } from "../../../packages/relay/src/chunk/format.ts";
import { BrokenPromise, type Target } from "../engine/target.ts";

const inflate = (bytes: Uint8Array, maxOutputLength: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength });

/** Makes lengths and checksums right, as whoever writes a hostile chunk does: else no input would pass the first of them. */
function signed(input: Uint8Array): Uint8Array {
  const bytes = input.slice();
  if (bytes.length < at.names + checksumBytes) return bytes;
  const view = new DataView(bytes.buffer);
  const namesEnd = at.names + view.getUint16(at.hostLength, true) + view.getUint16(at.ringLength, true);
  const headerLength = namesEnd + checksumBytes;
  if (headerLength > bytes.length) return bytes;
  view.setUint32(at.byteLength, bytes.length, true);
  view.setUint32(at.headerLength, headerLength, true);
  const body = bytes.subarray(headerLength);
  if ((view.getUint16(at.flags, true) & 1) === 0) {
    view.setUint32(at.bodyLength, body.length, true);
    view.setUint32(at.bodyCrc, crc32(body), true);
  }
  view.setUint32(namesEnd, crc32(bytes.subarray(0, namesEnd)), true);
  return bytes;
}

/** Any bytes are refused as a chunk by a ChunkError, or all samples are within the chunk. */
export const target: Target = {
  grammar: { kind: "binary", dictionary: ["RBGC"], longest: 2048 },
  work: { base: 500_000, perByte: 20_000 },
  run(input) {
    for (const bytes of [input, signed(input)]) {
      try {
        const chunk = decodeChunk(bytes, inflate);
        for (let i = 0; i < chunk.header.count; i += 1) {
          const sample = sampleBytes(chunk, i);
          if (sample.length !== sampleLength(chunk, i)) throw new BrokenPromise(`sample ${i} has two lengths`);
          void sampleTime(chunk, i);
        }
      } catch (error) {
        if (!(error instanceof ChunkError)) throw error;
      }
    }
  },
};
