import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { effort } from "../effort.ts";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { benchFolder, buildPeer, median, peerSource, request } from "./peer.ts";
import { pollute } from "./pollute.ts";
import { benchEvent } from "./record.gen.ts";
import { startProcess } from "./ring-process.ts";

const rounds = effort(7);
/** Where Debian puts Go packages. */
const goPath = "/usr/share/gocode";

/** P2 against cilium/ebpf in Go: a full ring, each record decoded, by turns. */
export async function run(): Promise<BenchRow[]> {
  const program = buildReader();
  const peer = buildPeer();
  pollute();
  using object = await BpfObject.load(peer.object);
  using others = await BpfObject.load(peer.object);
  const reader = new RingBufReader(object.ringBuf("events"), benchEvent);
  const go = await startProcess(program, [`${others.ringBuf("events").id}`]);
  const sum = new Float64Array(1);
  const ours = (): number => {
    const count = fill(object);
    const start = performance.now();
    const taken = reader.consume((record) => {
      sum[0] = (sum[0] as number) + record.pid + record.kind;
    });
    if (taken !== count) throw new Error(`${taken} of ${count} records were read`);
    return (taken / (performance.now() - start)) * 1000;
  };
  const theirs = async (way: "read" | "cast"): Promise<number> => {
    go.go(way, fill(others));
    const [nanoseconds = Number.NaN] = await go.figures();
    return 1e9 / nanoseconds;
  };
  const [rates, reads, casts]: [number[], number[], number[]] = [[], [], []];
  for (let round = -2; round < rounds; round++) {
    const figures = [ours(), await theirs("read"), await theirs("cast")] as const;
    if (round < 0) continue;
    rates.push(figures[0]);
    reads.push(figures[1]);
    casts.push(figures[2]);
  }
  go.end();
  reader.close();
  const row = (peerName: string, peer: readonly number[], least: number): BenchRow => ({
    id: "P2",
    work: "drain a full ring, decoded to plain objects, records per second",
    ours: median(rates),
    peer: median(peer),
    unit: "records/s",
    ratio: median(rates) / median(peer),
    target: `≥ ${least} × cilium/ebpf`,
    holds: median(rates) >= least * median(peer),
    peerName,
    notes: notes(`48-byte records, ring of 16 MiB filled before each drain, ${rounds} rounds, no drops while draining`),
  });
  return [
    row("cilium/ebpf ReadInto and binary.Read (Go)", reads, 10),
    row("cilium/ebpf ReadInto and an unsafe cast (Go)", casts, 1),
  ];
}

/** Fills the ring of `object`; how many records went in. */
function fill(object: BpfObject): number {
  const asked = request(1 << 20);
  object.program("produce").runInPlace(asked);
  return (1 << 20) - Number(new DataView(asked.buffer).getBigUint64(8, true));
}

/** @throws where Go or cilium/ebpf is missing. */
function buildReader(): string {
  if (spawnSync("go", ["version"]).status !== 0 || !existsSync(join(goPath, "src/github.com/cilium/ebpf"))) {
    throw new Error("needs Go and cilium/ebpf (apt-get install golang golang-github-cilium-ebpf-dev)");
  }
  const folder = benchFolder();
  const program = join(folder, "cilium");
  const env = { ...process.env, GOPATH: goPath, GO111MODULE: "off", GOCACHE: join(folder, "cache"), GOFLAGS: "" };
  execFileSync("go", ["build", "-o", program, peerSource("cilium.go")], { env });
  return program;
}
