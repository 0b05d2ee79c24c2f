import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { median } from "./peer.ts";

/** Makes rows of drains beside `consume` of libbpf, whose rounds took `peer` nanoseconds a record. */
export function drainRow(
  consume: string,
  peer: readonly number[],
  about: string,
): (id: string, work: string, ours: number, most: number) => BenchRow {
  return (id, work, ours, most) => ({
    id,
    work,
    ours,
    peer: median(peer),
    unit: "ns per record",
    ratio: ours / median(peer),
    target: `≤ ${most} × libbpf`,
    holds: ours / median(peer) <= most,
    peerName: `libbpf ${consume} (C, -O2)`,
    notes: notes(about),
  });
}
