import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { effort } from "../effort.ts";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { median, type Peer, request } from "./peer.ts";
import { type BenchEvent, benchEvent } from "./record.gen.ts";

const rounds = effort(7);
const warmUp = effort(8);
/** Records of a batch, unless told. */
const usualBatch = 1024;

/** P2i: the records of a ring that was filled before by `for await`, and by `batches()`. */
export async function iterations(peer: Peer): Promise<BenchRow[]> {
  using object = await BpfObject.load(peer.object);
  await using reader = new RingBufReader(object.ringBuf("events"), benchEvent);
  const produce = object.program("produce");
  const sum = new Float64Array(1);
  const fill = (): number => {
    const asked = request(1 << 20);
    produce.runInPlace(asked);
    return (1 << 20) - Number(new DataView(asked.buffer).getBigUint64(8, true));
  };
  const nanoseconds = async (drain: (count: number) => unknown): Promise<number> => {
    const count = fill();
    const start = performance.now();
    await drain(count);
    return ((performance.now() - start) * 1e6) / count;
  };
  // objects that nobody keeps are not made: a batch holds them, and so does this
  const consume = (): void => {
    let kept: BenchEvent[] = [];
    reader.consume((record) => {
      kept.push(record);
      if (kept.length < usualBatch) return;
      for (const one of kept) sum[0]! += one.pid + one.kind;
      kept = [];
    });
    for (const one of kept) sum[0]! += one.pid + one.kind;
  };
  const one = async (count: number): Promise<void> => {
    let left = count;
    for await (const record of reader) {
      sum[0]! += record.pid + record.kind;
      left -= 1;
      if (left === 0) break;
    }
  };
  const many = async (count: number): Promise<void> => {
    let left = count;
    for await (const batch of reader.batches()) {
      for (const record of batch) sum[0]! += record.pid + record.kind;
      left -= batch.length;
      if (left === 0) break;
    }
  };
  const [consumed, iterated, batched]: [number[], number[], number[]] = [[], [], []];
  for (let round = -warmUp; round < rounds; round++) {
    const figures = [await nanoseconds(consume), await nanoseconds(one), await nanoseconds(many)] as const;
    if (round < 0) continue;
    consumed.push(figures[0]);
    iterated.push(figures[1]);
    batched.push(figures[2]);
  }
  const about = `48-byte records, ring of 16 MiB filled before each drain, ${rounds} rounds after ${warmUp} to warm up`;
  const rate = 1000 / median(iterated);
  return [
    {
      id: "P2i",
      work: "objects by for await",
      ours: rate,
      peer: 5,
      unit: "M records/s",
      ratio: rate / 5,
      target: "≥ 5 M records/s",
      holds: rate >= 5,
      peerName: "the target",
      notes: notes(about),
    },
    {
      id: "P2i",
      work: "objects by batches()",
      ours: median(batched),
      peer: median(consumed),
      unit: "ns per record",
      ratio: median(batched) / median(consumed),
      target: "≤ 1.3 × consume",
      holds: median(batched) <= 1.3 * median(consumed),
      peerName: "consume, whose handler keeps as many in an array",
      notes: notes(about),
    },
  ];
}
