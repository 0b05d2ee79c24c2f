import {
  attachUserRingBuf,
  EmulatedKernel,
  type EmulatedRingBuf,
  type EmulatedUserRingBuf,
} from "@rbgen/runtime/emulated";
import { anyBytes, selftestSample } from "@rbgen/testkit/contract/codecs";
import { expect, test } from "vitest";
import { RingBufReader, UserRingBufWriter } from "../index.ts";
import { word } from "./shared-ring.ts";

const coded = (code: string): unknown => expect.objectContaining({ code });
const sample = (seq: number) => ({ pid: 1, seq, value: 0n, comm: "" });

function drain(kernel: EmulatedKernel, map: EmulatedUserRingBuf): { returned: number; seen: number[] } {
  const seen: number[] = [];
  const program = kernel.loadProgram({
    type: "syscall",
    run: (bpf) =>
      bpf.userRingbufDrain(
        map,
        (dynptr) => {
          const bytes = new Uint8Array(32);
          bpf.dynptrRead(bytes, dynptr, 0, 0);
          seen.push(selftestSample.decode(new DataView(bytes.buffer)).seq);
          return 0;
        },
        null,
        0,
      ),
  });
  return { returned: program.run().returnValue, seen };
}

function output(kernel: EmulatedKernel, map: EmulatedRingBuf, byteLength = 8): number {
  const bytes = new Uint8Array(byteLength);
  return kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) }).run().returnValue;
}

test("a drain that a thread died in is ended by breakClaim, and the sample that it was at comes again", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
  const writer = new UserRingBufWriter(map, selftestSample);
  writer.write(sample(1));
  // what a thread leaves that is terminated in its callback
  Atomics.add(new Int32Array(map.handle().buffer), word.draining, 1);
  expect(drain(kernel, map)).toEqual({ returned: -16, seen: [] });
  expect(map.breakClaim()).toBe(true);
  expect(drain(kernel, map)).toEqual({ returned: 1, seen: [1] });
  expect(map.breakClaim()).toBe(false);
});

test("a drain that was broken and goes on does not end the next one", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
  const writer = new UserRingBufWriter(map, selftestSample);
  for (const seq of [1, 2]) writer.write(sample(seq));
  const results: number[] = [];
  const nested = (depth: number): number =>
    kernel
      .loadProgram({
        type: "syscall",
        run: (bpf) =>
          bpf.userRingbufDrain(
            map,
            () => {
              if (depth > 0) {
                map.breakClaim();
                results.push(nested(depth - 1));
              } else {
                results.push(drain(kernel, map).returned);
              }
              return 1;
            },
            null,
            0,
          ),
      })
      .run().returnValue;
  nested(1);
  // the innermost was refused by the drain that broke the first, and so is nobody afterwards
  expect(results[0]).toBe(-16);
  expect(drain(kernel, map).returned).toBeGreaterThanOrEqual(0);
});

test("a sample that a dead writer left reserved stops every drain, until a writer discards it", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
  const there = attachUserRingBuf(map.handle());
  const dead = new UserRingBufWriter(there, selftestSample);
  dead.write(sample(1));
  dead.reserve();
  dead.write(sample(2));
  expect(map.breakClaim()).toBe(true);
  expect(drain(kernel, map).seen).toEqual([1]);

  const careless = new UserRingBufWriter(map, selftestSample);
  expect(careless.abandoned).toBe(0);
  careless.write(sample(3));
  expect(drain(kernel, map).seen).toEqual([]);
  careless.close();

  const writer = new UserRingBufWriter(map, selftestSample, { discardAbandoned: true });
  expect(writer.abandoned).toBe(1);
  writer.write(sample(4));
  expect(drain(kernel, map).seen).toEqual([2, 3, 4]);
});

test("what no writer can have left is told, and the map is free again", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
  map.setPositions({ producer: 40n });
  map.corruptHeader(0n, 0x1000);
  const open = () => new UserRingBufWriter(map, selftestSample, { discardAbandoned: true });
  expect(open).toThrow(coded("ERR_RINGBUF_CORRUPT"));
  map.setPositions({ producer: 0n });
  expect(open().abandoned).toBe(0);
});

test("a consumer position that somebody put 2^32 too high is right again with the next record", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
  const reader = new RingBufReader(map, anyBytes);
  for (let i = 0; i < 4; i += 1) output(kernel, map);
  map.setPositions({ consumer: 2n ** 32n });
  expect(output(kernel, map)).toBe(-11);
  expect(reader.consume(() => {}, { max: 1 })).toBe(1);
  expect(output(kernel, map)).toBe(0);
  expect(reader.consume(() => {})).toBe(4);
  expect(output(kernel, map)).toBe(0);
});

test("statistics and a close count no more records than take a moment, and bytes exactly", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name: "events", maxEntries: 2 ** 21 });
  const reader = new RingBufReader(map, anyBytes);
  for (let i = 0; i < 65_536; i += 1) output(kernel, map, 0);
  expect(reader.stats()).toMatchObject({ remaining: 65_536, remainingBytes: 8 * 65_536 });
  output(kernel, map, 0);
  expect(reader.stats()).toMatchObject({ remaining: undefined, remainingBytes: 8 * 65_537 });
  reader.close();
  expect(reader.stats()).toMatchObject({ remaining: undefined, producedBytes: 8 * 65_537 });
});

test("a reader that is forgotten gives the map back when it is collected, and one that waits is not forgotten", async () => {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const kernel = new EmulatedKernel({ shared: false });
  const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
  const open = () => new RingBufReader(map, anyBytes);

  const polled = open().poll(() => {});
  for (let turn = 0; turn < 5; turn += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  output(kernel, map);
  expect(await polled).toBe(1);

  // nothing tells when a thing is collected: it is asked again for as long as the test may take
  let free: RingBufReader<Uint8Array> | undefined;
  while (free === undefined) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 0));
    try {
      free = open();
    } catch (error) {
      expect(error).toEqual(coded("EBUSY"));
    }
  }
  output(kernel, map);
  expect(free.consume(() => {})).toBe(1);
});
