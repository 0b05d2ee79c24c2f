import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { median, type Peer } from "./peer.ts";
import { producer } from "./producer.ts";
import { benchEvent } from "./record.gen.ts";

const wakes = 1500;

/** P10: how long a sleeping reader takes to see a record. */
export async function wakeUps(peer: Peer): Promise<BenchRow[]> {
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
