import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { anyBytes, selftestSample } from "@rbgen/testkit/contract/codecs";
import { describe, expect, test } from "vitest";
import { BPF_RB_CONS_POS } from "./constants.ts";
import { RingBufReader } from "./reader.ts";
import { UserRingBufWriter } from "./writer.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("a reader of an emulated ring", () => {
  test("hands out what a program outputs, in order", async () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
    const program = kernel.loadProgram({
      type: "tracepoint",
      run(bpf, context) {
        return bpf.ringbufOutput(map, context, 0);
      },
    });
    const reader = new RingBufReader(map, anyBytes);
    const seen: number[] = [];
    setTimeout(() => {
      for (let i = 0; i < 5; i += 1) expect(program.run(bytes(i, i)).returnValue).toBe(0);
    }, 5);
    for await (const record of reader) {
      seen.push(record[0]!);
      if (seen.length === 5) break;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(reader.stats()).toMatchObject({ delivered: 5, deliveredBytes: 80, remainingBytes: 0, producedBytes: 80 });
    reader.close();
  });

  test.each(["consume", "consumeViews"] as const)(
    "%s gives room back at once, and a long drain in parts of what it passed",
    (way) => {
      const kernel = new EmulatedKernel();
      const map = kernel.createRingBuf({ name: "events", maxEntries: 1 << 18 });
      const reader = new RingBufReader(map, selftestSample);
      const each = selftestSample.size + 8;
      const records = Math.floor((1 << 18) / each);
      const sample = new Uint8Array(selftestSample.size);
      const fill = kernel.loadProgram({
        type: "xdp",
        run(bpf) {
          for (let i = 0; i < records; i += 1) bpf.ringbufOutput(map, sample, 0);
          return 0;
        },
      });
      let position = 0n;
      const look = kernel.loadProgram({
        type: "xdp",
        run(bpf) {
          position = bpf.ringbufQuery(map, BPF_RB_CONS_POS);
          return 0;
        },
      });
      fill.run();
      const seen: number[] = [];
      const take = (): void => {
        look.run();
        seen.push(Number(position));
      };
      expect(way === "consume" ? reader.consume(take) : reader.consumeViews(take)).toBe(records);
      for (const [index, at] of seen.entries()) {
        const passed = index * each;
        expect(at).toBeLessThanOrEqual(passed);
        expect(passed - at).toBeLessThanOrEqual(Math.min(passed / 16, (1 << 18) / 8) + each);
      }
      expect(seen.slice(0, 4)).toEqual([0, each, 2 * each, 3 * each]);
      expect(new Set(seen).size).toBeLessThan(200);
      look.run();
      expect(Number(position)).toBe(records * each);
      reader.close();
    },
  );

  test("wraps for 10000 records of every length", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
    const reader = new RingBufReader(map, anyBytes);
    const program = kernel.loadProgram({ type: "xdp", run: (bpf, context) => bpf.ringbufOutput(map, context, 0) });
    for (let i = 0; i < 10_000; i += 1) {
      const sent = new Uint8Array(i % 300).fill(i & 255);
      expect(program.run(sent).returnValue).toBe(0);
      const got: Uint8Array[] = [];
      expect(reader.consume((record) => void got.push(record))).toBe(1);
      expect(got.length === 1 && Buffer.compare(got[0]!, sent) === 0).toBe(true);
    }
    reader.close();
  });
});

test("a writer's samples are drained in order", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
  const writer = new UserRingBufWriter(map, selftestSample);
  const seen: number[] = [];
  const program = kernel.loadProgram({
    type: "syscall",
    run: (bpf) =>
      bpf.userRingbufDrain(
        map,
        (sample) => {
          const copy = new Uint8Array(32);
          expect(bpf.dynptrRead(copy, sample, 0, 0)).toBe(0);
          seen.push(selftestSample.decode(new DataView(copy.buffer)).seq);
          return 0;
        },
        null,
        0,
      ),
  });
  for (let lap = 0; lap < 1000; lap += 1) {
    for (let i = 0; i < 7; i += 1) writer.write({ pid: 1, seq: lap * 7 + i, value: 5n, comm: "x" });
    expect(program.run().returnValue).toBe(7);
  }
  expect(seen).toEqual(Array.from({ length: 7000 }, (_, i) => i));
  writer.close();
});
