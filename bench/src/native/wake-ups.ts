import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { effort } from "../effort.ts";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { median, type Peer } from "./peer.ts";
import { benchEvent } from "./record.gen.ts";

const rounds = effort(5);
const wakes = effort(1500, 50);

/** P10: how long a sleeping reader, ours or libbpf's, takes to see a record that a process of its own sent. */
export async function wakeUps(peer: Peer): Promise<BenchRow[]> {
  const ours: Latency[] = [];
  const theirs: Latency[] = [];
  await read(peer); // compiled once around
  for (let i = 0; i < rounds; i++) {
    ours.push(await read(peer));
    theirs.push(await readByLibbpf(peer));
  }
  const row = (what: "p50" | "p99", most: number): BenchRow => {
    const [mine, other] = [median(ours.map((one) => one[what])), median(theirs.map((one) => one[what]))];
    return {
      id: "P10",
      work: `wake-up of an idle reader, commit to callback, ${what}`,
      ours: mine / 1000,
      peer: other / 1000,
      unit: "µs",
      ratio: mine / other,
      target: `≤ ${most} × libbpf`,
      holds: mine / other <= most,
      peerName: "libbpf ring_buffer__poll (C, -O2)",
      notes: notes(
        `${wakes} records one by one from a process of its own, adaptive wake-ups, ${rounds} rounds, no drops`,
      ),
    };
  };
  return [row("p50", 1.7), row("p99", 1.5)];
}

/** Nanoseconds. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
}

async function read(peer: Peer): Promise<Latency> {
  using object = await BpfObject.load(peer.object);
  const map = object.ringBuf("events");
  const producer = await peer.start("tick", map.id, "object", `${wakes}`);
  const reader = new RingBufReader(map, benchEvent);
  const latencies: number[] = [];
  producer.go();
  while (latencies.length < wakes) {
    await reader.poll((record) => {
      latencies.push(Number(process.hrtime.bigint() - record.time));
    });
  }
  await producer.figures();
  reader.close();
  latencies.sort((a, b) => a - b);
  return { p50: latencies[wakes >> 1] ?? Number.NaN, p99: latencies[Math.floor(wakes * 0.99)] ?? Number.NaN };
}

async function readByLibbpf(peer: Peer): Promise<Latency> {
  using object = await BpfObject.load(peer.object);
  const map = object.ringBuf("events");
  const producer = await peer.start("tick", map.id, "object", `${wakes}`);
  const reader = await peer.start("wake", map.id, `${wakes}`);
  producer.go();
  await producer.figures();
  const [p50 = Number.NaN, p99 = Number.NaN] = await reader.figures();
  return { p50, p99 };
}
