import { readFileSync } from "node:fs";
import { claimMap } from "@rbgen/runtime/backend";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backendContract } from "../../testkit/src/contract/backend-contract.ts";
import { describeWith } from "../../testkit/src/index.ts";
import { nativeKernelSide } from "../../testkit/src/native/kernel-side.ts";
import { createRingBuf } from "./open.ts";

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
