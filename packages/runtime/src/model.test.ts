import { EmulatedKernel, type EmulatedRingBuf } from "@rbgen/runtime/emulated";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RingBufReader } from "./reader.ts";
import { UserRingBufWriter } from "./writer.ts";

const size = 4096;
const footprint = (length: number): number => Math.ceil((length + 8) / 8) * 8;

/** A record of the reference: what a ring is, said without rings. */
interface Kept {
  readonly length: number;
  readonly tag: number;
  state: "busy" | "ready" | "discarded";
}

/** Bytes that tell which record they are of, and where in it they stand. */
function payload({ length, tag }: { readonly length: number; readonly tag: number }): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (tag * 31 + i) & 255);
}

const lengths = fc.oneof(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 0, max: 4200 }));
const starts = fc.oneof(
  fc.constant(0n),
  fc.integer({ min: 0, max: 511 }).map((i) => 2n ** 32n - BigInt(size) + BigInt(i * 8)),
);

const ringOperations = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("output" as const), length: lengths }),
    fc.record({ kind: fc.constant("hold" as const), length: lengths }),
    fc.record({ kind: fc.constant("end" as const), which: fc.nat(), discard: fc.boolean() }),
    fc.record({ kind: fc.constant("consume" as const), max: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ kind: fc.constant("views" as const), max: fc.integer({ min: 0, max: 5 }) }),
  ),
  { maxLength: 120 },
);

test.each([true, false])("several producers and a reader do what a queue would do (shared memory: %s)", (shared) => {
  fc.assert(
    fc.property(ringOperations, starts, (operations, start) => {
      const kernel = new EmulatedKernel({ shared });
      const map: EmulatedRingBuf = kernel.createRingBuf({ name: "model", maxEntries: size });
      map.setPositions({ producer: start, consumer: start, pending: start });
      const reader = new RingBufReader(map, anyBytes);
      const queue: Kept[] = [];
      const held: { readonly record: Kept; readonly busy: ReturnType<EmulatedRingBuf["hold"]> }[] = [];
      let tag = 0;
      let produced = 0;
      let delivered = 0;
      let discarded = 0;
      const used = (): number => queue.reduce((sum, { length }) => sum + footprint(length), 0);
      const fits = (length: number): boolean => used() + footprint(length) <= size - 1;
      let bytes: Uint8Array = new Uint8Array(0);
      const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) });
      const take = (max: number): Uint8Array[] => {
        const taken: Uint8Array[] = [];
        // a discarded record before the max-th goes too; those after it stay
        while (taken.length < max && queue[0] !== undefined && queue[0].state !== "busy") {
          const first = queue.shift()!;
          if (first.state === "ready") taken.push(payload(first));
          else discarded += 1;
        }
        delivered += taken.length;
        return taken;
      };
      for (const operation of operations) {
        if (operation.kind === "output" || operation.kind === "hold") {
          tag += 1;
          const room = fits(operation.length);
          const record: Kept = { length: operation.length, tag, state: operation.kind === "hold" ? "busy" : "ready" };
          if (operation.kind === "output") {
            bytes = payload(record);
            expect(program.run().returnValue).toBe(room ? 0 : -11);
          } else if (room) {
            const busy = map.hold(operation.length);
            busy.bytes.set(payload(record));
            held.push({ record, busy });
          } else {
            expect(() => map.hold(operation.length)).toThrow(expect.objectContaining({ code: "ENOSPC" }));
          }
          if (room) {
            queue.push(record);
            produced += footprint(operation.length);
          }
        } else if (operation.kind === "end") {
          const [one] = held.splice(operation.which % Math.max(1, held.length), 1);
          if (one === undefined) continue;
          one.record.state = operation.discard ? "discarded" : "ready";
          if (operation.discard) one.busy.discard();
          else one.busy.submit();
        } else {
          const got: Uint8Array[] = [];
          const options = { max: operation.max };
          if (operation.kind === "consume") reader.consume((record) => void got.push(record), options);
          else reader.consumeViews((view) => void got.push(view.bytes), options);
          const expected = take(operation.max);
          expect(got.length).toBe(expected.length);
          expect(got.every((record, i) => Buffer.compare(record, expected[i]!) === 0)).toBe(true);
        }
        const stats = reader.stats();
        expect(stats).toMatchObject({
          delivered,
          discarded,
          remaining: queue.length,
          remainingBytes: used(),
          producedBytes: produced,
        });
        expect(stats.deliveredBytes + stats.discardedBytes + stats.remainingBytes).toBe(produced);
        expect(stats.kernel?.records).toBe(delivered + discarded + queue.length);
      }
      reader.close();
    }),
    { numRuns: 1000 },
  );
});

