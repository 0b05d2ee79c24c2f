import { once } from "node:events";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { describe, expect, test } from "vitest";
import { claimMap } from "../backend.ts";
import { BPF_F_NUMA_NODE, BPF_F_RB_OVERWRITE } from "../constants.ts";
import { UnsupportedError } from "../errors.ts";
import { RingBufReader } from "../reader.ts";
import { UserRingBufWriter } from "../writer.ts";
import { ManualClock } from "./clock.ts";
import { attachRingBuf, attachUserRingBuf, EmulatedKernel, type RingBufOptions } from "./kernel.ts";
import type { EmulatedRingBuf } from "./ringbuf.ts";
import { word } from "./shared-ring.ts";

const name = "events";

function coded(code: string): unknown {
  return expect.objectContaining({ code });
}

function output(kernel: EmulatedKernel, map: EmulatedRingBuf, flags = 0): number {
  return kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, new Uint8Array(8), flags) }).run()
    .returnValue;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

describe("creating a map", () => {
  test.each<[string, Omit<RingBufOptions, "name">]>([
    ["map_extra", { maxEntries: 4096, mapExtra: 1 }],
    ["a NUMA node that is not there", { maxEntries: 4096, flags: BPF_F_NUMA_NODE, numaNode: 1 }],
    ["a key size", { maxEntries: 4096, keySize: 4 }],
    ["a value size", { maxEntries: 4096, valueSize: 8 }],
    ["half a page", { maxEntries: 2048 }],
    ["a fraction", { maxEntries: 4096.5 }],
    ["a negative size", { maxEntries: -4096 }],
    ["more than 2^31", { maxEntries: 2 ** 32 }],
  ])("refuses %s with EINVAL", (_, options) => {
    const kernel = new EmulatedKernel();
    const einval = expect.objectContaining({ code: "EINVAL", errno: -22, syscall: "BPF_MAP_CREATE" });
    expect(() => kernel.createRingBuf({ name, ...options })).toThrow(einval);
    expect(() => kernel.createUserRingBuf({ name, ...options })).toThrow(einval);
  });

  test("keeps names to what the kernel takes, and cuts an object's as libbpf does", () => {
    const kernel = new EmulatedKernel({ kernelVersion: "6.19" });
    expect(() => kernel.createRingBuf({ name: "records_of_exec_", maxEntries: 4096 })).toThrow(coded("EINVAL"));
    const descriptor = { type: "ringbuf", maxEntries: 4096, mapFlags: BPF_F_RB_OVERWRITE, codec: undefined } as const;
    const map = kernel.createRingBuf({ name: "records_of_exec_", ...descriptor });
    expect([map.name, map.flags]).toEqual(["records_of_exec", BPF_F_RB_OVERWRITE]);
    expect(() => kernel.createRingBuf({ name: "records of", ...descriptor })).toThrow(coded("EINVAL"));
  });

  test("prints as its description, not as its bytes", () => {
    const kernel = new EmulatedKernel();
    for (const map of [
      kernel.createRingBuf({ name, maxEntries: 4096 }),
      kernel.createUserRingBuf({ name, maxEntries: 4096 }),
    ]) {
      expect(Object.keys(map).sort()).toEqual(["endian", "faults", "flags", "maxEntries", "name", "type"]);
      expect(inspect(map, { depth: 9, showHidden: false }).length).toBeLessThan(500);
    }
  });

  test("takes the NUMA flag with node -1 or 0, and any node without it", () => {
    const kernel = new EmulatedKernel();
    for (const numaNode of [-1, 0]) {
      const map = kernel.createRingBuf({ name, maxEntries: 4096, flags: BPF_F_NUMA_NODE, numaNode });
      expect(map.flags).toBe(BPF_F_NUMA_NODE);
    }
    expect(kernel.createRingBuf({ name, maxEntries: 4096, numaNode: 99 }).flags).toBe(0);
  });

  test.each([4096, 16384, 65536])("takes no less than a page of %i bytes", (pageSize) => {
    const kernel = new EmulatedKernel({ pageSize });
    const map = kernel.createRingBuf({ name, maxEntries: pageSize });
    expect(output(kernel, map)).toBe(0);
    expect(new RingBufReader(map, anyBytes).consume(() => {})).toBe(1);
    expect(() => kernel.createRingBuf({ name, maxEntries: pageSize / 2 })).toThrow(coded("EINVAL"));
  });

  test.each([
    [1, 4096],
    [4095, 4096],
    [4096, 4096],
    [4097, 8192],
    [12288, 16384],
    [100000, 131072],
  ])("rounds %i up to %i on request, as libbpf's loader does", (maxEntries, rounded) => {
    expect(new EmulatedKernel().createRingBuf({ name, maxEntries, roundUp: true }).maxEntries).toBe(rounded);
  });

  test.each([0, 2 ** 31 + 1])("rounds %i to nothing that is taken", (maxEntries) => {
    expect(() => new EmulatedKernel().createRingBuf({ name, maxEntries, roundUp: true })).toThrow(coded("EINVAL"));
  });

  test("knows overwrite mode from 6.19 on, for ring buffers only", () => {
    const options = { name, maxEntries: 4096, flags: BPF_F_RB_OVERWRITE };
    expect(() => new EmulatedKernel().createRingBuf(options)).toThrow(coded("EINVAL"));
    const kernel = new EmulatedKernel({ kernelVersion: "6.19" });
    expect(kernel.createRingBuf(options).flags).toBe(BPF_F_RB_OVERWRITE);
    expect(() => kernel.createUserRingBuf(options)).toThrow(coded("EINVAL"));
  });

  test("is not for kernels or pages that it does not know", () => {
    expect(() => new EmulatedKernel({ pageSize: 8192 })).toThrow(coded("EINVAL"));
    expect(() => new EmulatedKernel({ kernelVersion: "x" })).toThrow(coded("EINVAL"));
    expect(() => new EmulatedKernel({ kernelVersion: "6.1" })).toThrow(UnsupportedError);
    expect(new EmulatedKernel({ kernelVersion: "7.0.1-rc2" }).kernelVersion).toBe("7.0.1-rc2");
  });
});

