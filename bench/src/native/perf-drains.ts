import { BpfObject } from "@rbgen/native";
import { PerfEventReader } from "@rbgen/runtime";
import { effort } from "../effort.ts";
import type { BenchRow } from "../row.ts";
import { drainRow } from "./drain-row.ts";
import { buildPeer, median } from "./peer.ts";
import { pollute } from "./pollute.ts";
import { benchEvent } from "./record.gen.ts";

const rounds = effort(7);
/** Drains before those that count: an engine compiles in threads of its own, which a machine that is shared makes wait. */
const warmUp = effort(24);
/** Of each CPU's ring; the thousands of events of 64 bytes that it holds. */
const pages = 1024;
const thousands = 65;
/** Drains of a round: one alone is so short that it measures how a process begins. */
const drains = 8;

/** Drains of a perf event array whose ring of one CPU was filled before. */
export async function run(): Promise<BenchRow[]> {
  const peer = buildPeer();
  pollute();
  using object = await BpfObject.load(peer.object);
  const reader = new PerfEventReader(object.perfEventArray("perf_events"), benchEvent, { pagesPerCpu: pages });
  const produce = object.program("produce_perf");
  const fill = (): void => {
    for (let i = 0; i < thousands; i++) {
      produce.run({ context: new Uint8Array(BigUint64Array.of(BigInt(i * 1000), 1000n).buffer), cpu: 0 });
    }
  };
  // a number in memory, as the peer's static is: a variable of a closure would be a new heap number per record
  const sum = new Float64Array(1);
  const time = (drain: () => number): number => {
    let spent = 0;
    let count = 0;
    for (let i = 0; i < drains; i++) {
      fill();
      const start = performance.now();
      count += drain();
      spent += performance.now() - start;
    }
    return (spent * 1e6) / count;
  };
  const views = (): number =>
    reader.consumeViews((view) => {
      sum[0]! += view.pid + view.kind;
    });
  const objects = (): number =>
    reader.consume((record) => {
      sum[0]! += record.pid + record.kind;
    });
  for (let round = 0; round < warmUp; round++) for (const drain of [views, objects]) time(drain);
  const [byView, byObject, byPeer]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    byView.push(time(views));
    byPeer.push(peer.run("perf", `${pages}`, `${thousands}`, `${drains}`)[0] ?? Number.NaN);
    byObject.push(time(objects));
  }
  const { lost, delivered } = reader.stats();
  if (sum[0] === 0 || lost > 0) throw new Error(`${delivered} events were read, ${lost} lost`);
  reader.close();
  const row = drainRow(
    "perf_buffer__consume",
    byPeer,
    `48-byte records, ring of ${pages} pages of one CPU filled before each drain, ${drains} drains a round, ${rounds} rounds after ${warmUp} to warm up, no drops`,
  );
  return [
    row("Perf", "drain a full perf ring, reading two u32 members through a view", median(byView), 2.5),
    row("Perf o", "the same, decoded to plain objects", median(byObject), 14),
  ];
}