const userOperations = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("write" as const), length: lengths }),
    fc.record({ kind: fc.constant("reserve" as const), length: lengths }),
    fc.record({ kind: fc.constant("end" as const), which: fc.nat(), discard: fc.boolean() }),
    fc.record({ kind: fc.constant("drain" as const), stopAt: fc.integer({ min: 1, max: 6 }) }),
  ),
  { maxLength: 120 },
);

test.each([true, false])("a writer and drains do what a queue would do (shared memory: %s)", (shared) => {
  fc.assert(
    fc.property(userOperations, starts, (operations, start) => {
      const kernel = new EmulatedKernel({ shared });
      const map = kernel.createUserRingBuf({ name: "model", maxEntries: size });
      map.setPositions({ producer: start, consumer: start });
      const writer = new UserRingBufWriter(map, anyBytes);
      const queue: Kept[] = [];
      const open: { readonly record: Kept; readonly sample: ReturnType<typeof writer.reserve> }[] = [];
      let tag = 0;
      let stopAt = 0;
      const got: Uint8Array[] = [];
      const program = kernel.loadProgram({
        type: "syscall",
        run: (bpf) =>
          bpf.userRingbufDrain(
            map,
            (sample) => {
              const copy = new Uint8Array(bpf.dynptrSize(sample));
              bpf.dynptrRead(copy, sample, 0, 0);
              got.push(copy);
              return got.length === stopAt ? 1 : 0;
            },
            null,
            0,
          ),
      });
      const used = (): number => queue.reduce((sum, { length }) => sum + footprint(length), 0);
      for (const operation of operations) {
        if (operation.kind === "write" || operation.kind === "reserve") {
          tag += 1;
          const { length } = operation;
          const code = footprint(length) > size ? "E2BIG" : used() + footprint(length) > size ? "ENOSPC" : undefined;
          const record: Kept = { length, tag, state: operation.kind === "write" ? "ready" : "busy" };
          const act = (): void => {
            if (operation.kind === "write") {
              writer.write(payload(record));
            } else {
              const sample = writer.reserve(length);
              sample.view.bytes = payload(record);
              open.push({ record, sample });
            }
          };
          if (code === undefined) {
            act();
            queue.push(record);
          } else {
            expect(act).toThrow(expect.objectContaining({ code }));
          }
        } else if (operation.kind === "end") {
          const [one] = open.splice(operation.which % Math.max(1, open.length), 1);
          if (one === undefined) continue;
          one.record.state = operation.discard ? "discarded" : "ready";
          if (operation.discard) one.sample.discard();
          else one.sample.submit();
        } else {
          got.length = 0;
          stopAt = operation.stopAt;
          const expected: Uint8Array[] = [];
          while (queue[0] !== undefined && queue[0].state !== "busy" && expected.length < stopAt) {
            const first = queue.shift()!;
            if (first.state === "ready") expected.push(payload(first));
          }
          expect(program.run().returnValue).toBe(expected.length);
          expect(got.length === expected.length && got.every((one, i) => Buffer.compare(one, expected[i]!) === 0)).toBe(
            true,
          );
        }
        expect(writer.pending).toBe(used());
      }
      writer.close();
    }),
    { numRuns: 1000 },
  );
});
