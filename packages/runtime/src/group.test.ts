import { type Bpf, EmulatedKernel, type EmulatedRingBuf } from "@rbgen/runtime/emulated";
import { anyBytes, type SelftestSample, selftestSample } from "@rbgen/testkit/contract/codecs";
import { expect, test } from "vitest";
import { BPF_F_CURRENT_CPU } from "./constants.ts";
import { RingBufGroup } from "./group.ts";
import { PerfEventReader } from "./perf/perf-reader.ts";
import { RingBufReader } from "./reader.ts";
import type { RecordMap } from "./record-source.ts";

const kernel = new EmulatedKernel();

function ring(name: string): EmulatedRingBuf {
  return kernel.createRingBuf({ name, maxEntries: 65536 });
}

function send(map: EmulatedRingBuf, value: bigint): void {
  const bytes = new Uint8Array(32);
  selftestSample.encode({ pid: 1, seq: Number(value), value, comm: "" }, new DataView(bytes.buffer));
  kernel.loadProgram({ type: "xdp", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) }).run();
}

/** The next `count` records: map name and value. */
async function take(group: RingBufGroup<SelftestSample>, count: number): Promise<string[]> {
  const seen: string[] = [];
  if (count === 0) return seen;
  for await (const { map, record } of group) {
    seen.push(`${map.name}${record.value}`);
    if (seen.length === count) break;
  }
  return seen;
}

test("rings take turns by the fairness budget", async () => {
  const [a, b] = [ring("a"), ring("b")];
  const group = new RingBufGroup<SelftestSample>({ fairness: 2 });
  group.add(a, selftestSample);
  group.add(b, selftestSample);
  for (let i = 0n; i < 4n; i += 1n) send(a, i);
  for (let i = 0n; i < 3n; i += 1n) send(b, i);
  expect(await take(group, 7)).toEqual(["a0", "a1", "b0", "b1", "a2", "a3", "b2"]);
  group.close();
});

test("records that are there are merged by a member, and none is lost when the iteration ends", async () => {
  const [a, b, c] = [ring("a"), ring("b"), ring("c")];
  const group = new RingBufGroup<SelftestSample>({ mergeBy: "value" });
  for (const map of [a, b, c]) group.add(map, selftestSample);
  for (const value of [1n, 4n, 7n]) send(a, value);
  for (const value of [2n, 3n, 9n]) send(b, value);
  for (const value of [5n, 6n, 8n]) send(c, value);
  expect(await take(group, 4)).toEqual(["a1", "b2", "b3", "a4"]);
  expect([...group.stats().values()].map(({ delivered, remaining }) => [delivered, remaining])).toEqual([
    [2, 1],
    [2, 1],
    [0, 3],
  ]);
  group.remove(c);
  const alone = new RingBufReader(c, selftestSample);
  expect(alone.consume(() => {})).toBe(3);
  expect(await take(group, 2)).toEqual(["a7", "b9"]);
  group.close();
});

test("a ring with a handler is served in its turn, and does not show in the iteration", async () => {
  const [a, b] = [ring("a"), ring("b")];
  const group = new RingBufGroup<SelftestSample>();
  const handled: bigint[] = [];
  group.add(a, selftestSample, ({ value }) => void handled.push(value));
  group.add(b, selftestSample);
  send(a, 1n);
  send(a, 2n);
  send(b, 3n);
  expect(await take(group, 1)).toEqual(["b3"]);
  expect(handled).toEqual([1n, 2n]);
  group.close();
});

test("rings come and go while the group is iterated, and a closed map leaves by itself", async () => {
  const [a, b] = [ring("a"), ring("b")];
  const group = new RingBufGroup<SelftestSample>({ safetyPollMs: Number.POSITIVE_INFINITY });
  group.add(a, selftestSample);
  const records = group[Symbol.asyncIterator]();
  let next = records.next();
  await new Promise((resolve) => setTimeout(resolve, 5));
  send(b, 1n);
  group.add(b, selftestSample);
  expect((await next).value).toMatchObject({ map: b, record: { value: 1n } });
  next = records.next();
  b.close();
  expect(group.stats().size).toBe(1);
  setTimeout(() => send(a, 2n), 5);
  expect((await next).value).toMatchObject({ map: a, record: { value: 2n } });
  next = records.next();
  group.close();
  expect((await next).done).toBe(true);
  new RingBufReader(a, selftestSample).close();
});

