import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { Worker } from "node:worker_threads";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { RingBuffer } from "ringbuf.js";
import { effort } from "./effort.ts";
import type { ThreadJob, ThreadReport } from "./emulated-threads-job.ts";
import type { BenchRow } from "./row.ts";

const rounds = effort(9);
const warm = effort(1_000_000, 1_000);
const total = effort(4_000_000, 20_000);
const ringBytes = 1 << 20;

/** P6: records of 48 bytes from one worker thread to another, against ringbuf.js in the same run, alternating. */
export async function run(): Promise<BenchRow[]> {
  const ours: ThreadReport[] = [];
  const peers: ThreadReport[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const map = new EmulatedKernel({ endian: "little" }).createRingBuf({ name: "bench", maxEntries: ringBytes });
    ours.push(await measure(map.handle()));
    const storage = RingBuffer.getStorageForCapacity(ringBytes, Uint8Array);
    peers.push(await measure({ backend: "ringbuf.js", storage }));
  }
  const wrong = [...ours, ...peers].reduce((sum, report) => sum + report.wrong, 0);
  if (wrong > 0) throw new Error(`${wrong} records were not the next one`);
  const [mine, theirs] = [median(ours), median(peers)];
  const each = (reports: readonly ThreadReport[]): string =>
    reports.map(({ perSecond }) => (perSecond / 1e6).toFixed(1)).join(" ");
  return [
    {
      id: "P6",
      work: "48-byte records from one worker thread to another, read through a view",
      ours: mine / 1e6,
      peer: theirs / 1e6,
      unit: "M records/s",
      ratio: mine / theirs,
      target: "≥ 2.5 × ringbuf.js and ≥ 10 M records/s",
      holds: mine >= 2.5 * theirs && mine >= 10e6,
      peerName: "ringbuf.js 0.4 push and pop of 48 bytes",
      notes:
        `1 producer (bpf.ringbufOutput), 1 consumer (consumeViews, two members), no wake-ups on either side, ` +
        `ring of 1 MiB, ${total - warm} records after ${warm} to warm up, 0 dropped (a full ring is tried again); ` +
        `all four loops pause for about 1 µs when the ring is empty or full; ${topology()}; rounds: ours ${each(ours)}, peer ${each(peers)}; load ${loadavg()[0]?.toFixed(1)}`,
    },
  ];
}

/** Whether the first two processors share a core, as Linux has it. */
function topology(): string {
  try {
    const siblings = readFileSync("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "utf8").trim();
    return siblings === "0" ? "processors with a core each, says the system" : `processors ${siblings} share a core`;
  } catch {
    return "cores unknown";
  }
}

/** Both threads, from their start to the last record. */
async function measure(ring: ThreadJob["ring"]): Promise<ThreadReport> {
  const start = (role: ThreadJob["role"]): Worker =>
    new Worker(new URL("./emulated-threads-worker.js", import.meta.url), {
      workerData: { role, ring, warm, total } satisfies ThreadJob,
    });
  const producer = start("producer");
  const consumer = start("consumer");
  try {
    return await new Promise((resolve, reject) => {
      consumer.on("message", resolve);
      producer.on("error", reject);
      consumer.on("error", reject);
    });
  } finally {
    await Promise.all([producer.terminate(), consumer.terminate()]);
  }
}

function median(reports: readonly ThreadReport[]): number {
  const sorted = reports.map(({ perSecond }) => perSecond).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
