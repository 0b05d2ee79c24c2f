import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { median, type Peer } from "./peer.ts";
import { producer } from "./producer.ts";
import { benchEvent } from "./record.gen.ts";

const streamMs = 1000;

/** P3: a program that produces without pause, and a reader beside it. */
export async function streams(peer: Peer): Promise<BenchRow> {
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
