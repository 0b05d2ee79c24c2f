import { monitorEventLoopDelay } from "node:perf_hooks";
import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { effort } from "../effort.ts";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { buildPeer } from "./peer.ts";
import { benchEvent } from "./record.gen.ts";

const seconds = effort(60, 2);
/** Most that the process may grow after its first tenth. */
const growth = 32 << 20;

/** A producer that never rests, a reader that iterates, and what else the event loop has to do meanwhile. */
export async function run(): Promise<BenchRow[]> {
  const peer = buildPeer();
  using object = await BpfObject.load(peer.object);
  const map = object.ringBuf("events");
  const producer = await peer.start("produce", map.id, "object", `${seconds * 1000}`, "0");
  const reader = new RingBufReader(map, benchEvent);
  const produced = producer.figures();
  const closing = produced.then(async () => {
    while (reader.available > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    reader.close();
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const memory: number[] = [];
  const watch = setInterval(() => memory.push(process.memoryUsage().rss), 1000);
  delay.enable();
  const started = performance.now();
  const spent = process.cpuUsage();
  producer.go();
  let records = 0;
  for await (const record of reader) if (record.pid >= 0) records++;
  delay.disable();
  const { user, system } = process.cpuUsage(spent);
  const share = (user + system) / 1000 / (performance.now() - started);
  clearInterval(watch);
  await closing;
  const [sent = Number.NaN, dropped = Number.NaN] = await produced;
  if (records + dropped !== sent) throw new Error(`${records} read and ${dropped} dropped of ${sent} sent`);
  const settled = memory[Math.floor(memory.length / 10)] ?? Number.NaN;
  const grown = Math.max(...memory.slice(Math.floor(memory.length / 10))) - settled;
  const lag = (delay.percentile(99) - 1e6) / 1e6; // the timer that measures is due each millisecond
  const facts = notes(
    `${seconds} s, 48-byte records, 1 producer by bpf_loop without pause, ${Math.round(records / seconds)} records/s read by for await, ${dropped} of ${sent} dropped: read and dropped are all that was sent`,
  );
  return [
    {
      id: "Lag",
      work: "event loop behind a saturating producer, p99",
      ours: lag,
      peer: 20,
      unit: "ms",
      ratio: lag / 20,
      target: "≤ 20 ms",
      holds: lag <= 20,
      peerName: "the target",
      notes: `${facts}; p50 ${(delay.percentile(50) / 1e6).toFixed(1)} ms, worst ${(delay.max / 1e6).toFixed(1)} ms; the process got ${share.toFixed(2)} of a core`,
    },
    {
      id: "Lag",
      work: "growth of the process meanwhile, after its first tenth",
      ours: grown / (1 << 20),
      peer: growth / (1 << 20),
      unit: "MiB",
      ratio: grown / growth,
      target: `≤ ${growth >> 20} MiB`,
      holds: grown <= growth,
      peerName: "the target",
      notes: `RSS ${Math.round(settled / (1 << 20))} MiB after ${Math.floor(memory.length / 10)} s`,
    },
  ];
}
