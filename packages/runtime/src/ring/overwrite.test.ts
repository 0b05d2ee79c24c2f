import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BPF_F_RB_OVERWRITE } from "../constants.ts";
import { RingBufReader } from "../reader.ts";

const size = 4096;
const footprint = (length: number): number => Math.ceil((length + 8) / 8) * 8;

const operations = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant("output" as const), length: fc.integer({ max: 1500, min: 0 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("consume" as const), max: fc.integer({ min: 1, max: 9 }) }) },
  ),
  { maxLength: 60 },
);

test.each([true, false])(
  "overwrite mode hands out the youngest records, and tells what was lost (shared: %s)",
  (shared) => {
    let lostAtAll = 0;
    fc.assert(
      fc.property(operations, (all) => {
        const kernel = new EmulatedKernel({ kernelVersion: "6.19", shared });
        const map = kernel.createRingBuf({ name: "young", maxEntries: size, flags: BPF_F_RB_OVERWRITE });
        const reader = new RingBufReader(map, anyBytes);
        let bytes = new Uint8Array();
        const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) });
        // By kernel/bpf/ringbuf.c `__bpf_ringbuf_reserve`: the oldest go until the new one fits into all but a byte.
        let kept: Uint8Array[] = [];
        const used = (): number => kept.reduce((sum, { length }) => sum + footprint(length), 0);
        let unread: Uint8Array[] = [];
        let [tag, lost, overwritten] = [0, 0, 0];
        for (const operation of all) {
          if (operation.kind === "output") {
            tag += 1;
            bytes = new Uint8Array(operation.length).fill(tag);
            expect(program.run().returnValue).toBe(0);
            kept.push(bytes);
            while (used() > size - 1) {
              const [gone] = kept;
              kept = kept.slice(1);
              if (gone !== unread[0]) continue;
              unread = unread.slice(1);
              lost += footprint(gone!.length);
            }
            unread.push(bytes);
          } else {
            const got: Uint8Array[] = [];
            reader.consume((record) => void got.push(record), { max: operation.max });
            // What is lost is told when the reader comes to it.
            overwritten = lost;
            const expected = unread.slice(0, operation.max);
            unread = unread.slice(operation.max);
            expect(got.length).toBe(expected.length);
            expect(got.every((record, i) => Buffer.compare(record, expected[i]!) === 0)).toBe(true);
          }
          expect(reader.available).toBe(unread.reduce((sum, { length }) => sum + footprint(length), 0));
          expect(reader.stats().overwrittenBytes).toBe(overwritten);
        }
        lostAtAll += lost;
        reader.close();
      }),
      { numRuns: 300 },
    );
    expect(lostAtAll).toBeGreaterThan(0);
  },
);