test("a codec of the other byte order is refused", () => {
  const kernel = new EmulatedKernel({ endian: anyBytes.endian === "little" ? "big" : "little" });
  const map = kernel.createRingBuf({ name, maxEntries: 4096 });
  const user = kernel.createUserRingBuf({ name, maxEntries: 4096 });
  expect(() => new RingBufReader(map, anyBytes)).toThrow(coded("EINVAL"));
  expect(() => new UserRingBufWriter(user, anyBytes)).toThrow(coded("EINVAL"));
});

test("a kernel has one of two byte orders", () => {
  expect(() => new EmulatedKernel({ endian: "middle" as never })).toThrow(coded("EINVAL"));
});

describe("a handle", () => {
  test("gives another map over the same ring, of the same type only", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createRingBuf({ name, maxEntries: 4096 });
    const twin = attachRingBuf(map.handle());
    expect(twin).toMatchObject({ name, maxEntries: 4096, flags: 0, endian: map.endian, type: "ringbuf" });
    expect(output(kernel, twin)).toBe(0);
    const reader = new RingBufReader(map, anyBytes);
    expect(() => new RingBufReader(twin, anyBytes)).toThrow(coded("EBUSY"));
    expect(reader.consume(() => {})).toBe(1);
    expect(() => attachUserRingBuf(map.handle())).toThrow(coded("EINVAL"));
    expect(() => attachRingBuf({} as never)).toThrow(coded("EINVAL"));
    expect(() => attachRingBuf({ ...map.handle(), buffer: new SharedArrayBuffer(8192) })).toThrow(coded("EINVAL"));
  });

  test.each([
    [0, 2048],
    [8, 2036],
    [-8, 4108],
    [4096, 6144],
  ])("of memory that speaks of pages of %i bytes and %i bytes of data is refused", (pageSize, size) => {
    const handle = new EmulatedKernel().createRingBuf({ name, maxEntries: 4096 }).handle();
    const lying = new SharedArrayBuffer(3 * pageSize + 2 * size);
    const words = new Int32Array(lying, 0, 256);
    words.set(new Int32Array(handle.buffer, 0, 256));
    [words[4], words[2]] = [pageSize, size];
    expect(() => attachRingBuf({ ...handle, buffer: lying })).toThrow(coded("EINVAL"));
  });

  test("is not to be had of plain memory, or of a closed map", () => {
    const map = new EmulatedKernel({ shared: false }).createRingBuf({ name, maxEntries: 4096 });
    expect(() => map.handle()).toThrow(UnsupportedError);
    map.close();
    expect(() => map.handle()).toThrow(coded("ERR_RINGBUF_CLOSED"));
  });
});

