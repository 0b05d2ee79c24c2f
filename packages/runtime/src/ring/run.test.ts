import { EmulatedKernel } from "@rbgen/runtime/emulated";
import fc from "fast-check";
import { expect, test } from "vitest";
import { claimFor } from "../backend.ts";
import { CorruptRingError } from "../errors.ts";
import { RingConsumer, type RingRun } from "./consumer.ts";

const size = 4096;
const record = fc.record({
  length: fc.integer({ min: 0, max: 300 }),
  end: fc.constantFrom("submit" as const, "submit" as const, "submit" as const, "discard" as const),
});
const runs = fc.array(
  fc.record({ records: fc.array(record, { maxLength: 12 }), limit: fc.integer({ min: 8, max: size }) }),
  {
    maxLength: 20,
  },
);

/** The samples of a run, by the headers between them. */
function samplesOf(data: Uint8Array, { offset, byteLength }: RingRun): Uint8Array[] {
  const view = new DataView(data.buffer, data.byteOffset);
  const samples: Uint8Array[] = [];
  for (let at = offset; at < offset + byteLength; ) {
    const length = view.getUint32(at, true);
    samples.push(data.slice(at + 8, at + 8 + length));
    at += Math.ceil((length + 8) / 8) * 8;
  }
  return samples;
}

test.each([true, false])("runs and single samples are all that was submitted, in order (shared: %s)", (shared) => {
  let [inRuns, alone] = [0, 0];
  fc.assert(
    fc.property(runs, fc.integer({ min: 0, max: 300 }), (all, longest) => {
      const kernel = new EmulatedKernel({ shared });
      const map = kernel.createRingBuf({ name: "ring", maxEntries: size });
      const claim = claimFor(map, "ringbuf", { name: "bytes", endian: map.endian });
      const { data } = claim.memory;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, 2 * size);
      const ring = new RingConsumer(claim.memory);
      const lease = ring.lend();
      const run: RingRun = { offset: 0, byteLength: 0, payload: 0, last: 0 };
      const [got, expected]: [Uint8Array[], Uint8Array[]] = [[], []];
      let tag = 0;
      for (const { records, limit } of all) {
        const program = kernel.loadProgram({
          type: "xdp",
          run(bpf) {
            for (const { length, end } of records) {
              const sample = bpf.ringbufReserve(map, length, 0);
              if (sample === null) continue;
              tag += 1;
              const content = new Uint8Array(length).fill(tag);
              for (let index = 0; index < length; index += 1) sample.setUint8(index, tag);
              if (end === "discard") bpf.ringbufDiscard(sample, 0);
              else {
                bpf.ringbufSubmit(sample, 0);
                expected.push(content);
              }
            }
            return 0;
          },
        });
        program.run();
        ring.look();
        for (;;) {
          const count = ring.nextRun(run, limit, longest);
          if (count > 0) {
            const samples = samplesOf(bytes, run);
            expect(samples.length).toBe(count);
            expect(run.byteLength).toBeLessThanOrEqual(limit);
            expect(run.payload).toBe(samples.reduce((sum, { length }) => sum + length, 0));
            expect(samples.every(({ length }) => length <= longest)).toBe(true);
            expect(
              samplesOf(bytes, { ...run, offset: run.offset + run.last, byteLength: run.byteLength - run.last }),
            ).toEqual(samples.slice(-1));
            got.push(...samples);
            inRuns += count;
          } else if (ring.next(lease)) {
            got.push(bytes.slice(lease.offset, lease.offset + lease.byteLength));
            alone += 1;
          } else break;
        }
        ring.commit();
        expect(ring.available).toBe(0n);
      }
      expect(got).toEqual(expected);
      expect(ring.delivered).toBe(expected.length);
      claim.release();
    }),
  );
  expect(inRuns).toBeGreaterThan(100);
  expect(alone).toBeGreaterThan(10);
});

test("a run ends before a busy record, and before one that reaches beyond the producer position, which `next` refuses", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name: "ring", maxEntries: size });
  const claim = claimFor(map, "ringbuf", { name: "bytes", endian: map.endian });
  const ring = new RingConsumer(claim.memory);
  const run: RingRun = { offset: 0, byteLength: 0, payload: 0, last: 0 };
  kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, new Uint8Array(16), 0) }).run();
  kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, new Uint8Array(16), 0) }).run();
  const words = new Int32Array(claim.memory.data.buffer, claim.memory.data.byteOffset, size / 4);
  ring.look();
  words[6] = 16 | -0x80000000;
  expect(ring.nextRun(run, size, size)).toBe(1);
  expect(ring.nextRun(run, size, size)).toBe(0);
  words[6] = 17;
  expect(ring.nextRun(run, size, size)).toBe(0);
  expect(() => ring.next(ring.lend())).toThrow(CorruptRingError);
  claim.release();
});
