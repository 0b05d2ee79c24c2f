import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { describe, expect, test } from "vitest";
import { RingBufReader } from "../reader.ts";
import { UserRingBufWriter } from "../writer.ts";

const size = 4096;
const lengths = [0, 1, 7, 8, 9, 500, 1000, 3000];

/** Positions a little before `limit`, at every eighth byte of the ring. */
function startsBefore(limit: bigint): bigint[] {
  return Array.from({ length: size / 8 }, (_, i) => limit - BigInt(size) + BigInt(i * 8));
}

function sampleOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (seed + i) & 255);
}

// Compared here, and only a difference told to `expect`: a hundred thousand of its calls take seconds.
function equal(got: Uint8Array | undefined, bytes: Uint8Array): boolean {
  return got !== undefined && Buffer.compare(got, bytes) === 0;
}

describe.each([
  ["0", BigInt(size)],
  ["2^32", 2n ** 32n],
  ["2^53", 2n ** 53n],
  ["2^56", 2n ** 56n],
  ["2^63", 2n ** 63n],
])("positions that pass %s", (_, limit) => {
  test("read back what was sent, from every offset on", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createRingBuf({ name: "events", maxEntries: size });
    let bytes: Uint8Array = new Uint8Array(0);
    const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) });
    for (const start of startsBefore(limit)) {
      map.setPositions({ producer: start, consumer: start, pending: start });
      const reader = new RingBufReader(map, anyBytes);
      let end = start;
      for (const length of lengths) {
        bytes = sampleOf(length, length);
        const sent = program.run().returnValue;
        let got: Uint8Array | undefined;
        const taken = reader.consume((record) => {
          got = record;
        });
        if (sent !== 0 || taken !== 1 || !equal(got, bytes)) {
          expect.fail(`${length} bytes at ${end}: ${sent}, ${taken}`);
        }
        end += BigInt(Math.ceil((length + 8) / 8) * 8);
      }
      expect(reader.positions).toEqual({ consumer: end, producer: end });
      expect(kernelConsumerPosition(kernel, map)).toBe(end);
      reader.close();
    }
  });

  test("drain what was written, from every offset on", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createUserRingBuf({ name: "commands", maxEntries: size });
    const drained: Uint8Array[] = [];
    const program = kernel.loadProgram({
      type: "syscall",
      run: (bpf) =>
        bpf.userRingbufDrain(
          map,
          (sample) => {
            const copy = new Uint8Array(bpf.dynptrSize(sample));
            bpf.dynptrRead(copy, sample, 0, 0);
            drained.push(copy);
            return 0;
          },
          null,
          0,
        ),
    });
    for (const start of startsBefore(limit)) {
      map.setPositions({ producer: start, consumer: start });
      const writer = new UserRingBufWriter(map, anyBytes);
      for (const length of lengths) {
        const bytes = sampleOf(length, length);
        writer.write(bytes);
        drained.length = 0;
        const { returnValue } = program.run();
        if (returnValue !== 1 || !equal(drained[0], bytes)) {
          expect.fail(`${length} bytes from ${start}: ${returnValue}`);
        }
      }
      writer.reserve(size - 8).submit();
      expect(writer.tryReserve(0)).toBeNull();
      expect(program.run().returnValue).toBe(1);
      writer.close();
    }
  });
});

describe("a drain's positions", () => {
  /** What a drain of `producer` and `consumer` returns, with a header of `length` at the consumer position. */
  function drained(producer: bigint, consumer: bigint, length: number): number {
    const kernel = new EmulatedKernel();
    const map = kernel.createUserRingBuf({ name: "commands", maxEntries: size });
    map.setPositions({ producer, consumer });
    map.corruptHeader(consumer, length);
    const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.userRingbufDrain(map, () => 1, null, 0) });
    return program.run().returnValue;
  }

  // `if (cons_pos >= prod_pos) return -ENODATA`, which is no error of the drain: all 64 bits count
  test.each([
    [16n, 2n ** 32n],
    [16n, 2n ** 32n + 8n],
    [2n ** 32n + 64n, 2n ** 33n],
    [64n, 64n],
    [64n, 72n],
  ])("producer %i behind consumer %i is nothing to drain", (producer, consumer) => {
    expect(drained(producer, consumer, 8)).toBe(0);
  });

  // `if (total_len > prod_pos - cons_pos) return -EINVAL`
  test.each([0n, 64n, 2n ** 32n - 8n, 2n ** 40n])(
    "a length beyond the producer position is EINVAL from %i on",
    (start) => {
      expect(drained(start + 16n, start, 8)).toBe(1);
      expect(drained(start + 16n, start, 9)).toBe(-22);
      expect(drained(start + 16n, start, 4000)).toBe(-22);
      expect(drained(start + 24n, start, 16)).toBe(1);
      expect(drained(start + 24n, start, 17)).toBe(-22);
    },
  );

  test("a producer position that went on by more than a ring hides no sample", () => {
    expect(drained(2n ** 32n + 16n, 0n, 8)).toBe(1);
    expect(drained(2n ** 32n, 0n, 4096)).toBe(-7);
  });
});

describe("positions that pass 2^64", () => {
  const start = 2n ** 64n - 64n;

  test("stop a reader with a typed error", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createRingBuf({ name: "events", maxEntries: size });
    map.setPositions({ producer: start, consumer: start, pending: start });
    const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, new Uint8Array(24), 0) });
    const reader = new RingBufReader(map, anyBytes);
    expect(program.run().returnValue).toBe(0);
    expect(reader.consume(() => {})).toBe(1);
    expect(program.run().returnValue).toBe(0);
    expect(() => reader.consume(() => {})).toThrow(
      expect.objectContaining({ code: "ERR_RINGBUF_CORRUPT", position: start + 32n }),
    );
  });

  test("stop a writer with a typed error, before a position overflows", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createUserRingBuf({ name: "commands", maxEntries: size });
    map.setPositions({ producer: start, consumer: start });
    const writer = new UserRingBufWriter(map, anyBytes);
    expect(() => writer.write(new Uint8Array(8))).toThrow(
      expect.objectContaining({ code: "ERR_RINGBUF_CORRUPT", position: start }),
    );
  });

  test("are walked by a drain, as by the kernel's", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createUserRingBuf({ name: "commands", maxEntries: size });
    const end = 2n ** 64n - 8n;
    map.setPositions({ producer: end, consumer: end - 32n });
    map.corruptHeader(end - 32n, 8);
    map.corruptHeader(end - 16n, 8);
    const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.userRingbufDrain(map, () => 0, null, 0) });
    expect(program.run().returnValue).toBe(2);
  });
});

function kernelConsumerPosition(kernel: EmulatedKernel, map: ReturnType<EmulatedKernel["createRingBuf"]>): bigint {
  let position = 0n;
  const program = kernel.loadProgram({
    type: "xdp",
    run(bpf) {
      position = bpf.ringbufQuery(map, 2);
      return 0;
    },
  });
  program.run();
  return position;
}