describe("faults", () => {
  test("a helper fails as the kernel is told, in any program, and its record counts as none", () => {
    const kernel = new EmulatedKernel({ seed: 3 });
    const events = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
    const commands = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
    const perf = kernel.createPerfEventArray({ name: "perf" });
    const seen: unknown[] = [];
    const program = kernel.loadProgram({
      type: "syscall",
      run(bpf) {
        const dynptr = bpf.dynptr();
        seen.push(
          bpf.ringbufReserve(events, 8, 0),
          bpf.ringbufOutput(events, new Uint8Array(8), 0),
          bpf.ringbufReserveDynptr(events, 8, 0, dynptr),
          bpf.perfEventOutput(perf, 0, new Uint8Array(8)),
          bpf.userRingbufDrain(commands, () => 0, undefined, 0),
        );
        bpf.ringbufDiscardDynptr(dynptr, 0);
        return 0;
      },
    });
    const reserving = ["bpf_ringbuf_reserve", "bpf_ringbuf_output", "bpf_ringbuf_reserve_dynptr"] as const;
    for (const helper of reserving) kernel.faults.fail(helper, 1, -12);
    kernel.faults.fail("bpf_perf_event_output", 1, -28);
    kernel.faults.fail("bpf_user_ringbuf_drain", 1, -16);
    program.run();
    expect(seen).toEqual([null, -12, -12, -28, -16]);
    expect(events.readiness()).toBe(0);
    expect(() => kernel.faults.fail("bpf_loop" as never, 1, -12)).toThrow(
      /"bpf_loop" cannot be made to fail; these can/,
    );
  });

  test("helpers that fail at a rate fail at the same calls by the same seed, until all is well", () => {
    const outcomes = (seed: number): number[] => {
      const kernel = new EmulatedKernel({ seed });
      const events = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
      const bytes = new Uint8Array(8);
      const program = kernel.loadProgram({ type: "syscall", run: (bpf) => bpf.ringbufOutput(events, bytes, 0) });
      kernel.faults.failAtRate("bpf_ringbuf_output", 0.5, -12);
      const results = Array.from({ length: 40 }, () => program.run().returnValue);
      kernel.faults.clear();
      expect(program.run().returnValue).toBe(0);
      return results;
    };
    expect(outcomes(1)).toEqual(outcomes(1));
    expect(outcomes(1)).not.toEqual(outcomes(2));
    expect(new Set(outcomes(1))).toEqual(new Set([0, -12]));
  });

  test("fail the next reservations, and are counted apart", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createRingBuf({ name, maxEntries: 4096 });
    map.faults.failReservations(2);
    expect([output(kernel, map), output(kernel, map), output(kernel, map)]).toEqual([-11, -11, 0]);
    const dropped = { full: 0, "too big": 0, lock: 0, fault: 2 };
    expect(new RingBufReader(map, anyBytes).stats().kernel).toEqual({ records: 1, discarded: 0, dropped });
  });

  test("at a rate are the same for the same seed", () => {
    const run = (seed: number): string => {
      const kernel = new EmulatedKernel({ seed });
      const map = kernel.createRingBuf({ name, maxEntries: 65536 });
      map.faults.failReservationsAtRate(0.3);
      return Array.from({ length: 200 }, () => (output(kernel, map) === 0 ? "1" : "0")).join("");
    };
    expect(run(5)).toBe(run(5));
    expect(run(5)).not.toBe(run(6));
    const failures = run(5).split("0").length - 1;
    expect(failures > 30 && failures < 90).toBe(true);
  });

  test("of a slow consumer fill the ring early", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createRingBuf({ name, maxEntries: 4096 });
    map.faults.slowConsumer(4096 - 64);
    let fit = 0;
    while (output(kernel, map) === 0) fit += 1;
    expect(fit).toBe(3);
    map.faults.clear();
    expect(output(kernel, map)).toBe(0);
  });

  test("drop and delay wake-ups, by the kernel's clock", async () => {
    const clock = new ManualClock();
    const kernel = new EmulatedKernel({ clock });
    const map = kernel.createRingBuf({ name, maxEntries: 4096 });
    map.faults.dropWakeups(1);
    map.faults.delayWakeups(50);
    let polled: number | undefined;
    const polling = new RingBufReader(map, anyBytes)
      .poll(() => {}, { timeoutMs: 1000 })
      .then((count) => {
        polled = count;
      });
    output(kernel, map);
    clock.advance(100);
    await pause();
    expect(polled).toBeUndefined();
    output(kernel, map, 2);
    clock.advance(49);
    await pause();
    expect(polled).toBeUndefined();
    clock.advance(1);
    await polling;
    expect(polled).toBe(2);
  });

  test("corrupt a header: the reader stops with the position, and hands out no wrong record", () => {
    const kernel = new EmulatedKernel();
    const map = kernel.createRingBuf({ name, maxEntries: 4096 });
    const reader = new RingBufReader(map, anyBytes);
    for (let i = 0; i < 3; i += 1) output(kernel, map);
    map.corruptHeader(16n, 0x1000);
    let seen = 0;
    const handler = (): void => {
      seen += 1;
    };
    const corrupt = expect.objectContaining({ code: "ERR_RINGBUF_CORRUPT", position: 16n });
    expect(() => reader.consume(handler)).toThrow(corrupt);
    expect(() => reader.consume(handler)).toThrow(corrupt);
    expect(seen).toBe(1);
    expect(reader.stats()).toMatchObject({ delivered: 1, deliveredBytes: 16, remainingBytes: 32, producedBytes: 48 });
  });
});

