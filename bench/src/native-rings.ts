import { Worker } from "node:worker_threads";
import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { drains } from "./native/drains.ts";
import { notes } from "./native/notes.ts";
import { buildPeer, median, type Peer } from "./native/peer.ts";
import { pollute } from "./native/pollute.ts";
import { benchEvent } from "./native/record.gen.ts";
import type { ProducerJob } from "./native/worker.ts";
import { writes } from "./native/writes.ts";
import type { BenchRow } from "./row.ts";

const streamMs = 1000;
const wakes = 1500;

/** P1 to P4 and P10: rings of the kernel against libbpf in C, alternating, medians. */
export async function run(): Promise<BenchRow[]> {
  const peer = buildPeer();
  pollute();
  const rows: BenchRow[] = [];
  rows.push(...(await drains(peer)));
  rows.push(await streams(peer));
  rows.push(await writes(peer));
  rows.push(...(await wakeUps(peer)));
  return rows;
}

/** A thread that produces into `object`'s ring; what it dropped comes as its message. */
function producer(
  peer: Peer,
  object: BpfObject,
  stop: Int32Array,
  count: number,
  times: number,
): { done: Promise<number>; started: Promise<void> } {
  const job: ProducerJob = { object: peer.object, events: { id: object.ringBuf("events").id }, stop, count, times };
  const worker = new Worker(new URL("./native-worker.js", import.meta.url), { workerData: job });
  return {
    started: new Promise((resolve) => worker.once("online", resolve)),
    done: new Promise((resolve, reject) => {
      worker.on("message", resolve);
      worker.on("error", reject);
    }),
  };
}

async function streams(peer: Peer): Promise<BenchRow> {
  const [ours, theirs, ourDrops, theirDrops]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < 5; round++) {
    using object = await BpfObject.load(peer.object);
    const reader = new RingBufReader(object.ringBuf("events"), benchEvent);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const { done, started } = producer(peer, object, stop, 4096, 0);
    await started;
    let numbers = 0;
    const take = (view: { readonly pid: number }): void => {
      numbers += view.pid;
    };
    while (reader.consumeViews(take) === 0) await new Promise((resolve) => setImmediate(resolve));
    let count = 0;
    const start = performance.now();
    let now = start;
    while (now - start < streamMs) {
      const taken = reader.consumeViews(take);
      count += taken;
      if (taken === 0) count += await reader.poll(() => undefined, { timeoutMs: 100 });
      now = performance.now();
    }
    Atomics.store(stop, 0, 1);
    ourDrops.push(await done);
    ours.push((count / (now - start)) * 1000);
    if (numbers === 0) throw new Error("nothing was read");
    reader.close();
    const [rate = Number.NaN, , drops = Number.NaN] = peer.run("stream", `${streamMs}`);
    theirs.push(rate);
    theirDrops.push(drops);
  }
  const ratio = median(ours) / median(theirs);
  return {
    id: "P3",
    work: "kernel producer and consumer together, records per second",
    ours: median(ours),
    peer: median(theirs),
    unit: "records/s",
    ratio,
    target: "≥ 0.95 × libbpf, drops no higher",
    holds: ratio >= 0.95 && median(ourDrops) <= median(theirDrops),
    peerName: "libbpf ring_buffer__poll (C, -O2)",
    notes: notes(
      `48-byte records, 1 producer by bpf_loop, adaptive wake-ups, 5 rounds of 1 s; drops ${median(ourDrops)} against ${median(theirDrops)}`,
    ),
  };
}

async function wakeUps(peer: Peer): Promise<BenchRow[]> {
  const [p50, p99, peer50, peer99]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < 5; round++) {
    using object = await BpfObject.load(peer.object);
    const reader = new RingBufReader(object.ringBuf("events"), benchEvent);
    const { done } = producer(peer, object, new Int32Array(new SharedArrayBuffer(4)), 1, wakes);
    const latencies: number[] = [];
    while (latencies.length < wakes) {
      await reader.poll((record) => {
        latencies.push(Number(process.hrtime.bigint() - record.time));
      });
    }
    await done;
    reader.close();
    latencies.sort((a, b) => a - b);
    p50.push(latencies[wakes >> 1] ?? Number.NaN);
    p99.push(latencies[Math.floor(wakes * 0.99)] ?? Number.NaN);
    const [middle = Number.NaN, high = Number.NaN] = peer.run("wake", `${wakes}`);
    peer50.push(middle);
    peer99.push(high);
  }
  const row = (what: string, ours: number, theirs: number, most: number): BenchRow => ({
    id: "P10",
    work: `wake-up of an idle reader, commit to callback, ${what}`,
    ours: ours / 1000,
    peer: theirs / 1000,
    unit: "µs",
    ratio: ours / theirs,
    target: `≤ ${most} × libbpf`,
    holds: ours / theirs <= most,
    peerName: "libbpf ring_buffer__poll (C, -O2)",
    notes: notes(
      `48-byte records, ${wakes} records one by one from another thread, adaptive wake-ups, 5 rounds, no drops`,
    ),
  });
  return [row("p50", median(p50), median(peer50), 2), row("p99", median(p99), median(peer99), 3)];
}
