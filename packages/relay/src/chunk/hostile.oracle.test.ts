import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryChunk, build } from "../testing/arbitrary-chunk.ts";
import { sampleBytes } from "./chunk.ts";
import { ChunkError } from "./chunk-error.ts";
import { crc32 } from "./crc32.ts";
import { at, checksumBytes, samplePrefix, sampleRoom } from "./format.ts";
import { type Chunk, decodeChunk } from "./index.ts";

const inflate = (bytes: Uint8Array, maxOutputLength: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength });

/** The chunk, or undefined for a typed error; anything else is the test's failure. */
function decoded(bytes: Uint8Array): Chunk | undefined {
  try {
    return decodeChunk(bytes, inflate);
  } catch (error) {
    if (error instanceof ChunkError) return undefined;
    throw error;
  }
}

type Mutation = (bytes: Uint8Array) => Uint8Array;
const where = fc.nat(0xffff);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(where, fc.integer({ min: 1, max: 255 })).map(
    ([place, bits]): Mutation =>
      (bytes) => {
        if (bytes.length > 0) bytes[place % bytes.length]! ^= bits;
        return bytes;
      },
  ),
  // a word of the header, which is where lies pay
  fc
    .tuple(fc.nat(Math.floor(at.names / 4) - 1), fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 255, 65536))
    .map(
      ([word, value]): Mutation =>
        (bytes) => {
          if (bytes.length >= at.names) new DataView(bytes.buffer, bytes.byteOffset).setUint32(4 * word, value, true);
          return bytes;
        },
    ),
  where.map(
    (place): Mutation =>
      (bytes) =>
        bytes.slice(0, place % bytes.length),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map(
    (tail): Mutation =>
      (bytes) =>
        Uint8Array.from([...bytes, ...tail]),
  ),
  fc.tuple(where, where, fc.nat(30)).map(
    ([from, to, length]): Mutation =>
      (bytes) => {
        bytes.copyWithin(to % bytes.length, from % bytes.length, (from % bytes.length) + length);
        return bytes;
      },
  ),
);

const content = fc.sample(arbitraryChunk, { seed: 17, numRuns: 2000 });

test("50 000 mutations of chunks give a typed error each, and never another record", () => {
  let mutated = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...content),
      fc.boolean(),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (of, deflated, steps) => {
        const original = build(of, deflated ? (body) => deflateRawSync(body) : undefined);
        const bytes = steps.reduce<Uint8Array>((before, step) => step(before), original.slice());
        if (Buffer.compare(bytes, original) === 0) return;
        mutated += 1;
        if (decoded(bytes) !== undefined) throw new Error(`taken: ${Buffer.from(bytes).toString("hex")}`);
      },
    ),
    { numRuns: 55_000 },
  );
  expect(mutated).toBeGreaterThan(50_000);
});

/** Places in a chunk that say nothing of it, or depend on those that do not. */
function silentBytes(bytes: Uint8Array, { header, offsets, view }: Chunk): Set<number> {
  const headerLength = bytes.length - view.byteLength;
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
  const places = [...range(at.bodyCrc, at.bodyCrc + 4), ...range(headerLength - checksumBytes, headerLength)];
  for (let index = 0; index < header.count; index += 1) {
    const start = headerLength + offsets[index]!;
    const next = index + 1 < header.count ? headerLength + offsets[index + 1]! - samplePrefix : bytes.length;
    const end = start + view.getUint32(offsets[index]! - samplePrefix, true);
    places.push(...range(start - 4, start), ...range(end, next));
  }
  return new Set(places);
}

/** What holds of a chunk with right checksums: it says what its bytes say, each sample within them. */
function holds(chunk: Chunk, bytes: Uint8Array): void {
  const { header, offsets, view } = chunk;
  const samples = Array.from(offsets, (_, index) => sampleBytes(chunk, index));
  expect(samples.length).toBe(header.count);
  expect(samples.reduce((sum, { length }) => sum + sampleRoom(length), 0)).toBe(view.byteLength);
  const deflated = (bytes[at.flags]! & 1) !== 0;
  if (deflated) return;
  const { host, ring, boot, instance, layoutHash, endian, clock, timeOffset, ...end } = header;
  const identity = { host, ring, boot, instance, layoutHash, endian, clock, timeOffset };
  const built = build({ identity, end, samples });
  const [ours, theirs] = [decodeChunk(built), decodeChunk(bytes)];
  expect(ours.header).toEqual(theirs.header);
  expect(ours.offsets).toEqual(theirs.offsets);
  // but for checksums, and for what a ring has between two samples, all bytes are the same
  const silent = silentBytes(built, ours);
  for (const [place, byte] of bytes.entries()) if (!silent.has(place)) expect(byte).toBe(built[place]);
}

test("50 000 chunks with lies under right checksums give a typed error, or exactly what their bytes say", () => {
  let taken = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...content),
      fc.boolean(),
      fc.array(mutation, { minLength: 1, maxLength: 2 }),
      (of, deflated, steps) => {
        const original = build(of, deflated ? (body) => deflateRawSync(body) : undefined);
        const bytes = steps.reduce<Uint8Array>((before, step) => step(before), original.slice());
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const headerLength = bytes.length < at.names ? 0 : view.getUint32(at.headerLength, true);
        if (headerLength > at.names + checksumBytes && headerLength <= bytes.length) {
          view.setUint32(at.bodyCrc, crc32(bytes.subarray(headerLength)), true);
          view.setUint32(headerLength - checksumBytes, crc32(bytes.subarray(0, headerLength - checksumBytes)), true);
        }
        const chunk = decoded(bytes);
        if (chunk === undefined) return;
        taken += 1;
        holds(chunk, bytes);
      },
    ),
    { numRuns: 50_000 },
  );
  expect(taken).toBeGreaterThan(1000);
});