test("a timeout under a manual clock takes no time of its own", async () => {
  const clock = new ManualClock();
  const kernel = new EmulatedKernel({ clock });
  const reader = new RingBufReader(kernel.createRingBuf({ name, maxEntries: 4096 }), anyBytes);
  const polling = reader.poll(() => {}, { timeoutMs: 3_600_000 });
  clock.advance(3_600_000);
  expect(await polling).toBe(0);
});

test("a thread that died with the ring's lock makes reservations fail after a bounded number of tries, counted apart", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name, maxEntries: 4096 });
  expect(output(kernel, map)).toBe(0);
  const lock = new Int32Array(map.handle().buffer);
  Atomics.store(lock, word.lock, 1);
  expect(output(kernel, map)).toBe(-11);
  const reader = new RingBufReader(map, anyBytes);
  expect(reader.stats().kernel?.dropped["lock"]).toBe(1);
  expect(reader.consume(() => {})).toBe(1);
});

test("a reservation goes by where the consumer position is, however it came there", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name, maxEntries: 4096 });
  const other = attachRingBuf(map.handle());
  const bytes = new Uint8Array(1000);
  const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) });
  expect(program.run().returnValue).toBe(0);
  // ahead of the producer position: the difference wraps
  other.setPositions({ consumer: 2n ** 32n });
  expect(program.run().returnValue).toBe(-11);
  other.setPositions({ consumer: 0n });
  expect(program.run().returnValue).toBe(0);
  const claim = other[claimMap]();
  const { buffer, byteOffset } = claim.memory.consumer;
  Atomics.store(new BigUint64Array(buffer, byteOffset, 1), 0, 4096n);
  claim.release();
  expect(program.run().returnValue).toBe(-11);
});

