import { EmulatedKernel } from "@rbgen/runtime/emulated";
import fc from "fast-check";
import { expect, test } from "vitest";
import { claimFor } from "../backend.ts";
import { RingConsumer } from "./consumer.ts";
import { footprint } from "./header.ts";
import type { RingMemory } from "./memory.ts";

const size = 4096;
/** Few lengths, so that runs of one are long. */
const record = fc.record({
  length: fc.constantFrom(8, 8, 8, 20),
  end: fc.constantFrom("submit" as const, "submit" as const, "submit" as const, "submit" as const, "discard" as const),
});
const drains = fc.array(
  fc.record({
    sent: fc.array(record, { maxLength: 40 }),
    max: fc.integer({ min: 0, max: 40 }),
    batch: fc.constantFrom(1, 64, 512, Number.POSITIVE_INFINITY),
    /** Samples after which the loop is left, as by an error, and whether the last one is taken back. */
    left: fc.integer({ min: 0, max: 40 }),
    back: fc.boolean(),
    /** Whether each sample is followed by a look at the figures, which are settled then. */
    asked: fc.boolean(),
  }),
  { maxLength: 12 },
);

/** Memory of a backend that acquires all headers up to the first that is busy at once. */
function acquiring(memory: RingMemory): RingMemory {
  const words = new Int32Array(memory.data.buffer, memory.data.byteOffset, size / 4);
  return {
    ...memory,
    acquire(at, limit) {
      let run = 0;
      while (run < limit) {
        const header = Atomics.load(words, (at + run) >>> 2);
        if (header < 0) break;
        run += footprint(header & 0x3fffffff);
      }
      return run;
    },
  };
}

test("drains hand out every sample once and in order, and tell at each how far they are", () => {
  fc.assert(
    fc.property(drains, (all) => {
      const kernel = new EmulatedKernel();
      const map = kernel.createRingBuf({ name: "ring", maxEntries: size });
      const claim = claimFor(map, "ringbuf", { name: "bytes", endian: map.endian });
      const ring = new RingConsumer(acquiring(claim.memory));
      /** Where each sample that was submitted ends, and its first byte. */
      const expected: { readonly tag: number; readonly length: number; readonly end: number }[] = [];
      let produced = Number(ring.start);
      let tag = 0;
      let next = 0;
      for (const { sent, max, batch, left, back, asked } of all) {
        kernel
          .loadProgram({
            type: "xdp",
            run(bpf) {
              for (const { length, end } of sent) {
                const sample = bpf.ringbufReserve(map, length, 0);
                if (sample === null) continue;
                tag = (tag + 1) % 256;
                sample.setUint8(0, tag);
                produced += footprint(length);
                if (end === "discard") bpf.ringbufDiscard(sample, 0);
                else {
                  bpf.ringbufSubmit(sample, 0);
                  expected.push({ tag, length, end: produced });
                }
              }
              return 0;
            },
          })
          .run();
        ring.look();
        ring.begin(max, batch);
        const lease = ring.lend();
        const first = next;
        while (next - first < left && ring.next(lease)) {
          const wanted = expected[next];
          next += 1;
          expect([lease.getUint8(0), lease.byteLength]).toEqual([wanted?.tag, wanted?.length]);
          expect(next - first).toBeLessThanOrEqual(max);
          if (!asked) continue;
          expect(Number(ring.position)).toBe(wanted?.end);
          expect(ring.delivered).toBe(next);
          // beside discarded ones, the longest record that a batch may end with
          expect(ring.unpublished).toBeLessThan(batch + footprint(20) + ring.discardedBytes);
        }
        // a sample can be taken back as long as nothing was asked behind it
        if (back && next > first && next - first === left) {
          ring.back(lease.byteLength);
          next -= 1;
        }
        ring.commit();
        expect(ring.delivered).toBe(next);
        expect(ring.unpublished).toBe(0);
      }
      ring.look();
      ring.begin();
      const lease = ring.lend();
      while (ring.next(lease)) next += 1;
      ring.commit();
      expect(next).toBe(expected.length);
      expect(Number(ring.position)).toBe(produced);
    }),
  );
});
