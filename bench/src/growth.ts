import { structsPerFile } from "./generate.ts";
import { byProducers } from "./growth/producers.ts";
import { byBatch, byRecordSize, byRings, byWakeUp } from "./growth/rings.ts";
import type { Series } from "./growth/series.ts";

/** How cost grows. */
export async function series(): Promise<Series[]> {
  return [
    await byRecordSize(),
    await byRings(),
    await byProducers(new URL("./soak-worker.js", import.meta.url)),
    await byBatch(),
    await byWakeUp(),
    ...(await structsPerFile()),
  ];
}
