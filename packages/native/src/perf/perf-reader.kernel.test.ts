import { accessSync, constants, readdirSync, readFile, readFileSync, writeFileSync } from "node:fs";
import { BPF_F_CURRENT_CPU, isRingBufError, PerfEventReader } from "@rbgen/runtime";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { compileBpf } from "../../../testkit/src/compile.ts";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import { objectPerfSide } from "../../../testkit/src/contract/object-perf-side.ts";
import { perfContract } from "../../../testkit/src/contract/perf-contract.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { PrivateBpffs } from "../../../testkit/src/native/private-bpffs.ts";
import { BpfObject, openPerfEventArray } from "../index.ts";
import { cpuList } from "../kernel/cpu-list.ts";

const cpus = cpuList(readFileSync("/sys/devices/system/cpu/online", "utf8"));

const onlineOf = (cpu: number): string => `/sys/devices/system/cpu/cpu${cpu}/online`;

/** What takes a CPU offline, where this machine lets us. */
const setOnline = canUnplug(cpus.at(-1) ?? 0)
  ? (cpu: number, online: boolean): void => writeFileSync(onlineOf(cpu), online ? "1" : "0")
  : undefined;

function canUnplug(cpu: number): boolean {
  try {
    accessSync(onlineOf(cpu), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function first(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset).getUint32(0, true);
}

function thrown(use: () => unknown): unknown {
  try {
    use();
  } catch (error) {
    return error;
  }
  return undefined;
}

describeWith(["kernel", "clang", "libbpf"], "a perf event array of the kernel", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBeside("perf.bpf.c");
  });

  const side = async () => objectPerfSide(await BpfObject.load(bytes), cpus, { setOnline });

  perfContract("keeps the contract, its rings lent", side);

  describe("whose rings cannot be lent", () => {
    beforeAll(() => void vi.stubEnv("RBGEN_COPY_RINGS", "1"));
    afterAll(() => void vi.unstubAllEnvs());
    perfContract("keeps the contract, its rings copied", side);
  });

  async function setUp() {
    const object = await BpfObject.load(bytes);
    const map = object.perfEventArray("events");
    const program = object.program("send");
    /** What the last of `count` outputs on `cpu` returned. */
    const send = (number: number, { cpu = 0, count = 1, length = 8, flags = BPF_F_CURRENT_CPU } = {}): number => {
      const context = new Uint8Array(BigUint64Array.of(...[number, count, length, flags, 0].map(BigInt)).buffer);
      return program.run({ context, cpu }).returnValue;
    };
    return { object, map, send };
  }

  test("wakes its reader from every CPU, at every sample or at the number or bytes that were asked for", async () => {
    const { object, map, send } = await setUp();
    for (const cpu of cpus) {
      const reader = new PerfEventReader(map, anyBytes);
      let ended = false;
      const polled = reader
        .poll(() => undefined, { timeoutMs: -1 })
        .finally(() => {
          ended = true;
        });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(ended).toBe(false);
      expect(send(1, { cpu })).toBe(0);
      expect(await polled).toBe(1);
      expect(await reader.poll(() => undefined, { timeoutMs: 1 })).toBe(0);
      reader.close();
    }
    for (const [options, count] of [
      [{ wakeupEvents: 5 }, 5],
      [{ watermarkBytes: 200 }, 9],
    ] as const) {
      const reader = new PerfEventReader(map, anyBytes, options);
      expect(await reader.poll(() => undefined, { timeoutMs: 1 })).toBe(0);
      const polled = reader.poll(() => undefined, { timeoutMs: -1 });
      send(0, { count });
      expect(await polled).toBe(count);
      reader.close();
    }
    object.close();
  });

  test.each<[phase: string, enter: (callback: () => void) => void]>([
    ["at once", (callback) => callback()],
    ["by a timer", (callback) => setTimeout(callback, 1)],
    ["by an immediate", setImmediate],
    ["by a poll", (callback) => readFile("/dev/null", callback)],
  ])("wakes its reader by a sample that came before the event loop ever looked, made %s", async (_phase, enter) => {
    const { object, map, send } = await setUp();
    for (const cpu of cpus) {
      const woken = new Promise<number>((resolve, reject) => {
        enter(() => {
          const reader = new PerfEventReader(map, anyBytes);
          reader
            .poll(() => undefined, { timeoutMs: -1 })
            .finally(() => reader.close())
            .then(resolve, reject);
          expect(send(1, { cpu })).toBe(0);
        });
      });
      expect(await woken).toBe(1);
    }
    object.close();
  });

  test("is read by batches, one by one, as a stream and by a blocking poll", async () => {
    const { object, map, send } = await setUp();
    const reader = new PerfEventReader(map, anyBytes);
    expect(reader.pollSync(() => undefined, { timeoutMs: 1 })).toBe(0);
    send(0, { count: 3 });
    expect(reader.pollSync(() => undefined, { timeoutMs: -1 })).toBe(3);
    setTimeout(() => send(0, { count: 3 }), 5);
    for await (const batch of reader.batches()) {
      expect(batch.map(first)).toEqual([0, 1, 2]);
      break;
    }
    send(0, { count: 3 });
    const seen: number[] = [];
    for await (const record of reader) if (seen.push(first(record)) === 3) break;
    expect(seen).toEqual([0, 1, 2]);
    object.close();
    expect(
      isRingBufError(
        thrown(() => reader.consume(() => undefined)),
        "ERR_RINGBUF_CLOSED",
      ),
    ).toBe(true);
  });

  test("has one reader in the process, is opened by path, id and descriptor, and is no ring", async () => {
    const { object, map, send } = await setUp();
    const bpffs = new PrivateBpffs();
    map.pin(bpffs.path("events"));
    const reader = new PerfEventReader(map, anyBytes);
    for (const reference of [{ pinned: bpffs.path("events") }, { id: map.id }, { fd: map.fd }]) {
      using again = openPerfEventArray(reference);
      expect(again.info).toEqual(map.info);
      expect(
        isRingBufError(
          thrown(() => new PerfEventReader(again, anyBytes)),
          "EBUSY",
        ),
      ).toBe(true);
    }
    reader.close();
    const other = openPerfEventArray({ id: map.id });
    const next = new PerfEventReader(other, anyBytes);
    send(7);
    expect(next.consume((record) => expect(first(record)).toBe(7))).toBe(1);
    other.close();
    expect(thrown(() => object.ringBuf("events"))).toMatchObject({ code: "EINVAL" });
    new PerfEventReader(map, anyBytes).close();
    bpffs.close();
    object.close();
  });

  test("leaves nothing when its readers close or are forgotten, and its map is free again", async () => {
    const folder = new PrivateBpffs();
    const object = await BpfObject.load(bytes);
    object.perfEventArray("events").pin(folder.path("events"));
    const { code, stderr } = await runChild(
      `
      import { readdirSync, readFileSync, readlinkSync } from "node:fs";
      import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
      import { openPerfEventArray } from "@rbgen/native";
      import { PerfEventReader } from "@rbgen/runtime";
      import { anyBytes } from "../testkit/src/contract/codecs.ts";
      const named = (fd) => { try { return readlinkSync("/proc/self/fd/" + fd); } catch { return ""; } };
      const held = () => readdirSync("/proc/self/fd").filter((fd) => named(fd).includes("perf_event")).length
        + readFileSync("/proc/self/maps", "utf8").split("\\n").filter((line) => line.includes("perf_event")).length;
      const map = openPerfEventArray({ pinned: ${JSON.stringify(folder.path("events"))} });
      for (let i = 0; i < 50; i++) new PerfEventReader(map, anyBytes).close();
      if (held() > 0) throw new Error(held() + " are left of closed readers");
      for (let round = 0; round < 3; round++) {
        await (async () => { await new PerfEventReader(map, anyBytes).poll(() => undefined, { timeoutMs: 1 }); })();
        if (held() === 0) throw new Error("nothing was held");
        let reader;
        while (reader === undefined) {
          globalThis.gc(); await turn(); await sleep(2);
          try { reader = new PerfEventReader(map, anyBytes); } catch (error) { if (error.code !== "EBUSY") throw error; }
        }
        reader.close();
        while (held() > 0) { globalThis.gc(); await turn(); await sleep(2); }
      }`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    object.close();
    folder.close();
    expect(readdirSync("/proc/self/fd").length).toBeGreaterThan(0);
  });

  test("of a sample beyond the 16 bits of perf's header, which the kernel takes, it says so, and stops", async () => {
    const source = `
      #include <linux/bpf.h>
      #include <bpf/bpf_helpers.h>
      char LICENSE[] SEC("license") = "GPL";
      struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __type(key, __u32); __type(value, __u32); } events SEC(".maps");
      char big[1 << 18];
      SEC("raw_tp/sys_enter") int send(struct bpf_raw_tracepoint_args *context) {
        return bpf_perf_event_output(context, &events, BPF_F_CURRENT_CPU, big, context->args[0] & ((1 << 18) - 1));
      }`;
    for (const length of [65_532, 70_000, 200_000]) {
      using object = await BpfObject.load(compileBpf(source));
      const reader = new PerfEventReader(object.perfEventArray("events"), anyBytes, { pagesPerCpu: 128 });
      const send = (bytes: number) =>
        object.program("send").run({ context: new Uint8Array(BigUint64Array.of(BigInt(bytes)).buffer), cpu: 0 })
          .returnValue;
      expect([send(65_516), send(length)]).toEqual([0, 0]);
      const lengths: number[] = [];
      const error = thrown(() => reader.consume((record) => void lengths.push(record.byteLength)));
      expect(lengths).toEqual([65_516]);
      expect(isRingBufError(error, "ERR_RINGBUF_CORRUPT") && error.message).toMatch(/more bytes than the 16 bits/);
    }
  });
});
