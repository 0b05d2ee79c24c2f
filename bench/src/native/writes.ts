import { BpfObject } from "@rbgen/native";
import { UserRingBufWriter } from "@rbgen/runtime";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { median, type Peer, request } from "./peer.ts";
import { benchCommand } from "./record.gen.ts";

const rounds = 7;

/** P4: the user ring, filled again and again. */
export async function writes(peer: Peer): Promise<BenchRow> {
  using object = await BpfObject.load(peer.object);
  const writer = new UserRingBufWriter(object.userRingBuf("commands"), benchCommand);
  const drain = object.program("drain");
  const context = request(0);
  const once = (): number => {
    let spent = 0;
    let written = 0;
    for (let fill = 0; fill < 36; fill++) {
      const start = performance.now();
      while (writer.tryWrite({ id: BigInt(written), kind: written & 7, flags: 1, name: "benchmark" })) written++;
      spent += performance.now() - start;
      drain.runInPlace(context);
    }
    return (spent * 1e6) / written;
  };
  once();
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(once());
    theirs.push(peer.run("write")[0] ?? Number.NaN);
  }
  writer.close();
  const ratio = median(ours) / median(theirs);
  return {
    id: "P4",
    work: "user ring: reserve, encode 32 bytes and submit",
    ours: median(ours),
    peer: median(theirs),
    unit: "ns per record",
    ratio,
    target: "≤ 3 × libbpf",
    holds: ratio <= 3,
    peerName: "libbpf user_ring_buffer__reserve/submit (C, -O2)",
    notes: notes(
      `samples of 32 bytes, ring of 1 MiB filled and then drained by a program, the drain not timed, ${rounds} rounds`,
    ),
  };
}
