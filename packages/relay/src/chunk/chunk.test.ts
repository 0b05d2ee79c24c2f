import { readFileSync } from "node:fs";
import { deflateRawSync, inflateRawSync, crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryChunk, build } from "../testing/arbitrary-chunk.ts";
import { sampleBytes, sampleTime } from "./chunk.ts";
import { crc32InScript } from "./crc32.ts";
import { decodeChunk, readChunk, readHeader } from "./decode-chunk.ts";
import { ChunkBuilder, restate } from "./encode-chunk.ts";
import { samplePrefix, sampleRoom } from "./format.ts";

const inflate = (bytes: Uint8Array, maxOutputLength: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength });
const samplesOf = (chunk: ReturnType<typeof decodeChunk>): Uint8Array[] =>
  Array.from(chunk.offsets, (_, index) => sampleBytes(chunk, index));

interface Vector {
  readonly about: string;
  readonly hex: string;
  readonly header?: Record<string, unknown>;
  readonly samples?: readonly string[];
  readonly times?: readonly string[];
  readonly refused?: string;
}
const vectors = JSON.parse(readFileSync(new URL("fixtures/vectors.json", import.meta.url), "utf8")) as Vector[];
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, entry: unknown) => (typeof entry === "bigint" ? `${entry}` : entry)));

