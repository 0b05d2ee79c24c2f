import { drains } from "./native/drains.ts";
import { iterations } from "./native/iterations.ts";
import { buildPeer } from "./native/peer.ts";
import { pollute } from "./native/pollute.ts";
import { streams } from "./native/streams.ts";
import { wakeUps } from "./native/wake-ups.ts";
import { writes } from "./native/writes.ts";
import type { BenchRow } from "./row.ts";

/** P1 to P4 and P10: rings of the kernel against libbpf in C, alternating, medians. */
export async function run(): Promise<BenchRow[]> {
  const peer = buildPeer();
  pollute();
  const rows: BenchRow[] = [];
  rows.push(...(await drains(peer)));
  rows.push(...(await iterations(peer)));
  rows.push(...(await streams(peer)));
  rows.push(...(await writes(peer)));
  rows.push(...(await wakeUps(peer)));
  return rows;
}