test.each(["reader", "writer"])(
  "a claim whose thread was terminated can be broken, and another %s goes on",
  async (side) => {
    const kernel = new EmulatedKernel();
    const ringBuf = kernel.createRingBuf({ name, maxEntries: 4096 });
    const userRingBuf = kernel.createUserRingBuf({ name, maxEntries: 4096 });
    const map = side === "reader" ? ringBuf : userRingBuf;
    const open = (): { close(): void } =>
      side === "reader" ? new RingBufReader(ringBuf, anyBytes) : new UserRingBufWriter(userRingBuf, anyBytes);
    expect(map.breakClaim()).toBe(false);
    // what a claim does to the shared words, from a thread that is then ended without a word
    const worker = new Worker(
      `const { workerData: { buffer, index }, parentPort } = require("node:worker_threads");
     Atomics.add(new Int32Array(buffer), index, 1);
     parentPort.postMessage("claimed");
     setInterval(() => {}, 1000);`,
      { eval: true, workerData: { buffer: map.handle().buffer, index: word.claimed } },
    );
    await once(worker, "message");
    await worker.terminate();
    expect(open).toThrow(coded("EBUSY"));
    map.setPositions({});
    expect(map.breakClaim()).toBe(true);
    const next = open();
    expect(open).toThrow(coded("EBUSY"));
    // one's own as well, whose end then changes nothing for the next
    expect(map.breakClaim()).toBe(true);
    const third = open();
    next.close();
    expect(open).toThrow(coded("EBUSY"));
    third.close();
    open().close();
  },
);

test("a record that is held stays what it is, whatever the reader says and programs output around it", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name, maxEntries: 4096 });
  const bytes = new Uint8Array(1000).fill(9);
  const program = kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) });
  expect(program.run().returnValue).toBe(0);
  const held = map.hold(1000);
  held.bytes.fill(7);
  expect(program.run().returnValue).toBe(0);
  map.setPositions({ consumer: 3024n });
  // from the held record on, 4096 − 1 bytes are all there is
  const outcomes = Array.from({ length: 3 }, () => program.run().returnValue);
  expect(outcomes).toEqual([0, 0, -11]);
  held.submit();
  expect(program.run().returnValue).toBe(0);
});

test("a timed-out, an aborted and a closed wait leave nothing behind that a later wake-up could reach", async () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name, maxEntries: 4096 });
  const reader = new RingBufReader(map, anyBytes);
  for (let i = 0; i < 20; i += 1) expect(await reader.poll(() => {}, { timeoutMs: 1 })).toBe(0);
  const abort = new AbortController();
  const polling = reader.poll(() => {}, { signal: abort.signal });
  abort.abort(new Error("stop"));
  await expect(polling).rejects.toThrow("stop");
  // one wait of the engine at most serves them all
  expect(Atomics.load(new Int32Array(map.handle().buffer), word.sleepers)).toBe(1);
  setTimeout(() => output(kernel, map), 5);
  expect(await reader.poll(() => {}, { timeoutMs: -1 })).toBe(1);
});

test.each([
  [4096, 5000, "a power of two from 4096, a page, to 2147483648: the nearest are 4096 and 8192"],
  [65536, 4096, "a power of two from 65536, a page, to 2147483648: the least is 65536"],
  [4096, 2 ** 31 + 8, "the most is 2147483648"],
])("with pages of %i bytes, %i bytes of ring are refused with the sizes that work", (pageSize, maxEntries, told) => {
  const kernel = new EmulatedKernel({ pageSize });
  expect(() => kernel.createRingBuf({ name: "ring", maxEntries })).toThrow(told);
});
