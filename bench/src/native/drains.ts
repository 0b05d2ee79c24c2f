import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { toArrow } from "@rbgen/runtime/arrow";
import { tableFromJSON } from "apache-arrow";
import { effort } from "../effort.ts";
import type { BenchRow } from "../row.ts";
import { drainRow } from "./drain-row.ts";
import { notes } from "./notes.ts";
import { median, type Peer, request } from "./peer.ts";
import { type BenchEvent, benchEvent } from "./record.gen.ts";
import { benchEvent as benchNumbers } from "./record-numbers.gen.ts";

const rounds = effort(7);
/** Drains before those that count: an engine compiles in threads of its own, which a machine that is shared makes wait. */
const warmUp = effort(24);

/** P1 and P2: drains of a ring that was filled before. */
export async function drains(peer: Peer): Promise<BenchRow[]> {
  using object = await BpfObject.load(peer.object);
  using other = await BpfObject.load(peer.object);
  const reader = new RingBufReader(object.ringBuf("events"), benchEvent);
  const numbers = new RingBufReader(other.ringBuf("events"), benchNumbers);
  const produce = object.program("produce");
  const produceOther = other.program("produce");
  // a number in memory, as the peer's static is: a variable of a closure would be a new heap number per record
  const sum = new Float64Array(1);
  const time = (drain: () => number): number => {
    produce.runInPlace(request(1 << 20));
    const start = performance.now();
    const count = drain();
    return ((performance.now() - start) * 1e6) / count;
  };
  const views = (): number =>
    reader.consumeViews((view) => {
      sum[0]! += view.pid + view.kind;
    });
  const objects = (): number =>
    reader.consume((record) => {
      sum[0]! += record.pid + record.kind;
    });
  const columns = (): number =>
    reader.consumeColumns(
      ({ length, columns: { pid, kind } }) => {
        let of = 0;
        for (let row = 0; row < length; row++) of += pid[row]! + kind[row]!;
        sum[0]! += of;
      },
      { reuse: true },
    );
  const tables = (): number =>
    reader.consumeColumns((batch) => {
      sum[0]! += toArrow(batch).numRows;
    });
  // what others would do: objects first, and a table of them
  const tablesOfObjects = (): number => {
    let kept: BenchEvent[] = [];
    const close = (): void => {
      sum[0]! += tableFromJSON(kept as unknown as Record<string, unknown>[]).numRows;
      kept = [];
    };
    const count = reader.consume(
      (record) => {
        if (kept.push(record) === 8192) close();
      },
      { max: 1 << 15 },
    );
    if (kept.length > 0) close();
    return count;
  };
  const asNumbers = (): number => {
    produceOther.runInPlace(request(1 << 20));
    const start = performance.now();
    const count = numbers.consume((record) => {
      sum[0]! += record.pid + record.kind;
    });
    return ((performance.now() - start) * 1e6) / count;
  };
  for (let round = 0; round < warmUp; round++) {
    for (const drain of [views, objects, columns, tables]) time(drain);
    asNumbers();
  }
  const [byView, byObject, byColumn, byPeer]: [number[], number[], number[], number[]] = [[], [], [], []];
  const [byTable, byNumbers, byObjects]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    byView.push(time(views));
    byPeer.push(peer.run("drain")[0] ?? Number.NaN);
    byObject.push(time(objects));
    byColumn.push(time(columns));
    byTable.push(time(tables));
    byObjects.push(time(tablesOfObjects));
    reader.consume(() => undefined);
    byNumbers.push(asNumbers());
  }
  if (sum[0] === 0) throw new Error("nothing was read");
  reader.close();
  numbers.close();
  const row = drainRow(
    "ring_buffer__consume",
    byPeer,
    `48-byte records, adaptive wake-ups, ring of 16 MiB filled before each drain, ${rounds} rounds after ${warmUp} to warm up, no drops while draining`,
  );
  return [
    row("P1", "drain a full ring, reading two u32 members through a view", median(byView), 2),
    row("P1c", "the same in columns: all six members of each record, two of which are read", median(byColumn), 3.5),
    row("P2", "the same, decoded to plain objects (against cilium/ebpf: suite cilium)", median(byObject), 14),
    row("P2", "the same with --int64 number", median(byNumbers), 6),
    {
      id: "Arrow",
      work: "the same as tables of Arrow",
      ours: median(byTable),
      peer: median(byObjects),
      unit: "ns per record",
      ratio: median(byTable) / median(byObjects),
      target: "≤ 0.1 × the time of tableFromJSON",
      holds: median(byTable) <= 0.1 * median(byObjects),
      peerName: "objects, and tableFromJSON of apache-arrow",
      notes: notes("tables of up to 8192 records, numbers in the memory of the batch; the rest as above"),
    },
  ];
}
