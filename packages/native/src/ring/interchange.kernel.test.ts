import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { claimMap } from "@rbgen/runtime/backend";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import type { KernelSide } from "../../../testkit/src/contract/kernel-side.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { nativeKernelSide } from "../../../testkit/src/native/kernel-side.ts";
import { PrivateBpffs } from "../../../testkit/src/native/private-bpffs.ts";
import type { NativeRingBufMap, NativeUserRingBufMap } from "../index.ts";

describeWith(["kernel", "clang", "gcc", "libbpf"], "libbpf and this reader and writer, on one map in turn", () => {
  let kernel: KernelSide;
  let bpffs: PrivateBpffs;
  let folder: string;
  let peer: string;
  beforeAll(async () => {
    kernel = await nativeKernelSide();
    bpffs = new PrivateBpffs();
    folder = mkdtempSync(join(tmpdir(), "rbgen-peer-"));
    peer = join(folder, "libbpf-peer");
    const source = fileURLToPath(new URL("../../../testkit/src/native/libbpf-peer.c", import.meta.url));
    execFileSync("gcc", ["-O2", "-Wall", source, "-lbpf", "-o", peer]);
  });
  afterAll(async () => {
    await kernel.close();
    bpffs.close();
    rmSync(folder, { recursive: true });
  });

  function run(...args: string[]): string {
    const done = spawnSync(peer, args, { encoding: "utf8" });
    expect(done.stderr).toBe("");
    expect(done.status).toBe(0);
    return done.stdout;
  }

  test("records are consumed by either, each going on where the other stopped, over the ring's end", () => {
    const map = kernel.createRingBuf({ name: "turns", maxEntries: 4096 }) as NativeRingBufMap;
    map.pin(bpffs.path("turns"));
    const seen: string[] = [];
    const expected: string[] = [];
    let number = 0;
    const send = (count: number) => {
      for (let i = 0; i < count; i++, number++) {
        const bytes = new Uint8Array(8 + (number % 90));
        new DataView(bytes.buffer).setBigUint64(0, BigInt(number), true);
        expect(kernel.output(map, bytes, number % 7 === 0 ? 1 : 0)).toBe(0);
        expected.push(`${number} ${bytes.length}`);
      }
    };
    for (let turn = 0; turn < 12; turn++) {
      send(30);
      seen.push(...run("consume", bpffs.path("turns"), "11").trim().split("\n"));
      const reader = new RingBufReader(map, anyBytes);
      const consumed = reader.consume(
        (record) => {
          seen.push(`${new DataView(record.buffer).getBigUint64(0, true)} ${record.length}`);
        },
        turn % 2 === 0 ? { max: 12 } : {},
      );
      expect(consumed).toBe(turn % 2 === 0 ? 12 : 26);
      reader.close();
    }
    expect(seen).toEqual(expected);
  });

  test("samples are written by either, one after the other, and drained in that order, over the ring's end", () => {
    const map = kernel.createUserRingBuf({ name: "writes", maxEntries: 4096 }) as NativeUserRingBufMap;
    map.pin(bpffs.path("writes"));
    let number = 0;
    for (let turn = 0; turn < 14; turn++) {
      const first = number;
      run("produce", bpffs.path("writes"), `${number}`, "9");
      number += 9;
      const writer = new UserRingBufWriter(map, anyBytes);
      for (let i = 0; i < 8; i++, number++)
        writer.write(new Uint8Array(BigUint64Array.of(BigInt(number), 0n, 1n).buffer));
      writer.close();
      run("produce", bpffs.path("writes"), `${number}`, "4");
      number += 4;
      const { returned, samples } = kernel.drain(map);
      expect(returned).toBe(21);
      expect(samples.map(({ head }) => Number(new DataView(head.buffer).getBigUint64(0, true)))).toEqual(
        Array.from({ length: 21 }, (_, i) => first + i),
      );
    }
  });

  test("both hold that a ring without room is full, and that one too large never fits", () => {
    const map = kernel.createUserRingBuf({ name: "full", maxEntries: 4096 }) as NativeUserRingBufMap;
    map.pin(bpffs.path("full"));
    const writer = new UserRingBufWriter(map, anyBytes);
    while (writer.tryWrite(new Uint8Array(16)));
    writer.close();
    const done = spawnSync(peer, ["produce", bpffs.path("full"), "0", "1"], { encoding: "utf8" });
    expect(done.stderr).toBe("reserve: 28\n");
    map[claimMap]().release();
  });
});
