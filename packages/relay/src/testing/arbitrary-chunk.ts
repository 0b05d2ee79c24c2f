import fc from "fast-check";
import type { ChunkEnd, ChunkIdentity, Deflate } from "../chunk/encode-chunk.ts";
import { ChunkBuilder } from "../chunk/encode-chunk.ts";

/** What a chunk is made of. */
export interface ChunkContent {
  readonly identity: ChunkIdentity;
  readonly end: ChunkEnd;
  readonly samples: readonly Uint8Array[];
}

const below = (bits: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: (1n << bits) - 1n });
const name = fc
  .string({ unit: "binary", minLength: 1, maxLength: 40 })
  .filter((text) => Buffer.byteLength(text) <= 255);

/** Any chunk that the format allows. */
export const arbitraryChunk: fc.Arbitrary<ChunkContent> = fc.record({
  identity: fc.record({
    host: name,
    ring: name,
    boot: fc.uuid(),
    instance: below(64n),
    layoutHash: below(64n).map((hash) => hash.toString(16).padStart(16, "0")),
    endian: fc.constantFrom("little", "big"),
    clock: fc.constantFrom("monotonic", "boottime"),
    timeOffset: fc.option(fc.nat(100), { nil: undefined }),
  }),
  end: fc
    .record({
      between: below(40n),
      acked: below(30n),
      dropped: fc.record({ kernel: below(50n), spool: below(50n), restart: below(50n), size: below(50n) }),
      lostBytes: below(64n),
      position: below(64n),
      clockOffset: fc.bigInt({ min: -(1n << 61n), max: 1n << 61n }),
      firstTime: below(61n),
      lastTime: below(61n),
    })
    .map(({ between, acked, dropped, ...rest }) => {
      const first = between + dropped.kernel + dropped.spool + dropped.restart + dropped.size;
      if (acked > first) return { ...rest, dropped, first, acked: first };
      return { ...rest, dropped, first, acked };
    }),
  samples: fc.array(
    fc.oneof(
      { weight: 9, arbitrary: fc.uint8Array({ maxLength: 60 }) },
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 250, maxLength: 300, size: "max" }) },
    ),
    { maxLength: 8 },
  ),
});

/** The bytes of a chunk of this content. */
export function build({ identity, end, samples }: ChunkContent, deflate?: Deflate): Uint8Array<ArrayBuffer> {
  const builder = new ChunkBuilder(identity, 256);
  for (const { buffer, byteOffset, length } of samples) builder.add(new DataView(buffer), byteOffset, length);
  return builder.finish(end, deflate);
}
