import { fileURLToPath } from "node:url";
import { effort } from "./effort.ts";
import { measurePage } from "./page/measure-page.ts";
import type { BenchRow } from "./row.ts";

const records = 20_000;

/** The demo's page in a browser, its server and its virtual machine, all on this machine. */
export async function run(): Promise<BenchRow[]> {
  const demo = fileURLToPath(new URL("../../apps/demo/dist/main.js", import.meta.url));
  const figures = await measurePage({ demo, rate: records, seconds: effort(30, 3), idleSeconds: effort(20, 3) });
  const { framesPerSecond, growthMiB, idlePercent, received, missed, dropped } = figures;
  const notes = `${received} records shown, ${missed} missed by the page, ${dropped} dropped by a full ring`;
  const limit = (work: string, ours: number, peer: number, unit: string, holds: boolean): BenchRow => ({
    id: "Page",
    work,
    ours,
    peer,
    unit,
    ratio: ours / peer,
    target: `${unit === "frames/s" ? "≥" : "≤"} ${peer} ${unit}`,
    holds,
    peerName: "the target",
    notes,
  });
  return [
    limit(`the dashboard at ${records} records/s for 30 s`, framesPerSecond, 30, "frames/s", framesPerSecond >= 30),
    limit("growth of its server meanwhile, after the first third", growthMiB, 16, "MiB", growthMiB <= 16),
    limit(
      "the dashboard while nothing is produced, the whole browser",
      idlePercent,
      2,
      "% of a core",
      idlePercent <= 2,
    ),
  ];
}