test("one wake-up of 64 rings is found, by one wait", async () => {
  const maps = Array.from({ length: 64 }, (_, i) => ring(`r${i}_`));
  const group = new RingBufGroup<SelftestSample>({ safetyPollMs: Number.POSITIVE_INFINITY });
  for (const map of maps) group.add(map, selftestSample);
  for (const i of [63, 0, 31]) {
    setTimeout(() => send(maps[i]!, BigInt(i)), 3);
    expect(await take(group as RingBufGroup<SelftestSample>, 1)).toEqual([`r${i}_${i}`]);
  }
  group.close();
});

test("misuse is refused: a map twice, a merge by what is no number, a second iteration", async () => {
  const a = ring("a");
  const group = new RingBufGroup({ mergeBy: "nothing" });
  group.add(a, anyBytes);
  expect(() => group.add(a, anyBytes)).toThrow(expect.objectContaining({ code: "EEXIST" }));
  expect(() => new RingBufGroup().add(a, anyBytes)).toThrow(expect.objectContaining({ code: "EBUSY" }));
  send(a, 1n);
  await expect(take(group as RingBufGroup<SelftestSample>, 1)).rejects.toMatchObject({ code: "EINVAL" });
  expect(group.stats().get(a)?.remaining).toBe(1);
  const first = group[Symbol.asyncIterator]();
  group.remove(a);
  const waiting = first.next();
  await expect(group[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "EBUSY" });
  group.close();
  expect((await waiting).done).toBe(true);
  expect(() => new RingBufGroup({ fairness: 0 })).toThrow(expect.objectContaining({ code: "EINVAL" }));
  expect(() => group.add(a, anyBytes)).toThrow(expect.objectContaining({ code: "ERR_RINGBUF_CLOSED" }));
});

test("rings and perf event arrays share a group, and what all of their CPUs send is merged", async () => {
  const own = ring("ring");
  const perf = kernel.createPerfEventArray({ name: "perf", cpus: 2 });
  const group = new RingBufGroup<SelftestSample, RecordMap>({ mergeBy: "value" });
  group.add(own, selftestSample);
  group.add(perf, selftestSample, undefined, { pagesPerCpu: 1 });
  const sendPerf = (cpu: number, value: bigint): void => {
    perf.cpu = cpu;
    const bytes = new Uint8Array(32);
    selftestSample.encode({ pid: 0, seq: 0, value, comm: "" }, new DataView(bytes.buffer));
    const run = (bpf: Bpf): number => bpf.perfEventOutput(perf, BPF_F_CURRENT_CPU, bytes);
    expect(kernel.loadProgram({ type: "xdp", run }).run().returnValue).toBe(0);
  };
  send(own, 2n);
  send(own, 5n);
  sendPerf(1, 1n);
  sendPerf(0, 3n);
  sendPerf(1, 4n);
  const seen: string[] = [];
  for await (const { map, record } of group) {
    if (seen.push(`${map.name}${record.value}`) === 4) break;
  }
  expect(seen).toEqual(["perf1", "ring2", "perf3", "perf4"]);
  expect(group.stats().get(perf)).toMatchObject({ delivered: 3, late: 0 });
  expect(group.stats().get(own)).toMatchObject({ delivered: 1 });
  expect(() => group.add(perf, selftestSample)).toThrow(/is in the group/);
  group.remove(perf);
  expect(() => new RingBufGroup<unknown, RecordMap>({ mergeBy: "value" }).add(perf, anyBytes)).toThrow(
    /no member value/,
  );
  expect(new PerfEventReader(perf, anyBytes).consume(() => {})).toBe(0);
  perf.close();
  group.close();
});
