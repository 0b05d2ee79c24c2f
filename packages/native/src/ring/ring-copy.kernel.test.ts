import { readFileSync } from "node:fs";
import { BPF_F_RB_OVERWRITE, isRingBufError, RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { claimMap, type RingBufMap } from "@rbgen/runtime/backend";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backendContract } from "../../../testkit/src/contract/backend-contract.ts";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import type { KernelSide } from "../../../testkit/src/contract/kernel-side.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { copiedEmulatedSide } from "../../../testkit/src/native/copied-emulated-side.ts";
import { nativeKernelSide } from "../../../testkit/src/native/kernel-side.ts";
import type { Mapped } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { createRingBuf, createUserRingBuf } from "./open-ring.ts";

describeWith(["kernel", "clang", "gcc"], "the backend contract on the kernel, where no memory can be lent", () => {
  beforeAll(() => {
    vi.stubEnv("RBGEN_COPY_RINGS", "1");
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  test("a claim is on copies, which nothing is mapped to", () => {
    using map = createRingBuf({ name: "copied", maxEntries: 4096 });
    const claim = map[claimMap]();
    const { data, producer } = claim.memory;
    expect([claim.memory.release, producer.pull]).toEqual([expect.any(Function), expect.any(Function)]);
    // a copy is the engine's own memory, which it moves
    expect(structuredClone(data.buffer as ArrayBuffer, { transfer: [data.buffer as ArrayBuffer] }).byteLength).toBe(
      8192,
    );
    expect(readFileSync("/proc/self/maps", "utf8")).toContain("bpf-map");
    claim.release();
    expect(readFileSync("/proc/self/maps", "utf8")).not.toContain("bpf-map");
  });

  backendContract("copies", nativeKernelSide);
});

describeWith(["kernel"], "a user ring whose producer position another process puts where no sample begins", () => {
  test.each(["lent", "copied"])("is told to be corrupt by every write, %s", (how) => {
    if (how === "copied") vi.stubEnv("RBGEN_COPY_RINGS", "1");
    using map = createUserRingBuf({ name: "moved", maxEntries: 4096 });
    const addon = loadAddon();
    const page = addon.pageSize();
    const { handle } = addon.map(map.fd, page, page, true, false) as Mapped;
    using writer = new UserRingBufWriter(map, anyBytes);
    vi.unstubAllEnvs();
    for (const position of [4n, 4093n, 2n ** 32n + 12n]) {
      addon.store(handle, 0, 8, position);
      // which has it read again
      expect(writer.positions.producer).toBe(position);
      const bytes = new Uint8Array(8);
      for (const write of [
        () => writer.tryWrite(bytes),
        () => writer.write(bytes),
        () => writer.tryWriteAll([bytes]),
        () => writer.reserve(8),
        () => writer.tryReserve(8),
      ]) {
        const error = thrownBy(write);
        expect(error).toMatchObject({ name: "CorruptRingError", code: "ERR_RINGBUF_CORRUPT", errno: undefined });
        expect(isRingBufError(error)).toBe(true);
      }
      addon.store(handle, 0, 8, 0n);
      expect(writer.positions.producer).toBe(0n);
      expect(writer.tryWrite(bytes)).toBe(true);
      expect(writer.positions.producer).toBe(16n);
    }
    addon.unmap(handle, undefined);
  });

  test("what would lie outside of the copy is refused by a position that says so, and writes nothing there", () => {
    vi.stubEnv("RBGEN_COPY_RINGS", "1");
    using map = createUserRingBuf({ name: "outside", maxEntries: 4096 });
    const claim = map[claimMap]();
    vi.unstubAllEnvs();
    for (const [at, byteLength] of [
      [4, 0],
      [8192, 0],
      [-8, 0],
      [0, 8192],
      [4088, -1],
    ] as const) {
      expect(thrownBy(() => claim.memory.release?.(at, byteLength))).toMatchObject({ code: "ERR_RINGBUF_CORRUPT" });
    }
    claim.release();
  });
});

function thrownBy(use: () => unknown): unknown {
  try {
    use();
  } catch (error) {
    return error;
  }
  return undefined;
}

describeWith(["kernel"], "copies of rings of the emulated kernel, which knows overwrite mode", () => {
  // Runs that end within a batch of records as well as runs that take all there is.
  for (const runBytes of [64, 16 * 1024]) {
    backendContract(`runs of ${runBytes} bytes`, () => copiedEmulatedSide({ kernelVersion: "6.19" }, runBytes), [
      "no overwrite",
    ]);
  }

  /** Sends records that each say their number and length, in every byte but the first four. */
  const sender = (kernel: KernelSide, map: RingBufMap) => {
    let sent = 0;
    return (count: number): void => {
      for (let i = 0; i < count; i++) {
        const bytes = new Uint8Array(8 + ((sent * 37) % 600)).fill(sent & 255);
        new DataView(bytes.buffer).setUint32(0, sent, true);
        expect(kernel.output(map, bytes, 0)).toBe(0);
        sent++;
      }
    };
  };
  const checked = (record: Uint8Array, after: number): number => {
    const at = new DataView(record.buffer, record.byteOffset).getUint32(0, true);
    expect(at).toBeGreaterThan(after);
    expect(record).toEqual(
      new Uint8Array(8 + ((at * 37) % 600))
        .fill(at & 255)
        .fill(0, 0, 4)
        .map((byte, i) => (i < 4 ? (at >>> (8 * i)) & 255 : byte)),
    );
    return at;
  };

  test.each(["before a run is copied", "after it was copied", "as the overwrite position is asked for"])(
    "records that are overwritten %s are lost whole, and what is delivered is as it was sent",
    async (moment) => {
      let between = (): void => {};
      const kernel = copiedEmulatedSide({ kernelVersion: "6.19" }, 1024, (memory) => ({
        ...memory,
        producer: {
          ...memory.producer,
          pull() {
            if (moment.startsWith("as")) between();
            memory.producer.pull?.();
          },
        },
        acquire(at, limit) {
          if (moment.startsWith("before")) between();
          const run = memory.acquire?.(at, limit) ?? 0;
          if (moment.startsWith("after")) between();
          return run;
        },
      }));
      const map = kernel.createRingBuf({ name: "over", maxEntries: 4096, flags: BPF_F_RB_OVERWRITE });
      const reader = new RingBufReader(map, anyBytes);
      const send = sender(kernel, map);
      let [round, last, delivered] = [0, -1, 0];
      // nothing for a while, a few, or more than the ring takes
      between = () => {
        round++;
        if (round % 5 === 0) send(round % 3);
        if (round % 31 === 0) send(40);
      };
      for (let i = 0; i < 400; i++) {
        send(3);
        reader.consume(
          (record) => {
            last = checked(record, last);
            delivered++;
          },
          { max: 20 },
        );
      }
      between = () => {};
      reader.consume((record) => {
        last = checked(record, last);
        delivered++;
      });
      const { deliveredBytes, remainingBytes, producedBytes, overwrittenBytes } = reader.stats();
      expect(delivered).toBeGreaterThan(500);
      expect(overwrittenBytes).toBeGreaterThan(4096);
      expect(remainingBytes).toBe(0);
      expect(deliveredBytes + overwrittenBytes).toBe(producedBytes);
      await kernel.close();
    },
  );
});
