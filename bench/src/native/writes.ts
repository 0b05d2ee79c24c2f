import { BpfObject } from "@rbgen/native";
import { UserRingBufWriter } from "@rbgen/runtime";
import { effort } from "../effort.ts";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { median, type Peer, request } from "./peer.ts";
import { benchCommand } from "./record.gen.ts";

const rounds = effort(7);

/** Values that are written by one call: more than the ring holds. */
const values = Array.from({ length: 40_000 }, (_, index) => ({
  ...{ id: BigInt(index), kind: index & 7, flags: 1, name: "benchmark" },
}));

/** P4: the user ring, filled again and again: value by value, and by one call. */
export async function writes(peer: Peer): Promise<BenchRow[]> {
  using object = await BpfObject.load(peer.object);
  const writer = new UserRingBufWriter(object.userRingBuf("commands"), benchCommand);
  const drain = object.program("drain");
  const context = request(0);
  const each = (): number => {
    let count = 0;
    while (writer.tryWrite({ id: BigInt(count), kind: count & 7, flags: 1, name: "benchmark" })) count++;
    return count;
  };
  const together = (): number => writer.tryWriteAll(values);
  const time = (write: () => number): number => {
    let spent = 0;
    let written = 0;
    for (let fill = 0; fill < 36; fill++) {
      const start = performance.now();
      written += write();
      spent += performance.now() - start;
      drain.runInPlace(context);
    }
    return (spent * 1e6) / written;
  };
  for (const write of [each, together]) time(write);
  const [ours, byRun, theirs]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(time(each));
    byRun.push(time(together));
    theirs.push(peer.run("write")[0] ?? Number.NaN);
  }
  writer.close();
  const row = (work: string, spent: readonly number[], most: number): BenchRow => ({
    id: "P4",
    work,
    ours: median(spent),
    peer: median(theirs),
    unit: "ns per record",
    ratio: median(spent) / median(theirs),
    target: `≤ ${most} × libbpf`,
    holds: median(spent) <= most * median(theirs),
    peerName: "libbpf user_ring_buffer__reserve/submit (C, -O2)",
    notes: notes(
      `samples of 32 bytes, ring of 1 MiB filled and then drained by a program, the drain not timed, ${rounds} rounds`,
    ),
  });
  return [
    row("user ring: reserve, encode 32 bytes and submit", ours, 3.5),
    row("the same of many values by one writeAll", byRun, 2),
  ];
}
