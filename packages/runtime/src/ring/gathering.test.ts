import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { expect, test } from "vitest";
import { claimFor } from "../backend.ts";
import { RingConsumer } from "./consumer.ts";
import { footprint } from "./header.ts";
import type { RingMemory } from "./memory.ts";

const sampleBytes = 8;

/** A ring of `samples` samples, each with its number. */
function memoryOf(samples: number): RingMemory {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name: "ring", maxEntries: 4096 });
  const program = kernel.loadProgram({
    type: "xdp",
    run(bpf) {
      for (let number = 0; number < samples; number += 1)
        bpf.ringbufOutput(map, new Uint8Array(sampleBytes).fill(number), 0);
      return 0;
    },
  });
  program.run();
  return claimFor(map, "ringbuf", { name: "bytes", endian: map.endian }).memory;
}

test("a consumer of a ring whose backend gathers nothing has nothing that gathers", () => {
  expect(new RingConsumer(memoryOf(1)).gather).toBeUndefined();
});

test.each([
  { samples: 40, rows: 100, asked: 39 },
  { samples: 40, rows: 20, asked: 20 },
  { samples: 16, rows: 100, asked: 0 },
])(
  "of $samples samples the backend is asked for $asked where there is room for $rows, and the lease is on the last",
  ({ samples, rows, asked }) => {
    const memory = memoryOf(samples);
    const stride = footprint(sampleBytes);
    const calls: number[][] = [];
    const ring = new RingConsumer({
      ...memory,
      acquire: (_at, limit) => limit,
      alike: () => samples * stride,
      gather(_gathering, at, byteLength, step, count, row) {
        calls.push([at, byteLength, step, count, row]);
        return count;
      },
    });
    ring.look();
    ring.begin();
    const lease = ring.lend();
    expect(ring.next(lease)).toBe(true);
    const first = lease.offset;
    expect(ring.gather?.(lease, { plan: new Uint8Array(), arrays: [] }, 1, rows)).toBe(asked);
    expect(calls).toEqual(asked === 0 ? [] : [[first + stride, sampleBytes, stride, asked, 1]]);
    expect(lease.getUint8(0)).toBe(asked);
    let rest = 0;
    while (ring.next(lease)) rest += 1;
    expect(rest).toBe(samples - 1 - asked);
    expect(ring.delivered).toBe(samples);
  },
);
