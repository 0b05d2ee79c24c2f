import { cpus, release } from "node:os";
import { Worker } from "node:worker_threads";
import { BpfObject } from "@rbgen/native";
import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import * as others from "./codecs/others.gen.ts";
import { buildPeer, median, type Peer, request } from "./native/peer.ts";
import { benchCommand, benchEvent } from "./native/record.gen.ts";
import type { ProducerJob } from "./native/worker.ts";
import type { BenchRow } from "./row.ts";

const rounds = 7;
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

/** Readers of eight other record types first: a loop that is fast for one type only is not fast. */
function pollute(): void {
  const kernel = new EmulatedKernel();
  const codecs = [
    others.otherA,
    others.otherB,
    others.otherC,
    others.otherD,
    others.otherE,
    others.otherF,
    others.otherG,
    others.otherH,
  ];
  for (const codec of codecs) {
    const map = kernel.createRingBuf({ name: "other", maxEntries: 1 << 16 });
    const program = kernel.loadProgram({
      type: "syscall",
      run: (bpf) => bpf.ringbufOutput(map, new Uint8Array(codec.size), 0),
    });
    for (let i = 0; i < 200; i++) program.run();
    const reader = new RingBufReader(map, codec as typeof others.otherA);
    reader.consume(() => undefined, { max: 100 });
    reader.consumeViews(() => undefined);
    reader.close();
  }
}

function notes(more: string): string {
  return `48-byte records, ${more}; ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}`;
}

async function drains(peer: Peer): Promise<BenchRow[]> {
  using object = await BpfObject.load(peer.object);
  const reader = new RingBufReader(object.ringBuf("events"), benchEvent);
  const produce = object.program("produce");
  let numbers = 0;
  const time = (drain: () => number): number => {
    produce.runInPlace(request(1 << 20));
    const start = performance.now();
    const count = drain();
    return ((performance.now() - start) * 1e6) / count;
  };
  const views = (): number =>
    reader.consumeViews((view) => {
      numbers += view.pid + view.kind;
    });
  const objects = (): number =>
    reader.consume((record) => {
      numbers += record.pid + record.kind;
    });
  for (let i = 0; i < 4; i++) time(i % 2 === 0 ? views : objects);
  const [byView, byObject, byPeer]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    byView.push(time(views));
    byPeer.push(peer.run("drain")[0] ?? Number.NaN);
    byObject.push(time(objects));
  }
  if (numbers === 0) throw new Error("nothing was read");
  reader.close();
  const row = (id: string, work: string, ours: number, most: number): BenchRow => ({
    id,
    work,
    ours,
    peer: median(byPeer),
    unit: "ns per record",
    ratio: ours / median(byPeer),
    target: `≤ ${most} × libbpf`,
    holds: ours / median(byPeer) <= most,
    peerName: "libbpf ring_buffer__consume (C, -O2)",
    notes: notes(
      `adaptive wake-ups, ring of 16 MiB filled before each drain, ${rounds} rounds, no drops while draining`,
    ),
  });
  return [
    row("P1", "drain a full ring, reading two u32 members through a view", median(byView), 4),
    row(
      "P2",
      "the same, decoded to plain objects (the rate of cilium/ebpf is not measured: it needs Go)",
      median(byObject),
      25,
    ),
  ];
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
      `1 producer by bpf_loop, adaptive wake-ups, 5 rounds of 1 s; drops ${median(ourDrops)} against ${median(theirDrops)}`,
    ),
  };
}

async function writes(peer: Peer): Promise<BenchRow> {
  using object = await BpfObject.load(peer.object);
  const writer = new UserRingBufWriter(object.userRingBuf("commands"), benchCommand);
  const drain = object.program("drain");
  const context = request(0);
  const once = (): number => {
    let spent = 0;
    let written = 0;
    for (let fill = 0; fill < 36; fill++) {
      const start = performance.now();
      while (writer.tryWrite({ id: BigInt(written), kind: written & 7, flags: 1, name: "benchmark" })) written++;
      spent += performance.now() - start;
      drain.runInPlace(context);
    }
    return (spent * 1e6) / written;
  };
  once();
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(once());
    theirs.push(peer.run("write")[0] ?? Number.NaN);
  }
  writer.close();
  const ratio = median(ours) / median(theirs);
  return {
    id: "P4",
    work: "user ring: reserve, encode 32 bytes and submit",
    ours: median(ours),
    peer: median(theirs),
    unit: "ns per record",
    ratio,
    target: "≤ 3 × libbpf",
    holds: ratio <= 3,
    peerName: "libbpf user_ring_buffer__reserve/submit (C, -O2)",
    notes: notes(
      `samples of 32 bytes, ring of 1 MiB filled and then drained by a program, the drain not timed, ${rounds} rounds`,
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
    notes: notes(`${wakes} records one by one from another thread, adaptive wake-ups, 5 rounds, no drops`),
  });
  return [row("p50", median(p50), median(peer50), 2), row("p99", median(p99), median(peer99), 3)];
}
