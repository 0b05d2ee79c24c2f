import { EmulatedKernel } from "@rbgen/runtime/emulated";
import fc from "fast-check";
import { expect, test } from "vitest";
import { claimFor } from "../backend.ts";
import { RingConsumer } from "./consumer.ts";
import { footprint, lengthMask } from "./header.ts";
import type { RingMemory } from "./memory.ts";

const size = 4096;
const sent = fc.record({
  length: fc.constantFrom(0, 8, 8, 8, 16),
  end: fc.constantFrom("submit" as const, "submit" as const, "submit" as const, "discard" as const),
  times: fc.integer({ min: 1, max: 8 }),
});
/** What a reader does: drains at most so many samples, and takes the last one back. */
const read = fc.record({ max: fc.integer({ min: 1, max: 20 }), back: fc.boolean() });

/** `memory` of a backend that acquires whole runs of at most `longest` bytes, and says how many records are alike. */
function acquiring(memory: RingMemory, longest: number): RingMemory {
  const { buffer, byteOffset } = memory.data;
  const words = new Int32Array(buffer, byteOffset, (2 * size) / 4);
  let same = 0;
  return {
    ...memory,
    acquire(at, limit) {
      let end = at;
      same = 0;
      const first = Atomics.load(words, at >>> 2);
      for (; end < at + Math.min(limit, longest); ) {
        const header = Atomics.load(words, end >>> 2);
        if (header < 0) break;
        end += footprint(header & lengthMask);
        if (header === first && same === end - at - footprint(header & lengthMask)) same = end - at;
      }
      return end - at;
    },
    alike: () => same,
  };
}

test("samples that are known to be alike are handed out with all others, in order, whatever lies between them", () => {
  let alike = 0;
  fc.assert(
    fc.property(
      fc.array(fc.record({ sends: fc.array(sent, { maxLength: 8 }), reads: fc.array(read, { maxLength: 6 }) })),
      fc.constantFrom(8, 64, size),
      (turns, longest) => {
        const kernel = new EmulatedKernel();
        const map = kernel.createRingBuf({ name: "ring", maxEntries: size });
        const claim = claimFor(map, "ringbuf", { name: "bytes", endian: map.endian });
        const ring = new RingConsumer(acquiring(claim.memory, longest));
        const lease = ring.lend();
        const [got, expected]: [string[], string[]] = [[], []];
        let tag = 0;
        const drain = (max: number): void => {
          ring.begin(max);
          const known = () => {
            if (lease.alike && lease.last > lease.offset) alike += 1;
            got.push(`${lease.byteLength}:${lease.byteLength > 0 ? lease.getUint8(0) : ""}`);
          };
          while (ring.next(lease)) {
            let next = lease.offset;
            do {
              next += lease.stride;
              known();
            } while (lease.moveTo(next));
          }
        };
        for (const { sends, reads } of turns) {
          kernel
            .loadProgram({
              type: "xdp",
              run(bpf) {
                for (const { length, end, times } of sends) {
                  for (let i = 0; i < times; i++) {
                    const sample = bpf.ringbufReserve(map, length, 0);
                    if (sample === null) continue;
                    tag = (tag + 1) & 0xff;
                    for (let index = 0; index < length; index += 1) sample.setUint8(index, tag);
                    if (end === "discard") bpf.ringbufDiscard(sample, 0);
                    else {
                      bpf.ringbufSubmit(sample, 0);
                      expected.push(`${length}:${length > 0 ? tag : ""}`);
                    }
                  }
                }
                return 0;
              },
            })
            .run();
          ring.look();
          for (const { max, back } of reads) {
            const before = got.length;
            drain(max);
            if (back && got.length - before === max) {
              ring.back(lease.byteLength);
              got.pop();
            }
          }
          if (ring.commit()) ring.look();
        }
        drain(Number.POSITIVE_INFINITY);
        expect(got).toEqual(expected);
        expect(ring.delivered).toBe(expected.length);
        claim.release();
      },
    ),
  );
  expect(alike).toBeGreaterThan(100);
});