describe("a chunk", () => {
  test("is read back as it was written, deflated or not", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryChunk, fc.boolean(), async (content, deflated) => {
        const bytes = build(content, deflated ? (body) => deflateRawSync(body) : undefined);
        const chunk = decodeChunk(bytes, inflate);
        const { samples, identity, end } = content;
        expect(chunk.header).toEqual({ ...identity, ...end, count: samples.length });
        expect(samplesOf(chunk)).toEqual(samples);
        const streamed = await readChunk(bytes);
        expect(streamed.header).toEqual(chunk.header);
        expect(samplesOf(streamed)).toEqual(samples);
      }),
    );
  });

  test("tells in its header alone what it is, with its body cut off", () => {
    fc.assert(
      fc.property(arbitraryChunk, (content) => {
        const bytes = build(content);
        const { headerLength } = readHeader(bytes);
        expect(readHeader(bytes.subarray(0, headerLength)).header).toEqual(decodeChunk(bytes).header);
      }),
    );
  });

  test("takes the news of its sending without a change to the rest", () => {
    fc.assert(
      fc.property(arbitraryChunk, (content) => {
        const bytes = build(content);
        const before = decodeChunk(bytes.slice());
        const { first, dropped } = before.header;
        const droppedSpool = first - dropped.kernel - dropped.restart - dropped.size;
        restate(bytes, { acked: first, droppedSpool });
        const after = decodeChunk(bytes);
        expect(after.header).toEqual({ ...before.header, acked: first, dropped: { ...dropped, spool: droppedSpool } });
        expect(samplesOf(after)).toEqual(samplesOf(before));
      }),
    );
  });

  test("has the time of a sample from its member, in its byte order, by the host's clock", () => {
    for (const endian of ["little", "big"] as const) {
      const identity = {
        ...{ host: "a", ring: "b", boot: "00000000-0000-0000-0000-000000000000", instance: 0n },
        ...{ layoutHash: "0000000000000000", endian, clock: "monotonic" as const, timeOffset: 4 },
      };
      const builder = new ChunkBuilder(identity, 64);
      const sample = new DataView(new ArrayBuffer(12));
      sample.setBigUint64(4, 1234n, endian === "little");
      builder.add(sample, 0, 12);
      builder.add(sample, 0, 11);
      const dropped = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };
      const chunk = decodeChunk(
        builder.finish({
          ...{ first: 0n, acked: 0n, dropped, lostBytes: 0n, position: 0n },
          ...{ clockOffset: -234n, firstTime: 500n, lastTime: 500n },
        }),
      );
      expect(sampleTime(chunk, 0)).toBe(1000n);
      expect(sampleTime(chunk, 1)).toBe(266n); // too short for the member: when the chunk's first sample was taken
    }
  });

  test("takes no number for a time that no clock has, in a sample or in its header", () => {
    const identity = {
      ...{ host: "a", ring: "b", boot: "00000000-0000-0000-0000-000000000000", instance: 0n, timeOffset: 0 },
      ...{ layoutHash: "0000000000000000", endian: "little" as const, clock: "monotonic" as const },
    };
    const dropped = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };
    const chunkAt = (firstTime: bigint, sampled: bigint): Uint8Array => {
      const builder = new ChunkBuilder(identity, 64);
      const sample = new DataView(new ArrayBuffer(8));
      sample.setBigUint64(0, sampled, true);
      builder.add(sample, 0, 8);
      const rest = { first: 0n, acked: 0n, dropped, lostBytes: 0n, position: 0n, clockOffset: 2n ** 62n };
      return builder.finish({ ...rest, firstTime, lastTime: firstTime });
    };
    const most = 2n ** 62n - 1n;
    expect(sampleTime(decodeChunk(chunkAt(5n, most)), 0)).toBe(2n ** 63n - 1n);
    for (const none of [most + 1n, 2n ** 64n - 1n]) {
      expect(sampleTime(decodeChunk(chunkAt(5n, none)), 0)).toBe(2n ** 62n + 5n);
      expect(() => decodeChunk(chunkAt(none, 0n))).toThrow(
        expect.objectContaining({ name: "ChunkError", field: "firstTime" }),
      );
    }
  });

  test("has of a run what it has of its samples one by one, their first and last time too", () => {
    fc.assert(
      fc.property(arbitraryChunk, fc.nat(8), fc.nat(255), ({ identity, end, samples }, before, garbage) => {
        const ring = new Uint8Array(samples.reduce((sum, { length }) => sum + sampleRoom(length), 0)).fill(garbage);
        const starts: number[] = [];
        let place = 0;
        for (const sample of samples) {
          starts.push(place);
          new DataView(ring.buffer).setUint32(place, sample.length, true);
          ring.set(sample, place + samplePrefix);
          place += sampleRoom(sample.length);
        }
        const [byRun, byOne] = [new ChunkBuilder(identity, 0), new ChunkBuilder(identity, 0)];
        for (const { buffer, byteOffset, length } of samples) byOne.add(new DataView(buffer), byteOffset, length);
        // some one by one, and then a run
        const single = Math.min(before, samples.length);
        for (const { buffer, byteOffset, length } of samples.slice(0, single))
          byRun.add(new DataView(buffer), byteOffset, length);
        const start = starts[single];
        if (start !== undefined) byRun.addRun(ring.subarray(start), samples.length - single, starts.at(-1)! - start);
        expect(byRun.times(77n)).toEqual(byOne.times(77n));
        expect(byRun.count).toBe(samples.length);
        expect(samplesOf(decodeChunk(byRun.finish(end)))).toEqual(samples);
      }),
    );
  });

  test.each(vectors.map((vector) => [vector.about, vector] as const))("of the test vectors: %s", (_, vector) => {
    const bytes = Uint8Array.from(Buffer.from(vector.hex, "hex"));
    if (vector.refused !== undefined) {
      expect(() => decodeChunk(bytes, inflate)).toThrow(
        expect.objectContaining({ name: "ChunkError", field: vector.refused }),
      );
      return;
    }
    const chunk = decodeChunk(bytes, inflate);
    expect(plain(chunk.header)).toEqual(vector.header);
    expect(samplesOf(chunk).map((sample) => Buffer.from(sample).toString("hex"))).toEqual(vector.samples);
    expect(samplesOf(chunk).map((_, index) => `${sampleTime(chunk, index)}`)).toEqual(vector.times);
  });
});

test("the checksum in script is zlib's", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => crc32InScript(bytes) === zlibCrc32(bytes)));
});
