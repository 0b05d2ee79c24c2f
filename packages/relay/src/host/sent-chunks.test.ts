import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChunkHeader, Dropped } from "../chunk/index.ts";
import { SentChunks } from "./sent-chunks.ts";

const none: Dropped = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };

function header(first: number, count: number, dropped: Partial<Dropped> = {}): ChunkHeader {
  return {
    ...{ host: "a", ring: "r", boot: "b", instance: 1n, layoutHash: "0", endian: "little", clock: "monotonic" },
    ...{ first: BigInt(first), count, acked: 0n, dropped: { ...none, ...dropped }, lostBytes: 0n, position: 0n },
    ...{ clockOffset: 0n, firstTime: 0n, lastTime: 0n, timeOffset: undefined },
  };
}

test("a chunk that goes out again behind its successors in the stream takes no number of theirs for dropped", () => {
  // 10 to 29 are in the stream, and the relay that goes on has 0 to 9 and 30 to 39 in its spool
  const sent = new SentChunks([header(20, 10)]);
  expect(sent.take(header(0, 10))).toEqual({ droppedSpool: 0n, opens: false });
  expect(sent.take(header(30, 10))).toEqual({ droppedSpool: 0n, opens: false });
});

test("the first chunk of a numbering opens it, and one of another numbering opens that", () => {
  const sent = new SentChunks([]);
  expect(sent.take(header(0, 10))).toEqual({ droppedSpool: 0n, opens: true });
  expect(sent.take(header(10, 10))).toEqual({ droppedSpool: 0n, opens: false });
  expect(sent.take({ ...header(0, 10), instance: 2n })).toEqual({ droppedSpool: 0n, opens: true });
});

test("what lies between two chunks was dropped by the spool, less what was dropped elsewhere", () => {
  const chunk = fc.record({ count: fc.nat(20), kernel: fc.nat(5), size: fc.nat(5), kept: fc.boolean() });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 30 }), (chunks) => {
      const sent = new SentChunks([header(0, 1)]);
      let next = 1;
      let [kernel, size, given] = [0, 0, 0];
      for (const { count, kept, ...more } of chunks) {
        kernel += more.kernel;
        size += more.size;
        next += more.kernel + more.size;
        const dropped = { kernel: BigInt(kernel), size: BigInt(size) };
        if (kept) expect(sent.take(header(next, count, dropped)).droppedSpool).toBe(BigInt(given));
        else given += count;
        next += count;
      }
    }),
  );
});
