import { claimMap } from "@rbgen/runtime/backend";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { KernelSide } from "../../../testkit/src/contract/kernel-side.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { nativeKernelSide } from "../../../testkit/src/native/kernel-side.ts";
import { wakeUpPolicy } from "./wake-ups.ts";

describeWith(["kernel", "clang", "gcc"], "programs of the kernel on rings made here", () => {
  let kernel: KernelSide;
  afterEach(() => {
    wakeUpPolicy.onThread = false;
  });
  beforeAll(async () => {
    kernel = await nativeKernelSide();
  });
  afterAll(() => kernel.close());

  test("a record sent is in the memory, and wakes who waits", async () => {
    const map = kernel.createRingBuf({ name: "sent", maxEntries: 4096 });
    const claim = map[claimMap]();
    const waiting = claim.wait({ timeoutMs: Number.POSITIVE_INFINITY });
    expect(kernel.output(map, Uint8Array.of(1, 2, 3), 0)).toBe(0);
    expect(await waiting).toBe("woken");
    expect(kernel.query(map, 3)).toBe(16n);
    const { producer, data } = claim.memory;
    expect(new BigUint64Array(producer.buffer, producer.byteOffset, 1)[0]).toBe(16n);
    expect([...new Uint8Array(data.buffer, data.byteOffset, 11)]).toEqual([3, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3]);
    expect(kernel.readiness?.(map)).toBe(0x41);
    claim.release();
  });

  test("a busy record at the head wakes once, then never: no spin", async () => {
    const map = kernel.createRingBuf({ name: "busy", maxEntries: 4096 });
    const claim = map[claimMap]();
    const held = await kernel.hold?.(map, 16);
    if (held === undefined) throw new Error("this kernel side cannot hold");
    expect(kernel.output(map, new Uint8Array(8), 2)).toBe(0);
    let wakes = 0;
    while ((await claim.wait({ timeoutMs: 30 })) === "woken") wakes++;
    expect(wakes).toBeLessThanOrEqual(2);
    expect(claim.waitSync?.(30)).toBe("woken");
    expect(claim.waitSync?.(30)).toBe("timeout");
    const waiting = claim.wait({ timeoutMs: Number.POSITIVE_INFINITY });
    await held.commit({ how: "submit", flags: 0 });
    expect(await waiting).toBe("woken");
    claim.release();
  });

  test("a user ring with space wakes its writer when it is drained, and not before", async () => {
    const map = kernel.createUserRingBuf({ name: "room", maxEntries: 4096 });
    const claim = map[claimMap]();
    // which asks for what is on its way
    while ((await claim.wait({ timeoutMs: 0 })) === "woken");
    const { producer, data } = claim.memory;
    new Uint32Array(data.buffer, data.byteOffset, 2)[0] = 8;
    Atomics.store(new BigInt64Array(producer.buffer as ArrayBuffer, producer.byteOffset, 1), 0, 16n);
    expect(await claim.wait({ timeoutMs: 20 })).toBe("timeout");
    const waiting = claim.wait({ timeoutMs: Number.POSITIVE_INFINITY });
    expect(kernel.drain(map)).toMatchObject({ returned: 1, samples: [{ byteLength: 8 }] });
    expect(await waiting).toBe("woken");
    claim.release();
  });

  test.each([
    ["the event loop", false],
    ["a thread", true],
  ])("many wake-ups by %s, each between two looks, and none is lost", async (_name, onThread) => {
    wakeUpPolicy.onThread = onThread;
    const map = kernel.createRingBuf({ name: "each", maxEntries: 4096 });
    const claim = map[claimMap]();
    const consumer = new BigInt64Array(claim.memory.consumer.buffer as ArrayBuffer, 0, 1);
    for (let i = 1; i <= 500; i++) {
      const early = i % 2 === 0 ? claim.wait({ timeoutMs: Number.POSITIVE_INFINITY }) : undefined;
      expect(kernel.output(map, new Uint8Array(8), 0)).toBe(0);
      let wake = await (early ?? claim.wait({ timeoutMs: Number.POSITIVE_INFINITY }));
      while (Number(kernel.query(map, 3)) !== i * 16 && wake === "woken")
        wake = await claim.wait({ timeoutMs: Number.POSITIVE_INFINITY });
      expect(wake).toBe("woken");
      Atomics.store(consumer, 0, BigInt(i * 16));
    }
    claim.release();
  });
});
