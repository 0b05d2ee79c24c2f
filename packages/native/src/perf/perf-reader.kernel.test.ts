import { readdirSync, readFile, readFileSync } from "node:fs";
import { BPF_F_CURRENT_CPU, isRingBufError, PerfEventReader } from "@rbgen/runtime";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { PrivateBpffs } from "../../../testkit/src/native/private-bpffs.ts";
import { BpfObject, openPerfEventArray } from "../index.ts";
import { cpuList } from "../kernel/cpu-list.ts";

const cpus = cpuList(readFileSync("/sys/devices/system/cpu/online", "utf8"));
const page = 4096;

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

  async function setUp() {
    const object = await BpfObject.load(bytes);
    const map = object.perfEventArray("events");
    const program = object.program("send");
    /** What the last of `count` outputs on `cpu` returned. */
    const send = (number: number, { cpu = 0, count = 1, length = 8, flags = BPF_F_CURRENT_CPU } = {}): number => {
      const context = new Uint8Array(BigUint64Array.of(...[number, count, length, flags].map(BigInt)).buffer);
      return program.run({ context, cpu }).returnValue;
    };
    return { object, map, send };
  }

  test.each(["lent", "copied"])("is read in the order of each CPU, its rings %s", async (rings) => {
    if (rings === "copied") vi.stubEnv("RBGEN_COPY_RINGS", "1");
    const { object, map, send } = await setUp();
    const reader = new PerfEventReader(map, anyBytes, { pagesPerCpu: 1 });
    vi.unstubAllEnvs();
    expect(reader.cpus).toEqual(cpus);
    const next = new Map(cpus.map((cpu) => [cpu, 0]));
    const taken = new Map(cpus.map((cpu) => [cpu, 0]));
    // samples of many lengths, far over each ring's end
    for (let round = 0; round < 400; round++) {
      for (const cpu of cpus) {
        const number = next.get(cpu) ?? 0;
        next.set(cpu, number + 3);
        expect(send(number * 64 + cpu, { cpu, count: 1, length: 4 + ((round * 37) % 900) })).toBe(0);
        expect(send((number + 1) * 64 + cpu, { cpu, length: 4 })).toBe(0);
        expect(send((number + 2) * 64 + cpu, { cpu, length: 5 })).toBe(0);
      }
      const lengths: number[] = [];
      const count = reader.consume((record) => {
        const cpu = first(record) % 64;
        const expected = taken.get(cpu) ?? 0;
        expect(Math.floor(first(record) / 64)).toBe(expected);
        taken.set(cpu, expected + 1);
        lengths.push(record.length);
      });
      expect(count).toBe(3 * cpus.length);
      // padded to a multiple of 8 with the record's header, and the 4 bytes of the length
      expect(lengths.every((length) => length % 8 === 4)).toBe(true);
    }
    expect(reader.stats()).toMatchObject({ delivered: 1200 * cpus.length, lost: 0, errored: 0 });
    object.close();
  });

  test("counts what found no room, by the kernel's counter and by its records, per CPU", async () => {
    const { object, map, send } = await setUp();
    const reader = new PerfEventReader(map, anyBytes, { pagesPerCpu: 1 });
    // 112 bytes each: 36 fit, as one byte always stays free
    expect(send(0, { count: 50, length: 100 })).toBe(-28);
    expect(reader.consume(() => undefined)).toBe(36);
    const before = reader.stats();
    expect(before).toMatchObject({ delivered: 36, lost: 14 });
    expect(before.cpus[0]).toMatchObject({ samples: 36, lost: 14, reportedLost: 0, size: page });
    expect(send(0, { length: 100 })).toBe(0);
    expect(reader.consume(() => undefined)).toBe(1);
    expect(reader.stats().cpus[0]).toMatchObject({ samples: 37, lost: 14, reportedLost: 14 });
    for (const other of reader.stats().cpus.slice(1)) expect(other).toMatchObject({ samples: 0, lost: 0 });
    object.close();
  });

  test("without a reader programs are told ENOENT, and of a slot that is not theirs EOPNOTSUPP or E2BIG", async () => {
    const { object, map, send } = await setUp();
    expect(send(1)).toBe(-2);
    const reader = new PerfEventReader(map, anyBytes);
    expect(send(1, { flags: map.maxEntries })).toBe(-7);
    expect(send(1, { cpu: 0, flags: 0 })).toBe(0);
    if (cpus.length > 1) expect(send(1, { cpu: 0, flags: cpus[1] ?? 1 })).toBe(-95);
    expect(send(1, { length: 0 })).toBe(0);
    expect(reader.consume((record) => expect(record.length % 8).toBe(4))).toBe(2);
    reader.close();
    expect(send(1)).toBe(-2);
    object.close();
  });

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

  afterAll(() => vi.unstubAllEnvs());
});
