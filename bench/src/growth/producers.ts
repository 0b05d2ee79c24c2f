import { effort } from "../effort.ts";
import { soak } from "../soak.ts";
import type { Series } from "./series.ts";

/** Threads that produce by every helper into one small ring, while one reads and compares each byte. */
export async function byProducers(worker: URL): Promise<Series> {
  const sizes = [1, 2, 4, 8];
  const figures: number[] = [];
  for (const producers of sizes) {
    const start = performance.now();
    const { delivered, lost, duplicates, torn } = await soak(effort(400_000, 4_000) / producers, worker, producers);
    if (lost + duplicates + torn > 0) throw new Error(`${lost} lost, ${duplicates} duplicates, ${torn} torn`);
    figures.push((delivered / (performance.now() - start)) * 1000);
  }
  return {
    ...{
      name: "producers",
      title: "Records by the number of producers",
      unit: "records/s",
      along: "threads that produce",
    },
    ...{ sizes, lines: [{ label: "one reader", figures }] },
  };
}
