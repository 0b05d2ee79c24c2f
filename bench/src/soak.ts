import { Worker } from "node:worker_threads";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { effort } from "./effort.ts";
import type { BenchRow } from "./row.ts";
import type { SoakJob, SoakReport } from "./soak-job.ts";

const ringBytes = 16384;

/**
 * As many producers and a consumer in threads of their own on one small ring: `records` of every length by each
 * producer, by every helper, with adaptive wake-ups.
 * @param worker the built `soak-worker`.
 */
export async function soak(records: number, worker: URL, producers: number): Promise<SoakReport> {
  const map = new EmulatedKernel({ endian: "little" }).createRingBuf({ name: "soak", maxEntries: ringBytes });
  const totals = new Int32Array(new SharedArrayBuffer(8 * producers));
  const job = { ring: map.handle(), producers, records, seed: 1, totals };
  const start = (role: SoakJob["role"], producer: number): Worker =>
    new Worker(worker, { workerData: { ...job, role, producer } satisfies SoakJob });
  const consumer = start("consumer", 0);
  const threads = [consumer, ...Array.from({ length: producers }, (_, producer) => start("producer", producer))];
  try {
    return await new Promise((resolve, reject) => {
      consumer.on("message", resolve);
      for (const thread of threads) thread.on("error", reject);
    });
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

/** About a minute of it. */
export async function run(): Promise<BenchRow[]> {
  const report = await soak(effort(5_000_000, 20_000), new URL("./soak-worker.js", import.meta.url), 2);
  const { delivered, lost, duplicates, torn, lostWakeups } = report;
  const wrong = lost + duplicates + torn + lostWakeups;
  return [
    {
      id: "soak",
      work: "2 producers and 1 consumer in threads, 5 million records each, adaptive wake-ups, a ring of 16 KiB",
      ours: wrong,
      peer: 0,
      unit: "faults",
      ratio: wrong,
      target: "0 lost, 0 duplicates, 0 torn",
      holds: wrong === 0 && delivered > 0,
      peerName: "none wanted",
      notes: `${delivered} records: ${lost} lost, ${duplicates} duplicates, ${torn} torn, ${lostWakeups} lost wake-ups`,
    },
  ];
}
